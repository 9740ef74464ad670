"""A file of results → what came of each figure of a plan, whole and by channel; what could not be used is named.

Counts and money are added up over days and channels; a total that the file states goes before the sum of its parts,
since people may be counted once in it. Rates are never added up: a single one counts, or that of a total.
The order of rows has no effect.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.knowledge.keys import bare
from copilot.tasks.plan_review_names import COST, RATE, Figure, Names, is_money_name
from copilot.tasks.plan_review_plan import Planned, Step
from copilot.tasks.plan_review_records import Unused
from copilot.tasks.plan_review_shapes import Entry, entries_of, layout_of
from copilot.tasks.plan_review_table import Sheet
from copilot.tasks.plan_review_values import looks_like_number, value_of

Scope = tuple[str, str]  # channel ("" = all together), key


@dataclass(frozen=True, slots=True)
class Actuals:
    """What came: by (channel or "", key of the figure). `derived` says of a value how it follows from others."""

    values: Mapping[Scope, Decimal]
    derived: Mapping[Scope, str]
    unused: tuple[Unused, ...]
    notes: tuple[str, ...]

    def get(self, key: str, channel: str = "") -> Decimal | None:
        """Return a figure, None where there is none."""
        return self.values.get((channel, key))


class _Fact(NamedTuple):
    figure: Figure
    channel: str
    date: str
    value: Decimal
    entry: Entry


def read_values(name: str, sheets: Sequence[Sheet], planned: Planned, names: Names) -> Actuals:
    """Return what a file of results says about a plan.

    :raises LoadError: nothing in it is known
    """
    facts: list[_Fact] = []
    unused: list[Unused] = []
    notes: list[str] = []
    taken: set[str] = set()
    known = False
    for sheet in sheets:
        layout = layout_of(sheet, names)
        if layout is None:
            if any(cell.text for row in sheet.rows for cell in row) and len(sheets) > 1:
                notes.append(f"没有读工作表“{sheet.title}”：里面没有认得的指标")
            continue
        known = True
        good, bad = _facts(list(entries_of(sheet, layout)), planned, names, notes)
        keys = {fact.figure.key for fact in good}
        if keys & taken:
            notes.append(f"没有读工作表“{sheet.title}”：和前面的表是同样的指标，怕重复计数")
            continue
        taken |= keys
        facts += good
        unused += [*bad, *_strange(sheet, layout.row, layout.strange)]
    if not known:
        raise LoadError(f"{name} 里没有认得的指标", f"列名写 指标、实际，或一列一个指标：{_examples(planned)}。")
    values, more = _summed(facts, notes)
    unused += more
    for guard, rate in names.same.items():
        for channel, key in list(values):
            if key == guard:
                values.setdefault((channel, rate), values[channel, guard])
    derived: dict[Scope, str] = {}
    for channel in planned.channels:
        _derive(planned, channel, values, derived)
    _channels_together(planned, names, values, notes)
    _derive(planned, "", values, derived)
    _compared_rates(planned, values, derived, notes)
    return Actuals(values, derived, tuple(_merged(unused)), tuple(dict.fromkeys(notes)))


def _merged(unused: Iterable[Unused]) -> list[Unused]:
    """Name a row once for each reason."""
    found: dict[tuple[str, str], Unused] = {}
    for one in unused:
        before = found.get((one.place, one.reason))
        text = f"{before.text}；{one.text}" if before else one.text
        found[one.place, one.reason] = Unused(one.place, text, one.reason)
    return list(found.values())


def _examples(planned: Planned) -> str:
    return "、".join(kpi.label for kpi in planned.kpis[:4])


def _strange(sheet: Sheet, row: int, columns: Iterable[int]) -> list[Unused]:
    header = sheet.rows[row - 1] if row else []
    return [Unused(f"第 {n + 1} 列", header[n].text, "方案的复盘表里没有这个指标") for n in columns]


def _facts(
    entries: Sequence[Entry], planned: Planned, names: Names, notes: list[str]
) -> tuple[list[_Fact], list[Unused]]:
    good: list[_Fact] = []
    bad: list[Unused] = []
    control = {bare(word) for word in read("plan/review")["control"]}
    for entry in entries:
        told = " ".join(part for part in (entry.name, entry.channel, entry.cell.text) if part)

        def refuse(reason: str, entry: Entry = entry, told: str = told) -> None:
            bad.append(Unused(entry.place, told, reason))

        figure, in_name = names.figure(entry.name)
        if entry.copy_of:
            notes.append(f"{entry.place}与{entry.copy_of}完全相同，只计一次")
        elif figure is None:
            if not looks_like_number(entry.cell.text) and not entry.cell.flaw:
                continue  # a note or a heading, no figure
            refuse("方案的复盘表里没有这个指标")
        elif bare(entry.channel) in control:
            refuse("对照组不是渠道，没有计入；净增另算")
        elif (channel := names.channel(in_name or entry.channel)) is None:
            refuse(f"方案里没有“{entry.channel}”这个渠道；要计入就改成方案的渠道名，或另写一行合计")
        elif entry.cell.flaw:
            refuse(f"这一格{entry.cell.flaw}")
        elif is_money_name(entry.name) and figure.kind == "count":
            refuse(f"方案里“{figure.label}”按{figure.unit}算，给的是金额的名称；写出{figure.label}的数量")
        else:
            value, wrong = value_of(entry.cell.text, figure, entry.unit)
            if value is None:
                rate = next((s.rate_label for s in planned.steps if s.id == figure.key and s.rate_label), "")
                refuse(f"{wrong}；给比率就写“{rate}”" if rate and "是百分比" in wrong else wrong)
            else:
                if not in_name and not names.is_own(entry.name):
                    notes.append(f"{entry.place}的“{entry.name}”读作“{figure.label}”")
                good.append(_Fact(figure, channel, entry.date, value, entry))
    return good, bad


def _summed(facts: Sequence[_Fact], notes: list[str]) -> tuple[dict[Scope, Decimal], list[Unused]]:
    groups: dict[Scope, list[_Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.channel, fact.figure.key].append(fact)
    values: dict[Scope, Decimal] = {}
    unused: list[Unused] = []
    for (channel, key), group in sorted(groups.items()):
        stated = [fact for fact in group if fact.entry.total]
        parts = [fact for fact in group if not fact.entry.total]
        found, reason = _one(stated), ""
        if found is None and stated:
            reason = "合计不止一个，而且不同"
        elif found is None:
            found, reason = _from_parts(parts)
        elif parts and parts[0].figure.added and (whole := sum(fact.value for fact in parts)) != found:
            where = f"{channel}的" if channel else ""
            notes.append(f"{where}{parts[0].figure.label}：合计写 {found:,}，各行相加 {whole:,}，按合计")
        if found is None:
            unused += [Unused(f.entry.place, f"{f.entry.name} {f.entry.cell.text}", reason) for f in group]
        else:
            values[channel, key] = found
    return values, unused


def _one(facts: Sequence[_Fact]) -> Decimal | None:
    return facts[0].value if facts and len({fact.value for fact in facts}) == 1 else None


def _from_parts(parts: Sequence[_Fact]) -> tuple[Decimal | None, str]:
    """Return the sum of rows, or None and why they make no figure."""
    figure = parts[0].figure
    if len(parts) == 1:
        return parts[0].value, ""
    if not figure.added:
        same = _one(parts)
        if same is not None:
            return same, ""
        what = "百分比" if figure.kind == "rate" else "这个指标"
        return None, f"有 {len(parts)} 行{figure.label}，{what}不能相加；给出合计一行"
    if all(fact.date or not fact.entry.long for fact in parts):
        return sum((fact.value for fact in parts), Decimal(0)), ""
    same = _one(parts)
    if same is not None:
        return same, ""
    return None, f"{figure.label}写了 {len(parts)} 次，数不同，又没有日期或渠道区分；留下一个"


def _channels_together(planned: Planned, names: Names, values: dict[Scope, Decimal], notes: list[str]) -> None:
    """Add up what the channels brought where the file states no whole."""
    by_key: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for (channel, key), value in values.items():
        if channel:
            by_key[key][channel] = value
    for key, parts in sorted(by_key.items()):
        figure = names.figures[key]
        if not figure.added:
            if ("", key) not in values and len(set(parts.values())) == 1 and len(parts) == len(planned.channels):
                values["", key] = next(iter(parts.values()))
            elif ("", key) not in values and key not in {f"{RATE}{step.rate}" for step in planned.steps}:
                notes.append(f"{figure.label}只有分渠道的数，不能相加；给出合计一行")
            continue
        whole = sum(parts.values(), Decimal(0))
        if ("", key) in values:
            stated = values["", key]
            if stated != whole and len(parts) == len(planned.channels):
                notes.append(f"{figure.label}：合计写 {stated:,}，各渠道相加 {whole:,}，按合计")
            continue
        values["", key] = whole
        missing = [title for title in planned.channels if title not in parts]
        if missing and not key.startswith(COST):
            notes.append(f"{figure.label}的合计里没有{'、'.join(missing)}：文件里没有它的数")


def _derive(planned: Planned, channel: str, values: dict[Scope, Decimal], told: dict[Scope, str]) -> None:
    """Fill in stages that follow from a neighbour and the rate between them, in both directions; say how."""
    for before, after in [*zip(planned.steps, planned.steps[1:], strict=False)] * 2:
        factor = _factor(after, values.get((channel, f"{RATE}{after.rate}"))) if after.rate else None
        first, second = values.get((channel, before.id)), values.get((channel, after.id))
        if factor and first is not None and second is None:
            values[channel, after.id] = _round(first * factor)
            told[channel, after.id] = f"由{before.label}和{after.rate_label}推出"
        elif factor and second is not None and first is None:
            values[channel, before.id] = _round(second / factor)
            told[channel, before.id] = f"由{after.label}和{after.rate_label}推出"


def _factor(step: Step, rate: Decimal | None) -> Decimal | None:
    if rate is None:
        return None
    if step.how == "less":
        return 1 - rate
    return (1 / rate if rate else None) if step.how == "over" else rate


def _compared_rates(
    planned: Planned, values: Mapping[Scope, Decimal], derived: Mapping[Scope, str], notes: list[str]
) -> None:
    """Say where a rate does not fit the counts beside it."""
    for before, after in zip(planned.steps, planned.steps[1:], strict=False):
        factor = _factor(after, values.get(("", f"{RATE}{after.rate}"))) if after.rate else None
        first, second = values.get(("", before.id)), values.get(("", after.id))
        if factor and first and second is not None and not {("", before.id), ("", after.id)} & derived.keys():
            real = second / first
            if abs(real - factor) > max(Decimal("0.05") * factor, Decimal("0.0005")):
                given = values["", f"{RATE}{after.rate}"]
                notes.append(
                    f"{after.rate_label}写 {_shown(given, after)}，按{after.label} ÷ {before.label}是 "
                    f"{_shown(_rate_of(after, real), after)}，按后者；查一下口径"
                )


def _rate_of(step: Step, factor: Decimal) -> Decimal:
    if step.how == "less":
        return 1 - factor
    return (1 / factor if factor else factor) if step.how == "over" else factor


def _shown(value: Decimal, step: Step) -> str:
    return f"{value:.2f}" if step.how in ("times", "over") else f"{value * 100:.2f}%"


def _round(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), ROUND_HALF_UP)
