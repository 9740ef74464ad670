"""The funnel as planned against the funnel as it came: every step's rate, and what it adds to the gap."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from copilot.arithmetic.deviation import Flaw, by_chance, parts
from copilot.knowledge import read
from copilot.tasks.plan_review_plan import Step

State = Literal["on", "low", "high", "chance", "none", "unknown"]


class Link(NamedTuple):
    """A step with both figures; `skipped` are labels of stages before it that have no data."""

    step: Step
    planned: Decimal
    actual: Decimal
    skipped: tuple[str, ...] = ()


class Finding(NamedTuple):
    """A step judged: `planned` and `actual` are its rate (of the first step its count).

    `value` is what it adds to the gap of the last step; None behind the step that the main figure counts. `state`:
    `on` plan, `low`, `high`, `chance` (off, but within what chance alone brings), `none` (zero), `unknown`.
    """

    step: Step
    label: str
    planned: Decimal | None
    actual: Decimal | None
    unit: str
    state: State
    before: Decimal | None
    value: Decimal | None = None
    skipped: tuple[str, ...] = ()


def links_of(
    steps: Sequence[Step], planned: Mapping[str, Decimal], actual: Mapping[str, Decimal], main: str
) -> list[Link]:
    """Return the steps that have both figures, in order.

    A zero before something that is not is no figure, except at `main`, whose gap is to be explained.
    """
    found: list[Link] = []
    skipped: list[str] = []
    upto = next((at + 1 for at, step in enumerate(steps) if step.id == main), len(steps))
    for at, step in enumerate(steps):
        plan, fact = planned.get(step.id), actual.get(step.id)
        later = steps[at + 1 : upto] if at < upto else steps[at + 1 :]
        odd = (not fact and any(actual.get(one.id) for one in later)) or (
            not plan and any(planned.get(one.id) for one in later)
        )
        if plan is None or fact is None or odd:
            skipped.append(step.label)
        else:
            found.append(Link(step, plan, fact, tuple(skipped) if found else ()))
            skipped = []
    return found


def findings_of(links: Sequence[Link], main: str) -> list[Finding]:
    """Return every step judged; those up to `main` carry what they add to its gap."""
    ids = [link.step.id for link in links]
    upto = links[: ids.index(main) + 1] if main in ids else []
    shared = parts([link.planned for link in upto], [link.actual for link in upto], _unit(upto)) if upto else ()
    found = []
    for at, link in enumerate(links):
        before = links[at - 1] if at else None
        flaw = shared[at].flaw if at < len(shared) else _flaw(links[: at + 1])
        one = _judged(link, before, flaw)
        found.append(one._replace(value=shared[at].value) if at < len(shared) else one)
    return found


def _unit(links: Sequence[Link]) -> Decimal:
    """Return 1 for counts, less where somebody typed fractions."""
    ends = (links[-1].planned, links[-1].actual)
    return Decimal(1).scaleb(min(0, *(int(end.normalize().as_tuple().exponent) for end in ends)))


def _flaw(links: Sequence[Link]) -> Flaw:
    if any(not link.planned or not link.actual for link in links[:-1]):
        return "unknown"
    return "" if links[-1].planned and links[-1].actual else "none"


def _judged(link: Link, before: Link | None, flaw: Flaw) -> Finding:
    step = link.step
    if before is None:
        state: State = flaw or _state(link.actual / link.planned)
        return Finding(step, step.label, link.planned, link.actual, step.unit, state, None)
    how = "rate" if link.skipped else step.how
    label = f"{before.step.label}到{step.label}" if link.skipped or not step.rate_label else step.rate_label
    unit = "%" if how in ("rate", "less") else "次"
    if flaw == "unknown" or not before.planned or not before.actual:
        return Finding(step, label, None, None, unit, "unknown", before.actual, None, link.skipped)
    planned, actual = link.planned / before.planned, link.actual / before.actual
    state = flaw or _state(actual / planned)
    if state in ("low", "high") and unit == "%" and by_chance(planned, before.actual, link.actual):
        state = "chance"
    rates = _as_told(how, planned), _as_told(how, actual)
    return Finding(step, label, *rates, unit, state, before.actual, None, link.skipped)


def _state(ratio: Decimal) -> State:
    tolerance = Decimal(str(read("plan/review")["tolerance"]))
    if abs(ratio - 1) <= tolerance:
        return "on"
    return "low" if ratio < 1 else "high"


def _as_told(how: str, factor: Decimal) -> Decimal | None:
    """Return a step's factor as its rate is called: 退款率 is what is lost, 频次 how many shows make one person."""
    if how == "less":
        return 1 - factor
    if how == "over":
        return 1 / factor if factor else None
    return factor
