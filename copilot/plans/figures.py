"""The figures of a plan: inputs with their basis, funnels, budget, returns, the gap to the target."""

from dataclasses import dataclass
from decimal import Decimal

from copilot.plans.record import Basis, Planned


@dataclass(frozen=True, slots=True)
class Assumption(Planned):
    """An input of the arithmetic: where it comes from, how far it may be off, and what then happens (P3).

    `unit` is % for rates (`value` .02 shows as 2 %), else 元, 人次 …. `break_even` is the value at which the target
    (without one: the return of the money spent) is just met, all others as planned; None: it does not decide.
    `verdict` says that in words, `replace` when and by what the value is replaced.
    """

    id: str
    label: str
    channel: str
    value: Decimal
    unit: str
    basis: Basis
    low: Decimal
    high: Decimal
    break_even: Decimal | None = None
    verdict: str = ""
    replace: str = ""


@dataclass(frozen=True, slots=True)
class Stage(Planned):
    """One stage of a funnel; `formula` says how `value` came about, in words and figures."""

    id: str
    stage: str
    value: Decimal
    unit: str
    formula: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class ChannelFunnel(Planned):
    """What one channel buys and brings. `quantity` units of `unit` at `price`; `pool` 0 means that none is known."""

    channel: str
    title: str
    model: str
    quantity: Decimal
    unit: str
    price: Decimal
    spend: Decimal
    pool: int
    stages: tuple[Stage, ...]
    outcome: int


@dataclass(frozen=True, slots=True)
class BudgetLine(Planned):
    """One line of the budget: `subtotal` = `quantity` × `unit_price`, to the cent; shares add up to 1.000.

    `category` is 投放, 物料, 补贴, 人力 or 预留; `due` the date of payment.
    """

    item: str
    channel: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    subtotal: Decimal
    share: Decimal
    category: str
    basis: Basis
    due: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measure(Planned):
    """A figure of return or cost with the formula it follows; `value` None: an input is missing, `formula` says it."""

    id: str
    label: str
    value: Decimal | None
    unit: str
    formula: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Lever(Planned):
    """One way to close the gap: what is changed, from where to where, in a sentence."""

    id: str
    label: str
    before: Decimal
    after: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class GapReport(Planned):
    """Target against what the budget brings. `required` None: no budget reaches it, the pools are too small."""

    target: int
    forecast: int
    missing: int
    budget: Decimal
    required: Decimal | None
    levers: tuple[Lever, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Swing(Planned):
    """What ±20 % of one input do to outcome, cost per result and ROI."""

    input: str
    channel: str
    low: Decimal
    high: Decimal
    outcome_low: int
    outcome_high: int
    cost_low: Decimal | None
    cost_high: Decimal | None
    roi_low: Decimal | None
    roi_high: Decimal | None
