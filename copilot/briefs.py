"""What people ask copy to be made from. Plain records; `copilot.tasks.brief` reads and validates them."""

from dataclasses import dataclass, field

from copilot.types import Record, Unseen, Usage, Variant


@dataclass(frozen=True, slots=True)
class Offer(Record):
    """What a promotion promises; "" where the brief is silent. `start` and `end` are as people write them."""

    who: str = ""
    what: str = ""
    threshold: str = ""
    gift: str = ""
    quota: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class OriginalPrice(Record):
    """A price to compare with, and what it rests on: 七日内最低成交价, 专柜价 …"""

    value: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class AdBrief(Record):
    """What a copy may say. Everything but `product` may be empty; `facts` are statements that count as proof.

    `platform` holds channel ids; `offer` is a sentence or an `Offer`; `voice` names a saved brand voice;
    `banned` are words and claims that must not stand in the copy; `variables` are names that a message keeps as
    `${name}`. Lists may be given as lists or, with one entry, as text: `copilot.tasks.brief.validated` settles that.
    """

    product: str
    brand: str = ""
    industry: str = ""
    selling_points: tuple[str, ...] = ()
    audience: str = ""
    pain: str = ""
    scene: str = ""
    offer: Offer | str = ""
    price: str = ""
    original_price: OriginalPrice | None = None
    facts: tuple[str, ...] = ()
    tone: str = ""
    voice: str = ""
    platform: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    cta: str = ""
    link: str = ""
    sms_sign: str = ""
    qualification: str = ""
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice(Record):
    """A brand voice: words of tone, what to do and what not, words that must or must not stand, sample texts."""

    name: str
    tone: tuple[str, ...] = ()
    do: tuple[str, ...] = ()
    dont: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap(Record):
    """Something the brief leaves out that would make the copy better: which key, the question, an example answer."""

    key: str
    question: str
    example: str = ""


@dataclass(frozen=True, slots=True)
class AdCopy(Record):
    """What `adcopy` returns. `dropped` are `{reason, …}`: variants, claims and points left out, and why.

    `gaps` are at most three questions; `notes` say what was understood, assumed or left out. `prompt`, `usage` and
    `left_out` are as in `Answer`.
    """

    brief: AdBrief
    variants: tuple[Variant, ...]
    dropped: tuple[dict[str, str], ...] = ()
    writer: str = "rules"
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    prompt: str = ""
    usage: Usage | None = None
    left_out: tuple[Unseen, ...] = ()
    timings_ms: dict[str, float] = field(default_factory=dict)
