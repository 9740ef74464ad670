"""Whatever people hand in as the brief of a plan → `PlanBrief`: keys by any usual name, all problems at once.

What is missing is asked for and, where the plan cannot do without, assumed; the reading tells which is which.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from copilot.errors import InputError
from copilot.knowledge import read
from copilot.knowledge.keys import key_of, nearest
from copilot.plans import PlanBrief, PlanGap
from copilot.tasks.brief_values import Reading, is_blank
from copilot.tasks.plan_brief_assume import Draft, assume, without_money
from copilot.tasks.plan_brief_assumptions import read_assumptions, settle_unit_price
from copilot.tasks.plan_brief_channels import ALL, Channels, read_channels, read_reach
from copilot.tasks.plan_brief_dates import NoSuchDay, after, length_of, read_day, read_period, read_span
from copilot.tasks.plan_brief_goal import FILE, label, read_goal, read_kind
from copilot.tasks.plan_brief_numbers import decimal_of, money, shown
from copilot.tasks.plan_brief_target import read_sentence, read_target
from copilot.tasks.plan_brief_texts import read_texts, title_of_key
from copilot.text import fold

_FIELDS = tuple(f.name for f in fields(PlanBrief))
_HINT = "改好再试。至少写 product（产品）和 goal（目标）；日期写 2026-12-01，钱写元，渠道写名称或编号。"


class PlanReading(NamedTuple):
    """A brief as understood. `given`: its fields that the user filled; `assumed`: what was missing, and what stands
    in its place; `notes`: how words were understood, what was rounded or not used."""

    brief: PlanBrief
    given: frozenset[str]
    assumed: tuple[PlanGap, ...]
    notes: tuple[str, ...]


def read_plan_brief(given: Mapping[str, Any] | PlanBrief, *, today: date) -> PlanReading:
    """Return the brief with all that was assumed; `today` dates 下周一, 12月1日 and a missing start.

    A target's metric is one of the names in the goal's file, or GMV or 实收 in yuan. Prices of one channel are
    assumptions `channel.unit_price`, a share of the order `channel.commission`.

    :raises InputError: something in it is wrong; the message has one part for each problem
    """
    if isinstance(given, PlanBrief):
        given = {key: value for key in _FIELDS if not is_blank(value := getattr(given, key))}
    if not isinstance(given, Mapping):
        raise InputError("方案简报要是一张键值表", "写成 {product: …, goal: 拉新, budget: 5万}。")
    to = Reading()
    named = _named(given, to)
    draft = _goal_and_kind(named, today, to)
    draft.values |= read_texts(named, to)
    _channels(named, draft, to)
    _amounts(named, draft, to)
    _days(named, draft, to)
    draft.values["goal"] = draft.goal
    said = {key for key, value in draft.values.items() if not is_blank(value)} | _said(draft.channels)
    if draft.goal:
        before = draft.channels.order[:]
        check(draft, to)
        if not to.problems:
            assume(draft)
        if not before:
            check(draft, to)
    if to.problems:
        problems = list(dict.fromkeys(" ".join(problem.split()) for problem in to.problems))
        raise InputError(f"方案简报有 {len(problems)} 处问题：{'；'.join(problems)}", _HINT)
    return PlanReading(_record(draft), frozenset(said), tuple(draft.gaps), tuple(dict.fromkeys(to.notes)))


def check(draft: Draft, to: Reading) -> None:
    """Check what only channels, budget and assumptions together can tell."""
    if draft.channels.order:
        settle_unit_price(title_of_key("assumptions"), draft.channels, to)
        if draft.values.get("budget") == 0:
            without_money(title_of_key("budget"), draft, to)


def _said(channels: Channels) -> set[str]:
    """Return which of the fields that hold channels the brief fills."""
    filled = {
        "channels": channels.order, "own_channels": channels.own, "reach": channels.reach,
        "assumptions": channels.assumptions,
    }  # fmt: skip
    return {key for key, value in filled.items() if value}


def _named(given: Mapping[Any, Any], to: Reading) -> dict[str, Any]:
    """Return what was given by the keys of `PlanBrief` and `period`; what says nothing is left out."""
    words = read(FILE)
    open_, nothing = ({fold(str(word)) for word in words[key]} for key in ("open_words", "nothing_words"))
    named: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name, value in given.items():
        key = key_of(name, "keys", FILE) if isinstance(name, str) else None
        if key is None:
            near = nearest(shown(name), file=FILE)
            hint = f"最接近的是{near}" if near else f"可以写{'、'.join(one['label'] for one in words['keys'].values())}"
            to.problems.append(f"{shown(name)}：没有这个键，{hint}")
            continue
        if key in words["goal_or_target"] and isinstance(value, (Mapping, int, float, Decimal)):
            key = "target"
        plain = fold(value).strip() if isinstance(value, str) else ""
        if plain in open_:
            to.notes.append(f"{title_of_key(key)}：“{shown(value)}”当作没有写")
        elif plain in nothing and key == "budget":
            to.problems.append(f"{title_of_key(key)}：“{shown(value)}”是一分不花，还是没定？不花钱写 0，没定就不写")
        elif plain in nothing or (is_blank(value) and not isinstance(value, float)):
            continue
        elif key in named and not _same(named[key], value):
            to.problems.append(f"{title_of_key(key)}：写了两次（{names[key]}、{shown(name)}），只留一个")
        else:
            named[key], names[key] = value, shown(name)
    return named


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and isinstance(one, (str, int, date)) and bool(one == other)


# Goal, kind, target


def _goal_and_kind(named: Mapping[str, Any], today: date, to: Reading) -> Draft:
    goal = None
    if "goal" in named:
        goal = read_goal(title_of_key("goal"), named["goal"], to)
    else:
        every = "、".join(label(one) for one in read(FILE)["goals"])
        to.problems.append(f"{title_of_key('goal')}：没有写，写成其中一个：{every}")
    draft = Draft(goal or "", today, Channels())
    if "kind" in named and (kind := read_kind(title_of_key("kind"), named["kind"], to)):
        draft.values["kind"], draft.span = kind
    return draft


def _target(named: Mapping[str, Any], draft: Draft, to: Reading) -> str:
    """Read the target, of its own key or out of the goal's sentence; return the days that it names."""
    if not draft.goal:
        return ""
    reach = draft.channels.reach
    pool = reach.get(ALL) or sum(reach.values())
    found = None
    sentence = named.get("goal")
    if "target" in named:
        found = read_target(title_of_key("target"), named["target"], draft.goal, pool, to)
    elif isinstance(sentence, str):
        found = read_sentence(title_of_key("goal"), sentence, draft.goal, pool, to)
    if found is None:
        return ""
    if found.target:
        draft.values["target"] = found.target
        if isinstance(sentence, str) and "target" in named:
            other = read_sentence("", sentence, draft.goal, pool, Reading())
            if other and other.target and other.target.value != found.target.value:
                what = f"{title_of_key('goal')}里是 {other.target.value:f}，这里是 {found.target.value:f}"
                to.problems.append(f"{title_of_key('target')}：{what}，只留一个")
    return found.days


# Channels, money, people


def _channels(named: Mapping[str, Any], draft: Draft, to: Reading) -> None:
    into = draft.channels
    for key in ("own_channels", "channels"):
        if key in named:
            read_channels(title_of_key(key), named[key], draft.goal, into, to)
    if "channels" in named and "own_channels" in named:  # those of the table in their order, own ones where they stand
        first = Channels()
        read_channels("", named["channels"], "", first, Reading())
        into.order = list(dict.fromkeys([*first.order, *into.order]))
    if "reach" in named:
        read_reach(title_of_key("reach"), named["reach"], into, bool(into.order), draft.goal, to)


def _amounts(named: Mapping[str, Any], draft: Draft, to: Reading) -> None:
    values = draft.values
    if "budget" in named:
        values["budget"] = money(title_of_key("budget"), named["budget"], to, example="5万 或 50000", zero=True)
    if "baseline" in named:
        values["baseline"] = _baseline(named["baseline"], to)
    if "assumptions" in named and draft.goal:
        read_assumptions(title_of_key("assumptions"), named["assumptions"], draft.goal, draft.channels, to)


def _baseline(value: Any, to: Reading) -> Decimal | None:
    title = title_of_key("baseline")
    number = decimal_of(title, value, to, ("people", "yuan"), "1200 或 30%")
    if number is None:
        return None
    if number.low is not None or number.value < 0 or (number.percent and number.value > 1):
        to.problems.append(f"{title}：“{shown(value)}”要一个不小于 0 的数，或 0–100% 的比例，写成 1200 或 30%")
        return None
    if number.value > read(FILE)["limits"]["money"]:
        to.problems.append(f"{title}：{shown(value)} 太大，请核对，写成 1200 或 30%")
        return None
    return number.value


# Days


def _days(named: Mapping[str, Any], draft: Draft, to: Reading) -> None:
    """Read start and end, of their own keys, of the period, or of what the target says."""
    within = _target(named, draft, to)
    today, values = draft.today, draft.values
    first, last, length = named.get("start"), named.get("end"), None
    titles = {"start": title_of_key("start"), "end": title_of_key("end")}
    if "period" in named and (period := read_period(title_of_key("period"), named["period"], to, today)) is not None:
        if isinstance(period, re.Match):
            length = period
        else:
            titles |= {key: title_of_key("period") for key in ("start", "end") if key not in named}
            first, last = named.get("start", period[0]), named.get("end", period[1])
    elif within and not {"start", "end", "period"} & named.keys():
        first, last, length = _of_target(within, today, to)
        titles = {"start": title_of_key("target"), "end": title_of_key("target")}
    if first is not None:
        values["start"] = read_day(titles["start"], first, to, today, last=False)
    start = values.get("start")
    if last is not None:
        values["end"] = read_day(titles["end"], last, to, today, last=True, since=start)
    elif length is not None:
        values["end"] = after(start, length) if start else None
        draft.days = (after(today, length) - today).days + 1
    _check_days(values, draft, to)


def _of_target(within: str, today: date, to: Reading) -> tuple[Any, Any, re.Match[str] | None]:
    """Return begin, end and length that the words of a target say: 12月 both, 12月31日 an end, 30天内 a length."""
    if length := length_of(within):
        return None, None, length
    try:
        span = read_span(within, today)
    except (NoSuchDay, ValueError, OverflowError):
        span = None
    if span is None or span.last < today:
        return None, None, None
    first = None if span.first == span.last else max(span.first, today)
    begin = f"{first.isoformat()} 到 " if first else "到 "
    to.notes.append(f"{title_of_key('target')}：“{within}”按{begin}{span.last.isoformat()} 理解")
    return first, span.last, None


def _check_days(values: dict[str, Any], draft: Draft, to: Reading) -> None:
    start, end, today = values.get("start"), values.get("end"), draft.today
    limits = read(FILE)["limits"]
    for key, day in (("start", start), ("end", end)):
        if day is None:
            values.pop(key, None)
        elif (today - day).days > limits["past_days"]:
            to.problems.append(f"{title_of_key(key)}：{day.isoformat()} 是两年多以前，请核对年份")
        elif (day - today).days > limits["future_days"] + limits["period_days"] * (key == "end"):
            to.problems.append(f"{title_of_key(key)}：{day.isoformat()} 离今天太远，请核对年份")
        elif key == "start" and day < today:
            to.notes.append(f"{title_of_key(key)}：{day.isoformat()} 已经过去，筹备的任务会落在今天之前")
        elif key == "end" and day < today:
            to.notes.append(f"{title_of_key(key)}：{day.isoformat()} 已经过去")
    if start is None or end is None:
        return
    if end < start:
        to.problems.append(f"{title_of_key('end')}：{end.isoformat()} 早于开始 {start.isoformat()}，请核对")
    elif (days := (end - start).days + 1) > limits["period_days"]:
        what = f"从 {start.isoformat()} 到 {end.isoformat()} 有 {days} 天"
        to.problems.append(f"{title_of_key('end')}：{what}，一个方案最多 {limits['period_days']} 天")


def _record(draft: Draft) -> PlanBrief:
    into = draft.channels
    values = {key: value for key, value in draft.values.items() if value is not None}
    return PlanBrief(
        **{**values, "goal": label(draft.goal)},
        reach=dict(into.reach),
        channels=tuple(into.order),
        own_channels=tuple(into.own.values()),
        assumptions=dict(into.assumptions),
    )
