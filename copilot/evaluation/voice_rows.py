"""Labelled voices, read from JSON Lines: slots as texts, or as marks in the voice.

{"text": "希望增加夜间模式，晚上看太刺眼", "kind": "request", "requested": "增加夜间模式", "goal": null}
{"v": "希望<r>增加夜间模式</r>，<c>晚上看</c><p>太刺眼</p>", "k": "request", "noun": "夜间模式", "root": ["partly"]}
{"t": "怎么导出？", "k": "question"}
"""

import re
from pathlib import Path
from typing import Any, NamedTuple, get_args

from copilot.diagnosis import KINDS, SLOTS, Verdict
from copilot.errors import InputError
from copilot.evaluation.rows import numbered_rows
from copilot.text import normalise

SUGGESTION = "suggestion"  # a kind of civic messages, beside request
_LETTERS = dict(zip("scwrpqg", SLOTS, strict=True))
_MARK = re.compile(r"<(/?)([scwrpqg])>")
_SHORT = {"k": "kind", "noun": "noun", "root": "solves_root", "self": "self_sufficient", "needs": "needs"}
_ASKING = ("request", "complaint", SUGGESTION)


class LabelledVoice(NamedTuple):
    """A voice and what its line says of it; a key that is not in `labels` was not labelled.

    `labels` holds `kind` and `noun` (text), slots and `need` (tuple of accepted texts, empty: there is none),
    `solves_root` (tuple of accepted verdicts), `needs` (tuple of patterns), `self_sufficient` and `suggestion` (bool).
    """

    line: int
    text: str
    labels: dict[str, Any]


def read_voices(path: Path) -> list[LabelledVoice]:
    """Return the labelled voices of a file, in order.

    :raises InputError: the file is missing or empty, or a line is wrong; with its number
    """
    rows = []
    for number, row in numbered_rows(path):
        where = f"{path} 第 {number} 行"
        text, given = _plain(row, where)
        rows.append(LabelledVoice(number, text, _labels(text, given, where)))
    if not rows:
        raise InputError(f"{path} 是空的", '每行写成 {"text": …, "kind": …, "requested": …}，没有标的键可以不写。')
    return rows


def _plain(row: dict[str, Any], where: str) -> tuple[str, dict[str, Any]]:
    """The text of a line and its labels by their long names."""
    key = next((key for key in ("text", "v", "t") if isinstance(row.get(key), str) and row[key].strip()), "")
    if not key:
        raise InputError(f"{where}没有写原话", "原话写在 text 里；带标记的写在 v 里。")
    if key == "text":
        return normalise(row["text"]).strip(), row
    given = {long: row[short] for short, long in _SHORT.items() if short in row}
    if not given.get("needs"):
        given.pop("needs", None)
    if key == "t":
        return normalise(row["t"]).strip(), given
    text, slots = _unmarked(normalise(row["v"]), where)
    return text.strip(), given | slots


def _unmarked(marked: str, where: str) -> tuple[str, dict[str, Any]]:
    """The text without its marks, and what each slot's marks enclose."""
    text, at, opened = "", 0, ("", 0)
    slots: dict[str, list[str]] = {slot: [] for slot in SLOTS}
    for match in _MARK.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        if bool(match[1]) != bool(opened[0]) or (match[1] and opened[0] != match[2]):
            raise InputError(f"{where}的标记 {match[0]} 不成对", "每个 <r> 都要有 </r>，不能套在别的标记里。")
        if match[1]:
            slots[_LETTERS[match[2]]].append(text[opened[1] :])
        opened = ("", 0) if match[1] else (match[2], len(text))
    if opened[0]:
        raise InputError(f"{where}的标记 <{opened[0]}> 没有结束", "每个 <r> 都要有 </r>。")
    return text + marked[at:], dict(slots)


def _labels(text: str, given: dict[str, Any], where: str) -> dict[str, Any]:
    labels: dict[str, Any] = {}
    if given.get("kind") is not None:
        labels["kind"] = _one_of(given["kind"], "kind", (*KINDS, SUGGESTION), where)
    for slot in (*SLOTS, "need"):
        if slot in given:
            labels[slot] = _accepted(text, given[slot], slot, where)
    if given.get("noun"):
        labels["noun"] = normalise(str(given["noun"]))
    if (verdicts := given.get("solves_root")) is not None:
        values = verdicts if isinstance(verdicts, list) else [verdicts]
        labels["solves_root"] = tuple(_one_of(v, "solves_root", get_args(Verdict), where) for v in values)
    if "needs" in given:
        labels["needs"] = _patterns(given["needs"], where)
    for key in ("self_sufficient", "suggestion"):
        if given.get(key) is not None:
            if given[key] not in (0, 1):
                raise InputError(f"{where}的 {key} 不是 true、false、0、1", "1（或 true）表示是，0 表示不是。")
            labels[key] = bool(given[key])
    return labels


def _one_of(value: Any, key: str, known: tuple[str, ...], where: str) -> str:
    if value not in known:
        raise InputError(f"{where}的 {key} 是 {value!r}，没有这一种", f"可以写 {'、'.join(known)}。")
    return str(value)


def _accepted(text: str, value: Any, key: str, where: str) -> tuple[str, ...]:
    """The texts that are accepted for a slot, none where the voice has nothing for it."""
    values = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in values):
        raise InputError(f"{where}的 {key} 不是文字", "写原话里的一段、几段的列表，或 null。")
    texts = tuple(normalise(one).strip() for one in values)
    for one in texts:
        if not one or one not in text:
            raise InputError(f"{where}的 {key}“{one}”不是原话里的一段", "一字不差地从 text 里截取；没有就写 null。")
    return texts


def _patterns(values: Any, where: str) -> tuple[re.Pattern[str], ...]:
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise InputError(f"{where}的 needs 不是正则的列表", '写成 "needs": ["正则", "正则"]。')
    try:
        return tuple(re.compile(one) for one in values)
    except re.error as error:
        raise InputError(f"{where}的正则写错了：{error}", "按 Python re 的写法改正。") from error


def asks(voice: LabelledVoice) -> bool:
    """Return whether a voice is labelled as one that may have needs behind it; one without a kind may."""
    return voice.labels.get("kind", "request") in _ASKING
