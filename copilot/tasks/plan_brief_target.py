"""The target of a plan brief: a metric of the goal's own funnel or money, its value, the days said with it."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from copilot.checks.quantities import quantities
from copilot.knowledge import read
from copilot.knowledge.keys import bare, key_of, nearest
from copilot.plans import Target
from copilot.tasks.brief_values import Reading, is_blank
from copilot.tasks.plan_brief_goal import FILE, goal_data, label, names_of
from copilot.tasks.plan_brief_numbers import Number, count, kind_of, money, numbers, other_money, percent, shown
from copilot.text import fold
from copilot.text.clean import clean

_TIME = re.compile(r"\s?个?(?:工作日|天|日|周|星期|礼拜|月|季度|年|小时|点)(?:之?内|以内|里|前)?")
_SEASON = re.compile(r"q[1-4](?!\d)|第?[一二三四1-4]季度|(?:[本下今明]个?|[年月季])(?:年|月|季度|底|末)(?:底|末)?")
_DATED = re.compile(r"[月日号年周点]|星期|礼拜|\d[-/.]\d")
_RATE = re.compile(r"率$|比例$|占比$|\brate$")


class Found(NamedTuple):
    """What a text of a goal or target says: days ("" = nothing said), the target if it is there."""

    target: Target | None
    days: str


def metric_names(goal: str) -> dict[str, tuple[str, str]]:
    """Return (name, stage) by bare name for every metric of a goal; stage is "" for amounts of money."""
    data = goal_data(goal)
    labels = {stage["id"]: stage["label"] for stage in data["stages"]}
    names: dict[str, tuple[str, str]] = {}
    for stage, words in data["metrics"].items():
        for word in (*words, labels[stage]):
            names.setdefault(bare(str(word)), (str(words[0]) if word == labels[stage] else str(word), stage))
    if read(FILE)["goals"][goal].get("money"):
        for metric, words in read(FILE)["money_metrics"].items():
            names |= {bare(str(word)): (metric, "") for word in (metric, *words)}
    return names


def default_metric(goal: str) -> str:
    """Return the metric that a mere number means."""
    return str(next(iter(goal_data(goal)["metrics"].values()))[0])


def stage_of(goal: str, metric: str) -> str:
    """Return the stage of the funnel that a target's metric means, "" for an amount of money.

    :raises KeyError: the goal has no such metric; `read_plan_brief` lets none of those pass
    """
    return metric_names(goal)[bare(metric)][1]


def read_target(title: str, value: Any, goal: str, pool: int, to: Reading) -> Found | None:
    """Return the target; `pool`: people that can be reached, for the example where a rate is given."""
    if isinstance(value, Target):
        value = {"metric": value.metric, "value": value.value, "within": value.within}
    if isinstance(value, Mapping):
        return _of_parts(title, value, goal, pool, to)
    if isinstance(value, str):
        return _of_text(title, value, goal, pool, to)
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _settled(title, default_metric(goal), value, "", goal, to)
    to.problems.append(f"{title}：要一个指标和数值，给的是{kind_of(value)}，写成 {_example(goal)}；只写一个主目标")
    return None


def _example(goal: str) -> str:
    return f"{default_metric(goal)} 10000"


def _of_parts(title: str, value: Mapping[Any, Any], goal: str, pool: int, to: Reading) -> Found | None:
    parts: dict[str, Any] = {}
    for name, item in value.items():
        part = key_of(str(name), "target", FILE) if isinstance(name, str) else None
        if part is None:
            near = nearest(shown(name), ("target",), FILE)
            hint = f"最接近的是{near}" if near else "可以写 metric、value、within"
            to.problems.append(f"{title}：没有“{shown(name)}”这一项，{hint}")
        elif not is_blank(item):
            parts[part] = item
    if "value" not in parts:
        to.problems.append(f"{title}：没有数值，写成 {{metric: {default_metric(goal)}, value: 10000}}")
        return None
    metric, amount = parts.get("metric", ""), parts["value"]
    if not isinstance(metric, str):
        to.problems.append(f"{title}：指标要一段文字，给的是{kind_of(metric)}，写成 {default_metric(goal)}")
        return None
    days = _within(parts.get("within", ""))
    if isinstance(amount, str):
        found = _of_text(title, f"{metric} {amount}", goal, pool, to)
        if found is None or found.target is None:
            return None
        days = days or found.days
        return Found(Target(found.target.metric, found.target.value, days), days)
    if metric and bare(metric) not in metric_names(goal) and re.search(read(FILE)["cost_metrics"], fold(metric)):
        to.problems.append(_no_cost(title, f"{metric} {shown(amount)}", goal))
        return None
    if metric and _RATE.search(fold(metric).strip()) and bare(metric) not in metric_names(goal):
        to.problems.append(_no_rate(title, f"{metric} {shown(amount)}", goal, pool, None))
        return None
    name = default_metric(goal) if not metric else _metric(title, metric, goal, to)
    return _settled(title, name, amount, days, goal, to) if name else None


def _within(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()[:10]
    return clean(shown(value))[0][: read(FILE)["limits"]["within"]]


def read_sentence(title: str, text: str, goal: str, pool: int, to: Reading) -> Found | None:
    """Return the target and the days that the sentence of a goal holds, None where it holds no number."""
    days, plain = _taken_days(_taken_metric(fold(text), goal)[1])
    found = [n for n in numbers(plain) if not _TIME.match(plain, n.end)]
    if not numbers(fold(text)):
        return None
    if len(found) > 1:
        to.notes.append(f"{title}：“{shown(text)}”里不止一个数，没有当目标值；目标值单独写成 {_example(goal)}")
    if len(found) != 1:
        return Found(None, days)
    return _of_text(title, text, goal, pool, to, sentence=True)


def _of_text(title: str, text: str, goal: str, pool: int, to: Reading, sentence: bool = False) -> Found | None:
    """Read a target as text; a `sentence` may speak of other things, and then means the goal's usual metric."""
    plain = fold(text)
    name, plain = _taken_metric(plain, goal)
    days, plain = _taken_days(plain)
    found = [n for n in numbers(plain) if not _TIME.match(plain, n.end)]
    if any(n.percent for n in found) or (not name and not sentence and _RATE.search(_words(plain, found, goal))):
        to.problems.append(_no_rate(title, text, goal, pool, next((n.value for n in found if n.percent), None)))
        return None
    if not name and re.search(read(FILE)["cost_metrics"], plain):
        to.problems.append(_no_cost(title, text, goal))
        return None
    if len(found) != 1 or found[0].low is not None:
        what = "没有数值" if not found else "不止一个数"
        to.problems.append(f"{title}：“{shown(text)}”里{what}，写成 {_example(goal)}")
        return None
    if other_money(plain):
        to.problems.append(f"{title}：“{shown(text)}”不是人民币，换算成元")
        return None
    yuan = re.compile(r"\s?(?:元|块|人民币|rmb)").match(plain, found[0].end)
    yuan = yuan or re.search(r"[￥¥]\s?$", plain[: found[0].start])
    if not name and yuan and read(FILE)["goals"][goal].get("money"):
        name = "GMV"
    if not name:
        rest = _words(plain, found, goal, "target_words")
        name = _meant(rest, goal) if rest else default_metric(goal)
        if not name and not _words(plain, found, goal, "target_words", "target_nouns"):
            name = default_metric(goal)
        name = name or (default_metric(goal) if sentence else _metric(title, rest, goal, to))
    if name and yuan and name not in read(FILE)["money_metrics"]:
        to.problems.append(f"{title}：“{shown(text)}”是金额，{label(goal)}的目标写人数，写成 {_example(goal)}")
        return None
    return _settled(title, name, found[0].value, days, goal, to) if name else None


def _taken_metric(plain: str, goal: str) -> tuple[str, str]:
    """Return the longest metric that stands in the text, and the text without it."""
    names = metric_names(goal)
    for key in sorted(names, key=len, reverse=True):
        if len(key) > 1 and (match := re.search(r"[\s]*".join(map(re.escape, key)), plain)):
            return names[key][0], f"{plain[: match.start()]} {plain[match.end() :]}"
    return "", plain


def _taken_days(plain: str) -> tuple[str, str]:
    """Return the dates and lengths of time in a text, and the text without them."""
    dated = quantities(plain) if _DATED.search(plain) else ()  # the first call takes 80 ms
    spans = [(q.start, q.end) for q in dated if q.kind in ("date", "year", "weekday", "clock")]
    for number in numbers(plain):
        if (match := _TIME.match(plain, number.end)) and not any(a <= number.start < b for a, b in spans):
            spans.append((number.start, match.end()))
    spans += [match.span() for pattern in (_SEASON, _festivals()) for match in pattern.finditer(plain)]
    said, rest = [], plain
    last = 0
    for start, end in sorted(spans):
        if start >= last:
            said.append(plain[start:end].strip())
            last = end
        rest = rest[:start] + " " * (end - start) + rest[end:]
    return "".join(said)[: read(FILE)["limits"]["within"]], rest


@cache
def _festivals() -> re.Pattern[str]:
    """Return the pattern of 双11 and 国庆, and of 618 where it is no number of people."""
    names = "|".join(sorted((re.escape(fold(str(name))) for name in read(FILE)["festivals"]), key=len, reverse=True))
    return re.compile(rf"(?<![\d一二三四五六七八九十])(?:{names})(?!\s?[\d.十百千万亿wk个人名位单条家元%])")


def _words(plain: str, found: list[Number], goal: str, *groups: str) -> str:
    """Return what is left of a target's text beside numbers, the goal's own names and the words of `groups`."""
    rest = plain
    for one in reversed(found):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    rest = bare(rest)
    goals = [name for name, one in names_of("goals").items() if one == goal and not name.endswith("率")]
    fillers = [bare(word) for group in groups for word in read(FILE)[group]]
    for word in sorted({*goals, *fillers}, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest


def _meant(text: str, goal: str) -> str:
    """Return the metric that a text names, in full or but for 数 or 人数 at its end; "" for none."""
    names, plain = metric_names(goal), bare(text)
    for key in (plain, *(plain + ending for ending in read(FILE)["metric_endings"])):
        if key in names:
            return names[key][0]
    inside = [key for key in sorted(names, key=len, reverse=True) if len(key) > 1 and key in plain]
    return names[inside[0]][0] if inside else ""


def _metric(title: str, text: str, goal: str, to: Reading) -> str:
    """Return the metric that a text means, "" with a problem noted if the goal has none like it."""
    names, plain = metric_names(goal), bare(text)
    if name := _meant(text, goal):
        return name
    around = [key for key in names if len(plain) > 1 and key.startswith(plain)]
    around = around or [key for key in names if len(plain) > 1 and plain in key]
    if len({names[key][1] for key in around}) == 1:
        return names[around[0]][0]
    metrics = "、".join(str(word) for words in goal_data(goal)["metrics"].values() for word in words[:2])
    amounts = "，也可以是 GMV、实收（元）" if read(FILE)["goals"][goal].get("money") else ""
    to.problems.append(f"{title}：{label(goal)}没有“{shown(text)}”这个指标，写成其中一个：{metrics}{amounts}")
    return ""


def _no_rate(title: str, text: str, goal: str, pool: int, share: Decimal | None) -> str:
    people, part = Decimal(pool or 20000), share if share and 0 < share <= 1 else Decimal("0.4")
    product = int(people * part)
    sum_ = f"{'可触达' if pool else '例如'} {people} 人 × {percent(part)} = {product} 人"
    return f"{title}：“{shown(text)}”是比例，写成人数（基数 × 比例）：{sum_}，就写 {default_metric(goal)} {product}"


def _no_cost(title: str, text: str, goal: str) -> str:
    how = f"目标值写数量（预算 ÷ 单个成本）：例如 50000 元 ÷ 每个 50 元 = 1000，就写 {default_metric(goal)} 1000"
    return f"{title}：“{shown(text)}”是成本或回报，{how}"


def _settled(title: str, metric: str, amount: Any, days: str, goal: str, to: Reading) -> Found | None:
    amounts = read(FILE)["money_metrics"]
    if metric in amounts:
        value = money(title, amount, to, example=f"{metric} 100万元")
    else:
        whole = count(title, amount, to, example=_example(goal), zero=False)
        value = None if whole is None else Decimal(whole)
    return None if value is None else Found(Target(metric, value, days), days)
