"""What a plan is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from copilot.plans.record import Planned


@dataclass(frozen=True, slots=True)
class Target(Planned):
    """What is to be reached: a metric in the user's words, its value, until when or within what ("" = the end)."""

    metric: str
    value: Decimal
    within: str = ""


@dataclass(frozen=True, slots=True)
class OwnChannel(Planned):
    """A channel that the product does not know, with its cost model; `price` is yuan a unit, None: to be assumed.

    `model` is a key of `models` in `knowledge/plan/channels.yaml`; "" = to be assumed. `output` is what one unit
    yields at the stage where it enters, for models that need it.
    """

    name: str
    model: str = ""
    price: Decimal | None = None
    unit: str = ""
    output: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PlanBrief(Planned):
    """What a plan is made from; everything but `product` and `goal` may be missing and is then assumed, visibly.

    `kind` is one of KINDS, `goal` one of GOALS. `baseline` is today's value of the target's metric (a rate in 0…1 or
    a count). `reach` is how many people each channel can reach; its key 全部 is the pool over all channels.
    `channels` are ids of `knowledge/plan/channels.yaml` or names of `own_channels`. Keys of `assumptions` are ids of
    rates and prices, or `channel.id` for one channel alone.
    """

    product: str
    goal: str
    kind: str = "activity"
    target: Target | None = None
    baseline: Decimal | None = None
    budget: Decimal | None = None
    start: date | None = None
    end: date | None = None
    audience: str = ""
    reach: Mapping[str, int] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    own_channels: tuple[OwnChannel, ...] = ()
    team: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    assumptions: Mapping[str, Decimal] = field(default_factory=dict)
    brand: str = ""
    selling_points: tuple[str, ...] = ()
    pain: str = ""
    offer: str = ""
    price: str = ""
    facts: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    sms_sign: str = ""
    link: str = ""
