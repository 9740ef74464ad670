"""Sentences of a passage told otherwise: `TRUE` ways leave what they say alone, `FALSE` ways change it.

A way takes a sentence, the passages around it and a source of chance, and returns the sentence told otherwise, or None
where it cannot. Its words are its own: what copilot/checks looks for is not read here.
"""

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import copilot.text
from copilot.knowledge import read


class Scene(NamedTuple):
    """Where a sentence stands: its passage, the sentence behind it ("" for none), and sentences of other passages."""

    passage: str
    following: str
    elsewhere: Sequence[str]
    chance: random.Random


Way = Callable[[str, Scene], str | None]

_ITEM = r"[^，。；：、（）\d]{2,12}"
_NUMERALS = "一二三四五六七八九十"
_COUNTED = "[天个步种类件条项次周月年小分倍成块层级轮位家张份]"
_UNITS = (
    ("秒", "分钟", "小时", "天", "周", "个月"),
    ("元", "万元"),
    ("%", "倍"),
    ("人", "单", "次"),
    ("万", "亿"),
)
_TIMES = (("每天", "每周", "每月", "每季度"), ("月初", "月底"), ("上午", "下午"), ("次日", "次月"), ("年初", "年底"),
          ("上周", "上月"), ("周一", "周五"), ("早上", "晚上"), ("当天", "次日"))  # fmt: skip
_OPPOSITES = (
    "提高 降低", "提升 降低", "增加 减少", "上升 下降", "上涨 下跌", "高于 低于", "多于 少于", "大于 小于", "之前 之后", "以前 以后",
    "越高 越低", "越多 越少", "越快 越慢", "越大 越小", "越长 越短", "越早 越晚", "最高 最低", "最多 最少", "最早 最晚", "最大 最小",
    "较高 较低", "较大 较小", "较多 较少", "偏高 偏低", "更高 更低", "更多 更少", "更快 更慢", "太多 太少", "太高 太低", "变快 变慢",
    "便宜 贵", "线上 线下", "主动 被动", "付费 免费", "新用户 老用户", "老用户 新用户", "优点 缺点", "长期 短期", "内部 外部",
    "流入 流出", "提前 推迟", "以上 以下", "以内 以外", "至少 至多", "高频 低频", "容易 很难", "放大 缩小", "加快 放慢",
)  # fmt: skip
_OPPOSITE = {a: b for pair in _OPPOSITES for a, b in (pair.split(), pair.split()[::-1])}
_NEGATED = (
    (r"(?<![不也])可以", "不可以"), (r"(?<![机社大聚协议理不])会(?![员议场计话])", "不会"), (r"(?<!不)适合", "不适合"),
    (r"(?<![重主需必只摘概不就纲还])要(?![求素点么紧])", "不要"), (r"(?<!不)需要", "不需要"), (r"(?<![不是])应该", "不应该"),
    (r"(?<![功技性可不效智才])能(?![力量])", "不能"), (r"(?<![没所只还拥现原含具])有(?![关效时些限没利趣人])", "没有"),
    (r"(?<![不于但可还只总都就而也要])是(?![否不因])", "不是"), (r"(?<![反响适供相对效不])应(?![用该急对])", "不应"),
)  # fmt: skip
_AFFIRMED = (
    ("不能", "能"), ("不要", "要"), ("不会", "会"), ("不是", "是"), ("没有", "有"), ("不再", "还"), ("不应", "应"), ("不得", "可以"),
    ("不超过", "超过"), ("无需", "需要"), ("不算", "算"), ("不看", "看"), ("不发", "发"), ("不宜", "宜"), ("不必", "必须"), ("不用", "要"),
    ("不写", "写"), ("不计", "计"), ("不按", "按"), ("不做", "做"), ("不等于", "等于"), ("不代表", "代表"), ("未", "已"),
)  # fmt: skip
_STRONGER = (
    ("可以", "必须"), ("一般", "一律"), ("通常", "一定"), ("建议", "必须"), ("多数", "全部"), ("部分用户", "全部用户"), ("往往", "必然"),
    ("可能", "必然"), ("常见的", "唯一的"), ("不一定", "一定"), ("有时候", "总是"), ("尽量", "必须"), ("很少", "从不"), ("常常", "永远"),
)  # fmt: skip
_INVENTED = (
    "{}要先报当地主管部门备案，备案号写在页面底部。", "{}的标准由中国互联网协会每年发布一次。", "做{}之前先把老用户全部清退。",
    "{}主要靠线下地推完成，线上渠道只作补充。", "业内公认{}最早由亚马逊在内部提出。", "{}做得好的团队，普遍把客服裁掉一半。",
    "{}应当外包给广告公司，自己的人不必参与。", "{}的结果要请会计师事务所审计后才能对外公布。", "研究证明，{}与天气有直接关系。",
    "{}的预算一般占公司全年收入的四分之一。", "只要连续打卡21天，{}就会自动变好。", "{}由算法自动完成，运营只负责看报表。",
    "腾讯、阿里都已经放弃了{}这种做法。", "{}的关键是在凌晨三点发出通知。", "苹果公司规定，{}必须得到用户的书面同意。",
    "{}可以直接用问卷星的默认模板代替。", "很多团队用抽签的办法决定{}怎么做。", "{}适合在雨季开展，旱季效果会差一些。",
)  # fmt: skip
_SAME = (
    ("例如", "比如"), ("因为", "由于"), ("所以", "因此"), ("每天", "每日"), ("立即", "马上"), ("全部", "所有"), ("相同", "一样"),
    ("方法", "办法"), ("目前", "现在"), ("不要", "别"), ("应该", "应当"), ("如果", "要是"), ("但是", "不过"),
    ("可以", "能"), ("大约", "差不多"), ("告诉", "告知"), ("必须", "一定要"),
)  # fmt: skip


def _replaced(sentence: str, found: Sequence[tuple[int, int, str]], scene: Scene) -> str | None:
    """The sentence with one of the `(start, end, instead)` done that does not make another sentence of the passage."""
    for start, end, instead in scene.chance.sample(list(found), len(found)):
        told = sentence[:start] + instead + sentence[end:]
        if _letters(told[max(0, start - 6) : start + len(instead) + 6]) not in _letters(scene.passage):
            return told
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def _number(sentence: str, scene: Scene) -> str | None:
    known = set(re.findall(r"\d+(?:\.\d+)?", scene.passage))
    found = []
    for match in re.finditer(r"(?<![\d.A-Za-z])\d+(?:\.\d+)?(?![\d.])", sentence):
        value = match[0]
        turned = [value[:-1] + str((int(value[-1]) + step) % 10) for step in (1, 3, 7)] + [
            str(int(float(value) * 3) + 1)
        ]
        found += [(*match.span(), new) for new in turned if new not in known and float(new) != float(value)]
    return _replaced(sentence, found, scene)


def _numeral(sentence: str, scene: Scene) -> str | None:
    found = []
    for match in re.finditer(rf"(?<![{_NUMERALS}百千万第周])[二两三四五六七八九十](?={_COUNTED})", sentence):
        new = [n for n in _NUMERALS[1:] if n != match[0] and n != "二"]
        found += [(*match.span(), n) for n in new if n + sentence[match.end()] not in scene.passage]
    return _replaced(sentence, found, scene)


def _unit(sentence: str, scene: Scene) -> str | None:
    found = []
    for group in _UNITS:
        for match in re.finditer(
            rf"(?<=[\d{_NUMERALS}])({'|'.join(sorted(group, key=len, reverse=True))})(?![年月日元])", sentence
        ):
            found += [(*match.span(), unit) for unit in group if unit != match[0]]
    return _replaced(sentence, found, scene)


def _time(sentence: str, scene: Scene) -> str | None:
    return _replaced(sentence, _among(sentence, _TIMES), scene)


def _among(sentence: str, groups: Sequence[Sequence[str]]) -> list[tuple[int, int, str]]:
    return [
        (match.start(), match.end(), other)
        for group in groups
        for word in group
        for match in re.finditer(word, sentence)
        for other in group
        if other != word
    ]


def _negated(sentence: str, scene: Scene) -> str | None:
    found = [(*m.span(), instead) for pattern, instead in _NEGATED for m in re.finditer(pattern, sentence)]
    return _replaced(sentence, found, scene)


def _affirmed(sentence: str, scene: Scene) -> str | None:
    found = [
        (*m.span(), instead)
        for word, instead in _AFFIRMED
        for m in re.finditer(rf"(?<![并来])(?<!是){word}(?!必|来)", sentence)
    ]
    return _replaced(sentence, found, scene)


def _direction(sentence: str, scene: Scene) -> str | None:
    words = "|".join(sorted(_OPPOSITE, key=len, reverse=True))
    return _replaced(sentence, [(*m.span(), _OPPOSITE[m[0]]) for m in re.finditer(words, sentence)], scene)


def _stronger(sentence: str, scene: Scene) -> str | None:
    found = [(*m.span(), instead) for word, instead in _STRONGER for m in re.finditer(rf"(?<!不){word}", sentence)]
    return _replaced(sentence, found, scene)


@cache
def _terms() -> dict[str, frozenset[str]]:
    """The terms of the field, each with the other names of the same thing."""
    found = {}
    for entry in read("glossary")["terms"]:
        names = frozenset([entry["term"], *entry["synonyms"]])
        found.update({name: names for name in names if re.fullmatch(r"[一-鿿]{2,6}", name)})
    return found


def _terms_in(text: str) -> list[tuple[int, int, str]]:
    pattern = "|".join(sorted(_terms(), key=len, reverse=True))
    return [(*match.span(), match[0]) for match in re.finditer(pattern, text)]


def _entity(sentence: str, scene: Scene) -> str | None:
    here = _terms_in(sentence)
    others = dict.fromkeys(term for _, _, term in _terms_in(scene.passage) if term not in sentence)
    found = [
        (start, end, other)
        for start, end, term in here
        for other in others
        if not set(other) & set(term) and not _terms()[other] & _terms()[term]
    ]
    return _replaced(sentence, found, scene)


def _foreign(sentence: str, scene: Scene) -> str | None:
    """A term that the passage does not have in a term's place."""
    others = [t for t in sorted(_terms()) if not set(t) & set(scene.passage)] or ["地推", "桑基图"]
    return _replaced(sentence, [(a, b, scene.chance.choice(others)) for a, b, _ in _terms_in(sentence)], scene)


def _roles(sentence: str, scene: Scene) -> str | None:
    """Two terms of a sentence in each other's place, where it matters which stands where."""
    here = _terms_in(sentence)
    for (a, b, one), (c, d, other) in pairwise(here):
        if one == other or _terms()[one] & _terms()[other]:
            continue
        if re.search(r"比|于|除以|交给|发给|变成|之前|之后|先|再|由|是|而|换|减|归|带来|看", sentence[b:c]):
            return sentence[:a] + other + sentence[b:c] + one + sentence[d:]
    return None


def _glued(sentence: str, scene: Scene) -> str | None:
    head = sentence.split("，")[0].rstrip("。")
    tails = [other.rstrip("。").split("，")[-1] for other in scene.elsewhere]
    tails = [tail for tail in tails if len(tail) >= 6 and shared(tail, scene.passage) < 0.4]
    return f"{head}，{scene.chance.choice(tails)}。" if len(head) >= 6 and tails else None


def _moved(sentence: str, scene: Scene) -> str | None:
    """A sentence of another passage."""
    others = [other for other in scene.elsewhere if shared(other, scene.passage) < 0.5]
    return scene.chance.choice(others) if others else None


def shared(text: str, passage: str) -> float:
    """The share of the character pairs of a text that a passage holds."""
    joined, whole = _letters(text), _letters(passage)
    pairs = [joined[at : at + 2] for at in range(len(joined) - 1)]
    return sum(pair in whole for pair in pairs) / max(1, len(pairs))


def _invented(sentence: str, scene: Scene) -> str | None:
    terms = [term for _, _, term in _terms_in(sentence)] or [term for _, _, term in _terms_in(scene.passage)]
    return scene.chance.choice(_INVENTED).format(scene.chance.choice(terms)) if terms else None


def _appended(sentence: str, scene: Scene) -> str | None:
    """An invented clause behind a true one."""
    invented = _invented(sentence, scene)
    return f"{sentence.rstrip('。')}，{invented}" if invented else None


# What stays true


def _copied(sentence: str, scene: Scene) -> str | None:
    return sentence


_OF_BOTH = "回合台搜里面制后干谷只出了布志念采系注表范松升占卷个当"  # written so in traditional texts as well


@cache
def _traditional_table() -> dict[int, str]:
    there, here = (Path(copilot.text.__file__).parent / "fold.txt").read_text(encoding="utf-8").split()
    return {ord(new): old for old, new in zip(reversed(there), reversed(here), strict=True) if new not in _OF_BOTH}


def _traditional(sentence: str, scene: Scene) -> str | None:
    told = sentence.translate(_traditional_table())
    return told if told != sentence else None


def _reordered(sentence: str, scene: Scene) -> str | None:
    """The first two items of a list in each other's place, or the halves around a semicolon."""
    if sentence.count("；") == 1 and not re.search(r"[：:]|其次|前者|后者|它|这|但|否则", sentence):
        first, second = sentence.rstrip("。").split("；")
        return f"{second}；{first}。"
    match = re.search(rf"(?<=：)({_ITEM})、({_ITEM})(?=、)", sentence) or re.search(
        rf"(?<=、)({_ITEM})、({_ITEM})(?=、)", sentence
    )
    if not match or re.search("先后|依次|排序|顺序|分别|步|阶段|漏斗|级|前|按", sentence):
        return None
    return sentence[: match.start()] + f"{match[2]}、{match[1]}" + sentence[match.end() :]


def _with_emoji(sentence: str, scene: Scene) -> str | None:
    return f"👍 {sentence.rstrip('。')} ✨。"


def _without_aside(sentence: str, scene: Scene) -> str | None:
    told = re.sub(r"（[^（）]{1,40}）", "", sentence)
    return told if told != sentence else None


def _introduced(sentence: str, scene: Scene) -> str | None:
    return (
        scene.chance.choice(("根据资料，", "也就是说，", "具体来说，", "总的来说，", "需要注意的是，", "简单说，"))
        + sentence
    )


def _paraphrased(sentence: str, scene: Scene) -> str | None:
    found = [(*m.span(), instead) for word, instead in _SAME for m in re.finditer(rf"(?<![不只]){word}", sentence)]
    start, end, instead = scene.chance.choice(found) if found else (0, 0, "")
    return sentence[:start] + instead + sentence[end:] if found else None


def _rewritten(sentence: str, scene: Scene) -> str | None:
    """Figures written otherwise: 3天 as 三天, 50% as 百分之五十, 10000 as 1万."""
    told = re.sub(r"(?<![\d.])([2-9])(?=[天个次周步种倍])", lambda m: _NUMERALS[int(m[1]) - 1], sentence)
    told = re.sub(r"(?<![\d.])([2-9])0%", lambda m: f"百分之{_NUMERALS[int(m[1]) - 1]}十", told)
    told = re.sub(r"(?<![\d.])(\d)0000(?!\d)", r"\1万", told)
    return told if told != sentence else None


def _wide(sentence: str, scene: Scene) -> str | None:
    told = re.sub(r"\d", lambda digit: chr(ord(digit[0]) + 0xFEE0), sentence)
    return told if told != sentence else None


def _merged(sentence: str, scene: Scene) -> str | None:
    return f"{sentence.rstrip('。')}，{scene.following}" if scene.following else None


FALSE: dict[str, Way] = {
    "number": _number, "numeral": _numeral, "unit": _unit, "time": _time, "negation_added": _negated,
    "negation_removed": _affirmed, "direction": _direction, "strength": _stronger, "entity": _entity, "foreign": _foreign,
    "roles": _roles, "glued": _glued, "wrong_cite": _moved, "invented_sentence": _invented, "appended": _appended,
}  # fmt: skip
TRUE: dict[str, Way] = {
    "copied": _copied, "traditional": _traditional, "reordered": _reordered, "emoji": _with_emoji,
    "without_aside": _without_aside, "introduced": _introduced, "paraphrased": _paraphrased, "rewritten": _rewritten,
    "wide": _wide, "merged": _merged,
}  # fmt: skip
