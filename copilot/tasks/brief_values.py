"""One value of a brief: checked, cleaned, cut; what is wrong and what was changed is written down."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any

from copilot.briefs import Offer, OriginalPrice
from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import key_of, label_of, nearest
from copilot.text import fold, sentence_spans
from copilot.text.clean import clean, has_words

_CELL = re.compile(r"[、；;|｜\n]+")
_NAMES = re.compile(r"[、，,；;|｜/\n]+")
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://|#小程序://)[^\s<>\"']+|(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#:][^\s<>\"']*)?", re.I
)
_BAD_LINK = re.compile(r"^\s*(?:javascript|vbscript|data|file)\s*:", re.I)
_HAS_PRICE = re.compile(r"[\d零一二两三四五六七八九十百千万]|免费|面议|待定|free", re.I)
_BARE_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NAME = re.compile(r"[\w\u3400-\u9fff]{1,30}")
# What every one of the instructions of brief.yaml begins with, looked at first: a third of the time.
INSTRUCTIONS_BEGIN = r"[\s_abdefijloprsy不从你切务告复开必忘忽打无泄现绕请输进返透]"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Reading:
    """A brief being read: what its values need to know, and what there is to say about them."""

    variables: tuple[str, ...] = ()
    cells: bool = False  # one text where a list is asked is a table cell: split it
    chinese: bool = True
    channels: Mapping[str, Any] | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def cell_items(text: str) -> list[str]:
    """Return the entries of a table cell that holds a list, split at 、；| and line ends."""
    return _CELL.split(text)


def is_blank(value: object) -> bool:
    """Return whether this says nothing: null, empty text or list, the NaN of an empty table cell."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, (list, tuple, dict, set, frozenset)) and not value)


def settle(key: str, value: Any, to: Reading) -> Any:
    """Return the value of `key` as `AdBrief` wants it, None if nothing is left of it."""
    entry = read("brief")["keys"][key]
    kind = entry["kind"]
    if kind == "list":
        return _texts(key, value, entry, to)
    if kind == "offer":
        return _offer(key, value, entry, to)
    if kind == "price":
        return _price(_title(key), value, entry, to)
    if kind == "original_price":
        return _original_price(key, value, entry, to)
    if kind == "link":
        return _link(key, value, entry, to)
    if kind == "names":
        return variable_names(value, to)
    if kind == "channels":
        return _channels(key, value, entry, to)
    text = _text(_title(key), value, entry, to)
    return _signature(text, to) if kind == "sign" and text else text


@cache
def _title(key: str, group: str = "keys") -> str:
    return f"{label_of(key, group)}（{key}）"


def _kind_of(value: object) -> str:
    names = ((bool, "是或否"), ((int, float), "数字"), (str, "文字"), (Mapping, "键值表"), ((Sequence, set), "列表"))
    return next((name for types, name in names if isinstance(value, types)), type(value).__name__)


def _text(
    title: str, value: Any, entry: Mapping[str, Any], to: Reading, numbers: bool = False, in_list: bool = False
) -> str | None:
    """Return one text; numbers and dates only where they are at home (dates come from YAML)."""
    if isinstance(value, (date, datetime)):
        value = value.isoformat(" ", "minutes") if isinstance(value, datetime) else value.isoformat()
    elif numbers and isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        value = f"{value:.2f}".rstrip("0").rstrip(".")
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一段文字，给的是{_kind_of(value)}")
        return None
    if _BIDI.search(value):  # what one reads is not what stands there
        to.notes.append(f"{title}：含有改变文字方向的控制字符，这一项不用")
        return None
    text, removed = settled(value, to.variables)
    for what in removed:
        to.notes.append(f"{title}：去掉了{what}")
    if not text:
        if value.strip():
            to.notes.append(f"{title}：去掉这些之后没有内容，这一项不用")
        return None
    if has_words(text):
        return _fitting(title, text, entry, to)
    if in_list:
        to.notes.append(f"{title}：“{text[:12]}”只有表情或符号，这一项不用")
    else:
        to.problems.append(f"{title}：“{text[:12]}”只有表情或符号，没有文字")
    return None


def _fitting(title: str, text: str, entry: Mapping[str, Any], to: Reading) -> str | None:
    limit = entry.get("limit", 200)
    if len(text) <= limit:
        return text
    ends = [end for _, end in sentence_spans(text) if end <= limit] if entry.get("cut") else []
    if not ends:
        why = "，也没有可以断开的句号" if entry.get("cut") else ""
        to.problems.append(f"{title}：太长（{len(text)} 字，最多 {limit} 字{why}），请先压缩")
        return None
    to.notes.append(f"{title}：太长（{len(text)} 字），只用了前 {ends[-1]} 字，到句末为止")
    return text[: ends[-1]]


@lru_cache(maxsize=8192)
def settled(text: str, variables: tuple[str, ...] = ()) -> tuple[str, tuple[str, ...]]:
    """Return the text clean and without sentences that speak to the program, and in Chinese what was removed."""
    text, removed = clean(text, variables)
    if not _instructions().search(fold(text)):
        return text, removed
    kept, last = [], 0
    for start, end in sentence_spans(text):
        if not _instructions().search(fold(text[start:end])):
            kept.append(text[last:end])
        last = end
    return "".join(kept).strip(), (*removed, "像是对程序下的指令")


@cache
def _instructions() -> re.Pattern[str]:
    return re.compile(f"(?={INSTRUCTIONS_BEGIN})(?:{'|'.join(read('brief')['instructions'])})")


def _texts(key: str, value: Any, entry: Mapping[str, Any], to: Reading) -> tuple[str, ...] | None:
    title = _title(key)
    if isinstance(value, str):
        value = cell_items(value) if to.cells else [value]
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, (Sequence, set, frozenset)):
        to.problems.append(f"{title}：要一列文字，给的是{_kind_of(value)}")
        return None
    values = list(value) if isinstance(value, Sequence) else sorted(value, key=str)
    found: dict[str, str] = {}
    for number, item in enumerate(values, 1):
        here = f"{title}第 {number} 条" if len(values) > 1 else title
        if not is_blank(item) and (text := _text(here, item, entry, to, numbers=key == "keywords", in_list=True)):
            found.setdefault(fold(text), text)
    if len(found) > entry["most"]:
        to.problems.append(f"{title}：有 {len(found)} 条，最多 {entry['most']} 条")
    return tuple(found.values()) or None


def variable_names(value: Any, to: Reading) -> tuple[str, ...] | None:
    """Return names of variables: name, ${name} and {{name}} are the same."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, Sequence) or not all(isinstance(v, str) for v in values):
        to.problems.append(f"{_title('variables')}：要一列变量名，给的是{_kind_of(value)}")
        return None
    names = [n.strip(" ${}#") for v in values for n in (_NAMES.split(v) if isinstance(value, str) else [v])]
    for name in filter(None, names):
        if not _NAME.fullmatch(name):
            to.problems.append(f"{_title('variables')}：“{name[:20]}”不能当变量名，只用文字、数字和下划线")
    return tuple(dict.fromkeys(name for name in names if _NAME.fullmatch(name))) or None


def _price(title: str, value: Any, entry: Mapping[str, Any], to: Reading) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (value < 0 or not math.isfinite(value)):
        to.problems.append(f"{title}：{value} 不是价格")
        return None
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        to.problems.append(f"{title}：要价格（数字或文字），给的是{_kind_of(value)}")
        return None
    text = _text(title, value, entry, to, numbers=True)
    if text and not _HAS_PRICE.search(text):
        to.problems.append(f"{title}：“{text}”里没有数字，写成 199 或 199 元")
        return None
    return f"{text} 元" if text and to.chinese and _BARE_NUMBER.fullmatch(text) else text


def _original_price(key: str, value: Any, entry: Mapping[str, Any], to: Reading) -> OriginalPrice | None:
    title = _title(key)
    if isinstance(value, OriginalPrice):
        value = value.to_dict()
    basis: str | None = ""
    if isinstance(value, Mapping):
        parts = _parts(value, "original_price", title, to)
        if is_blank(parts.get("value")):
            to.problems.append(f"{title}：缺少价格，写成 {{value: 299, basis: 七日内最低成交价}}")
            return None
        value, basis = parts["value"], parts.get("basis")
        basis = "" if is_blank(basis) else _text(f"{title}的依据", basis, {"limit": 80}, to)
    elif isinstance(value, str):
        value, basis = _with_basis(value)
    price = _price(title, value, entry, to)
    return OriginalPrice(price, basis or "") if price else None


def _with_basis(text: str) -> tuple[str, str]:
    """Take 299 元（七日内最低成交价） and 专柜价 299 元 apart."""
    if match := re.fullmatch(r"\s*(.*?\d.*?)\s*[（(](.+?)[)）]\s*", text):
        return match[1], match[2]
    for basis in read("brief")["price_bases"]:
        if text.strip().startswith(basis):
            return text.strip()[len(basis) :].lstrip(" ：:"), basis
    return text, ""


def _offer(key: str, value: Any, entry: Mapping[str, Any], to: Reading) -> Offer | str | None:
    title = _title(key)
    if isinstance(value, Offer):
        value = value.to_dict()
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value):
        value = "；".join(value)
    if not isinstance(value, Mapping):
        if not isinstance(value, str):
            to.problems.append(
                f"{title}：要一句话或 {{who, what, threshold, gift, quota, start, end}}，给的是{_kind_of(value)}"
            )
            return None
        return _text(title, value, entry, to)
    parts = _parts(value, "offer", title, to)
    texts = {
        part: _text(f"{title}的{label_of(part, 'offer')}", item, {"limit": 120}, to, numbers=True)
        for part, item in parts.items()
        if not is_blank(item)
    }
    given = {part: text for part, text in texts.items() if text}
    return Offer(**given) if given else None


def _parts(value: Mapping[Any, Any], group: str, title: str, to: Reading) -> dict[str, Any]:
    """Return a mapping inside the brief by its own keys."""
    parts: dict[str, Any] = {}
    for name, item in value.items():
        part = key_of(str(name), group)
        if part is None:
            near = nearest(str(name), (group,))
            allowed = "、".join(read("brief")[group])
            to.problems.append(
                f"{title}：没有“{name}”这一项，" + (f"最接近的是{near}" if near else f"可以写 {allowed}")
            )
        elif not is_blank(item):
            parts.setdefault(part, item)
    return parts


def _link(key: str, value: Any, entry: Mapping[str, Any], to: Reading) -> str | None:
    title = _title(key)
    if not isinstance(value, str):
        to.problems.append(f"{title}：要一个网址，给的是{_kind_of(value)}")
        return None
    link = "".join(c for c in value.strip() if c.isprintable())
    if _BAD_LINK.match(link) or not _LINK.fullmatch(link):
        to.problems.append(f"{title}：“{link[:30]}”不是网址，写成 https://… ")
    elif len(link) > entry["limit"]:
        to.problems.append(f"{title}：太长（{len(link)} 字，最多 {entry['limit']} 字），先做成短链")
    elif re.search(r"\{\{|\$\{", re.sub(r"\$\{(\w+)\}", lambda m: "" if m[1] in to.variables else m[0], link)):
        to.problems.append(f"{title}：里面有没声明的变量，写进 variables 或去掉")
    else:
        return link
    return None


def _signature(text: str, to: Reading) -> str | None:
    sign = text.strip("【】[]［］ ")
    if not sign or re.search(r"[【】\[\]]", sign):
        to.problems.append(f"{_title('sms_sign')}：写一个签名，不带括号，例如 青禾咖啡")
        return None
    return sign


def _channels(key: str, value: Any, entry: Mapping[str, Any], to: Reading) -> tuple[str, ...] | None:
    """Return channel ids; a name that only the user's own channels may know is kept when those are not given."""
    from copilot.channels import find_channel, load_channels

    values = _NAMES.split(value) if isinstance(value, str) else value
    if not isinstance(values, (Sequence, set)) or not all(isinstance(v, str) for v in values):
        to.problems.append(f"{_title(key)}：要渠道名，给的是{_kind_of(value)}")
        return None
    known = load_channels() if to.channels is None else to.channels
    ids = []
    for name in filter(None, (clean(v)[0] for v in values)):
        try:
            ids.append(name if name in known else find_channel(name, known).platform)
        except InputError as error:
            if to.channels is not None:
                to.problems.append(f"{_title(key)}：{error.message}")
            ids.append(name)
    return tuple(dict.fromkeys(ids)) or None


def is_chinese(values: Sequence[Any]) -> bool:
    """Return whether any of the texts, or texts in lists, holds a Chinese character."""
    for value in values:
        texts = [value] if isinstance(value, str) else value if isinstance(value, (list, tuple)) else []
        if any(isinstance(text, str) and _HAN.search(text) for text in texts):
            return True
    return False
