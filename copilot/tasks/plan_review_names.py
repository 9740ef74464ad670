"""What a name in a file of results means in a plan: a stage, a rate, a guard, money spent, or nothing that it has."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_brief_channels import channel_id, title_of
from copilot.tasks.plan_review_plan import Planned, Step
from copilot.text import fold

Kind = Literal["count", "rate", "number", "money"]

_BRACKETS = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]")
_PART = 3  # characters of a name that may stand for a longer one
COST = "cost:"
RATE = "rate:"


class Figure(NamedTuple):
    """A figure that a file of results may hold. `added`: its parts may be added up over channels and days."""

    key: str
    label: str
    kind: Kind
    unit: str
    added: bool


@dataclass(frozen=True, slots=True)
class Names:
    """The figures of a plan by key, every name that they go by (bare), and its channels by bare name."""

    figures: Mapping[str, Figure]
    keys: Mapping[str, str]
    channels: Mapping[str, str]
    main: str  # the stage that the main figure counts, or its own key
    same: Mapping[str, str]  # a guard's key → the rate of a step that is called the same

    def figure(self, name: str) -> tuple[Figure | None, str]:
        """Return the figure that a name means and the channel in it (巨量引擎花费); (None, "") for neither."""
        for plain in (bare(name), bare(_BRACKETS.sub("", name))):
            for one in _stripped(plain):
                if one in self.keys:
                    return self.figures[self.keys[one]], ""
        plain = bare(_BRACKETS.sub("", name))
        for channel, title in self.channels.items():
            rest = plain.removeprefix(channel) if plain.startswith(channel) else plain.removesuffix(channel)
            if rest != plain:
                found = next((self.keys[one] for one in _stripped(rest) if one in self.keys), "")
                if found:
                    return self.figures[found], title
        return self._part_of(plain), ""

    def is_own(self, name: str) -> bool:
        """Return whether a name is one of those that are known, not just a part of one."""
        return any(one in self.keys for text in (name, _BRACKETS.sub("", name)) for one in _stripped(bare(text)))

    def _part_of(self, plain: str) -> Figure | None:
        """Return the guard, or figure of the user's own, of whose name this is a part that no other has.

        退款率 for 首次付费退款率, 投诉 for 召回引来的投诉, 退订率 for 退订与关通知率.
        """
        own = [f for f in self.figures.values() if f.kind != "count" and not f.key.startswith((RATE, COST))]
        found = [figure for figure in own if _is_part(plain, bare(figure.label))]
        return found[0] if len(found) == 1 else None

    def channel(self, name: str) -> str | None:
        """Return the title of a channel of the plan, "" for all together, None for one that it does not have."""
        plain = bare(name)
        if not plain or plain in {bare(word) for word in read("plan/review")["totals"]}:
            return ""
        if plain in self.channels:
            return self.channels[plain]
        known = channel_id(name)
        return self.channels.get(bare(title_of(known))) if known else None


def names_of(planned: Planned) -> Names:
    """Return the names of a plan: its own labels first, then the playbook's, then what things are usually called."""
    figures: dict[str, Figure] = {}
    keys: dict[str, str] = {}

    def add(figure: Figure, names: Sequence[str]) -> None:
        figures.setdefault(figure.key, figure)
        for name in names:
            if bare(name):
                keys.setdefault(bare(name), figure.key)

    main = main_stage(planned)
    stages = {step.id: step for step in planned.steps}
    for kpi in planned.kpis:
        if kpi.id == "spend":
            add(Figure(f"{COST}media", kpi.label, "money", "元", True), [kpi.label])
        elif kpi.id in stages or (kpi.id == "main" and main in stages):
            add(_stage(stages[main if kpi.id == "main" else kpi.id]), [kpi.label, *([kpi.id] if kpi.id else [])])
        else:
            key = kpi.id or f"own:{bare(kpi.label)}"
            kind: Kind = "rate" if kpi.unit == "%" else "money" if kpi.unit.startswith("元") else "number"
            added = not kpi.guard and kind == "number" and kpi.unit in read("plan/review")["countable"]
            added = added or kpi.unit in read("plan/review")["added_up"]
            add(Figure(key, kpi.label, kind, kpi.unit, added), [kpi.label, *([kpi.id] if kpi.id else [])])
    for figure, words in [*_playbook(planned), *_usual(planned)]:
        add(figure, words)
    channels = {bare(title): title for title in planned.channels}
    channels |= {bare(cost.channel): cost.channel for cost in planned.costs if cost.channel}
    rates = {bare(step.rate_label): f"{RATE}{step.rate}" for step in planned.steps if step.rate_label}
    same = {kpi.id: rates[bare(kpi.label)] for kpi in planned.kpis if kpi.guard and bare(kpi.label) in rates}
    ordered = dict(sorted(channels.items(), key=lambda one: (-len(one[0]), one[0])))
    return Names(figures, keys, ordered, main or "main", same)


def main_stage(planned: Planned) -> str:
    """Return the stage that the main figure counts; "" where that cannot be told."""
    main = next((kpi for kpi in planned.kpis if kpi.id == "main"), None)
    if main is None or not planned.steps:
        return ""
    plain = _stripped_all(main.label)
    by_label = {bare(step.label): step.id for step in planned.steps}
    if planned.goal:
        metrics = read(f"plan/goals/{read('plan/figures')['goals'][planned.goal]}")["metrics"]
        for stage, words in metrics.items():
            if bare(main.label) in map(bare, words):
                return str(stage)
        found = next((by_label[one] for one in plain if one in by_label), "")
        ids = [step.id for step in planned.steps]
        fallback = "act" if bare(main.label) == "gmv" and "act" in ids else next(iter(metrics))
        return found or ("deep" if bare(main.label) == bare("实收") and "deep" in ids else fallback)
    return next((by_label[one] for one in plain if one in by_label), "")


def unit_in(name: str) -> str:
    """Return what stands in the brackets of a name, as its unit: 曝光（万）, 退款率(%)."""
    found = _BRACKETS.findall(name)
    if found:
        return fold(found[-1]).strip()
    return "%" if fold(name).strip().endswith("%") else ""


def is_money_name(name: str) -> bool:
    """Return whether a name means money that comes in, which a plan counts in orders."""
    return bool(set(_stripped_all(name)) & {bare(word) for word in read("plan/review")["money_names"]})


def _stage(step: Step) -> Figure:
    return Figure(step.id, step.label, "count", step.unit, True)


def _playbook(planned: Planned) -> Iterator[tuple[Figure, list[str]]]:
    """Give the stages with their labels and the metrics of the goal, and its rates."""
    metrics = {}
    if planned.goal:
        metrics = read(f"plan/goals/{read('plan/figures')['goals'][planned.goal]}")["metrics"]
    for step in planned.steps:
        yield _stage(step), [step.label, step.id, *metrics.get(step.id, ())]
    for step in planned.steps:
        if step.rate:
            yield _rate(step), [step.rate_label, step.rate]


def _usual(planned: Planned) -> Iterator[tuple[Figure, list[str]]]:
    data = read("plan/review")
    for step in planned.steps:
        yield _stage(step), data["pool"] if step.id == "pool" else data["stages"].get(step.label, [])
    for step in planned.steps:
        if step.rate:
            yield _rate(step), data["rates"].get(step.rate, [])
    for part, words in data["costs"].items():
        yield Figure(f"{COST}{part}", words[0], "money", "元", True), [
            *words, *(word + tail for word in words[:2] for tail in data["cost_words"] if part not in ("media", "all"))
        ]  # fmt: skip
    for cost in planned.costs:
        if cost.category not in ("投放", "人力") and cost.item:
            yield Figure(f"{COST}{cost.category}", cost.category, "money", "元", True), [cost.item]


def _rate(step: Step) -> Figure:
    kind: Kind = "number" if step.how in ("times", "over") else "rate"
    return Figure(f"{RATE}{step.rate}", step.rate_label or step.rate, kind, "%" if kind == "rate" else "次", False)


def _is_part(plain: str, label: str) -> bool:
    """Return whether a name is a run of characters of a label, its end, or its first and last with some between."""
    if len(plain) >= _PART and plain in label:
        return True
    if len(plain) >= 2 and label.endswith(plain):
        return True
    if len(plain) < _PART or plain[0] != label[:1] or plain[-1] != label[-1:]:
        return False
    rest = iter(label)
    return all(character in rest for character in plain)


def _stripped_all(name: str) -> list[str]:
    return list(_stripped(bare(_BRACKETS.sub("", name))))


def _stripped(plain: str) -> Iterator[str]:
    """Give a bare name, then without 总 … before it and without 数 … behind it."""
    data = read("plan/review")
    yield plain
    begins = [plain, *(plain.removeprefix(word) for word in data["prefixes"] if plain.startswith(word))]
    for begin in begins:
        if begin:
            yield begin
        for word in data["suffixes"]:
            if begin.endswith(word) and begin != word:
                yield begin.removesuffix(word)
