"""What a plan brief leaves out: asked, and assumed where the plan cannot do without, so that everybody sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from string import Template
from typing import Any

from copilot.knowledge import read
from copilot.plans import PlanGap
from copilot.tasks.brief_values import Reading
from copilot.tasks.plan_brief_channels import ALL, Channels, table, title_of
from copilot.tasks.plan_brief_dates import Span, add_months, month_of
from copilot.tasks.plan_brief_goal import FILE, goal_data, label
from copilot.tasks.plan_brief_numbers import percent
from copilot.tasks.plan_brief_target import default_metric

_WEEK = "一二三四五六日"


@dataclass
class Draft:
    """A brief between reading and record: values by field of `PlanBrief`, goal by id, what is assumed so far."""

    goal: str
    today: date
    channels: Channels
    values: dict[str, Any] = field(default_factory=dict)
    span: str = ""  # month or quarter, where the name of the kind says it
    days: int = 0  # length of the period where it is said without a day, 0 = not said
    gaps: list[PlanGap] = field(default_factory=list)

    def gap(self, key: str, entry: str = "", assumed: str = "", **slots: Any) -> None:
        """Add the question about `key`; `entry`: another one of brief.yaml, `assumed`: other words than its own."""
        found = read(FILE)["questions"][entry or key]
        named = {"goal": label(self.goal), "metric": self.metric(), **slots}
        question = Template(found["question"]).safe_substitute(named)
        self.gaps.append(PlanGap(key, question, Template(assumed or found["assumed"]).safe_substitute(named)))

    def metric(self) -> str:
        """Return the metric of the target, the goal's usual one without a target."""
        target = self.values.get("target")
        return target.metric if target else default_metric(self.goal)


def assume(draft: Draft) -> None:
    """Fill in what is missing, each with its question."""
    values = draft.values
    _kind(draft)
    _dates(draft)
    if values.get("target") is None:
        draft.gap("target")
    _budget(draft)
    if not values.get("audience"):
        values["audience"] = read(FILE)["goals"][draft.goal]["audience"]
        draft.gap("audience", audience=values["audience"])
    _channels(draft)
    _reach(draft)
    _others(draft)


def _kind(draft: Draft) -> None:
    values, kinds = draft.values, read(FILE)["kinds"]
    if "kind" in values:
        return
    start, end = values.get("start"), values.get("end")
    long = start and end and (end - start).days + 1 > read(FILE)["assumed"]["long_days"]
    values["kind"] = "annual" if long else "activity"
    draft.gap("kind", kind=kinds[values["kind"]]["label"])


def _dates(draft: Draft) -> None:
    values, today = draft.values, draft.today
    days = draft.days or int(read(FILE)["kinds"][values["kind"]]["days"])
    start, end = values.get("start"), values.get("end")
    if start is None and end is None and values["kind"] == "annual" and not draft.days:
        span = _next_whole(today, draft.span)
        values["start"], values["end"] = span.first, span.last
        whole = {"month": "月", "quarter": "季度"}.get(draft.span, "年")
        draft.gap("start", "start_whole", start=span.first.isoformat(), span=whole)
        _gap_end(draft)
        return
    if start is None:
        begin = _monday(today)
        if end is not None and end < begin:
            begin = max(end - timedelta(days=days - 1), min(today, end))
        elif end is not None and (end - begin).days + 1 > read(FILE)["limits"]["period_days"]:
            begin = end - timedelta(days=days - 1)
        values["start"] = begin
        if end is None:
            _gap_start(draft)
        else:
            draft.gap("start", "start_by_end", start=begin.isoformat(), days=(end - begin).days + 1)
    if end is None:
        values["end"] = _end_of(values["start"], days, "" if draft.days else draft.span)
        _gap_end(draft)


def _monday(today: date) -> date:
    """Return the first Monday that leaves `ahead_days` to prepare."""
    day = today + timedelta(days=read(FILE)["assumed"]["ahead_days"])
    return day + timedelta(days=-day.weekday() % 7)


def _next_whole(today: date, span: str) -> Span:
    if span == "month":
        return month_of(add_months(today.replace(day=1), 1))
    if span == "quarter":
        first = add_months(date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), 3)
        return Span(first, month_of(add_months(first, 2)).last)
    return Span(date(today.year + 1, 1, 1), date(today.year + 1, 12, 31))


def _end_of(start: date, days: int, span: str) -> date:
    if span:
        return add_months(start, 1 if span == "month" else 3) - timedelta(days=1)
    return start + timedelta(days=days - 1)


def _gap_start(draft: Draft) -> None:
    start = draft.values["start"]
    draft.gap("start", start=start.isoformat(), weekday=_WEEK[start.weekday()])


def _gap_end(draft: Draft) -> None:
    start, end = draft.values["start"], draft.values["end"]
    draft.gap("end", end=end.isoformat(), days=(end - start).days + 1)


def _budget(draft: Draft) -> None:
    values = draft.values
    if values.get("budget") is not None:
        return
    if values.get("target") is not None:
        draft.gap("budget", "budget_by_target")
        return
    values["budget"] = Decimal(read(FILE)["kinds"][values["kind"]]["budget"]).quantize(Decimal("0.01"))
    draft.gap("budget", budget=f"{values['budget']:,.0f}")


# Channels


def _channels(draft: Draft) -> None:
    """Choose the goal's strongest channels that the money allows; those of the brief's reach come first."""
    chosen, budget = draft.channels, draft.values.get("budget")
    if chosen.order:
        return
    wanted = [one for one in chosen.reach if one != ALL]
    fitting = [one for one in ranked(draft.goal) if _affordable(one, budget) and _in_time(one, draft)]
    fitting = fitting or [one for one in ranked(draft.goal) if _affordable(one, budget)] or ranked(draft.goal)[:1]
    most = read(FILE)["assumed"]["channels"]
    chosen.order = list(dict.fromkeys([*wanted, *fitting[: max(0, most - len(wanted))]]))
    entry = "channels_open" if budget is None or wanted else "channels_free" if not budget else "channels"
    draft.gap("channels", entry, channels="、".join(map(title_of, chosen.order)), budget=f"{budget or 0:,.0f}")


def ranked(goal: str) -> list[str]:
    """Return the channels that serve a goal, the strongest first."""
    play = goal_data(goal)["channels"]
    return sorted((one for one in play if one != "other"), key=lambda one: -play[one]["weight"])


def is_free(channel: str) -> bool:
    """Return whether a channel is the work of our own people and costs no money."""
    return bool(table()[channel]["internal"])


def _affordable(channel: str, budget: Decimal | None) -> bool:
    """Return whether the least that makes sense to buy in a channel stays within its share of the budget."""
    if budget is None or is_free(channel):
        return True
    cost, assumed = table()[channel]["cost"], read(FILE)["assumed"]
    units = assumed["least_units"].get(channel, assumed["least_units"][cost["model"]])
    least = Decimal(str(cost["price"]["value"])) * units
    return budget > 0 and least <= budget * Decimal(str(assumed["unit_share"]))


def _in_time(channel: str, draft: Draft) -> bool:
    """Return whether a channel can be ready by the start, and whether the period is long enough for it."""
    start, end = draft.values["start"], draft.values["end"]
    lead = table()[channel].get("lead", {}).get("days", 0)
    slow = read(FILE)["assumed"]["slow"].get(channel, 0)
    in_time: bool = lead * 7 <= (start - draft.today).days * 5 and slow <= (end - start).days + 1
    return in_time


def without_money(title: str, draft: Draft, to: Reading) -> None:
    """Refuse with a budget of nothing whatever costs money."""
    chosen = draft.channels
    paid = [title_of(one) for one in chosen.order if one not in chosen.own and not is_free(one)]
    paid += [name for name, one in chosen.own.items() if one.price]
    if paid:
        free = "、".join(title_of(one) for one in ranked(draft.goal) if is_free(one))
        to.problems.append(f"{title}：是 0，可{'、'.join(paid)}要花钱；写出预算，或换成不花钱的 {free}")
    for name, one in chosen.own.items():
        if one.price is None:
            chosen.own[name] = one.__class__(one.name, one.model, Decimal("0.00"), one.unit, one.output)
            to.notes.append(f"{name}：预算是 0，单价按 0 元算")
    money = [id for id in ("subsidy", "day_rate") if chosen.assumptions.get(id)]
    for id in money:
        name = read(FILE)["assumptions"][id]["label"]
        to.problems.append(f"{title}：是 0，可假设里{name}是 {chosen.assumptions[id]:f} 元；写出预算，或把{name}写成 0")


def _reach(draft: Draft) -> None:
    """Ask how many people can be reached, where channels live on people that are known already."""
    chosen = draft.channels
    pooled = goal_data(draft.goal)["stages"][0]["id"] == "pool"
    unknown = [
        one for one in chosen.order if one not in chosen.reach and (pooled or (one in table() and table()[one]["pool"]))
    ]
    if unknown and ALL not in chosen.reach:
        draft.gap("reach", channels="、".join(map(title_of, unknown)))


def _others(draft: Draft) -> None:
    values, given, data = draft.values, draft.channels.assumptions, goal_data(draft.goal)
    if not values.get("team"):
        draft.gap("team")
    if values.get("baseline") is None and data["stages"][0]["id"] == "pool":
        draft.gap("baseline")
    for id in ("aov", "gross_margin"):
        if id not in given:
            draft.gap(id, assumed=_placeholder(id, data["rates"].get(id)))
    if not values.get("link"):
        draft.gap("link")
    if "sms" in draft.channels.order and not values.get("sms_sign"):
        draft.gap("sms_sign")


def _placeholder(id: str, entry: Mapping[str, Any] | None) -> str:
    """Return in words what the playbook of the goal assumes; "" if nothing."""
    if not entry:
        return ""
    if id == "aov":
        return f"客单价按 {entry['value']} 元算（假设，{entry['low']}–{entry['high']} 元）"
    value, low, high = (percent(Decimal(str(entry[key]))) for key in ("value", "low", "high"))
    return f"毛利率按 {value} 算（假设，{low}–{high}）"
