"""The rows of one cluster → its needs, the voices that stand for it, its figures."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from copilot.diagnosis import NeedShare
from copilot.feedback.cluster import split
from copilot.feedback.naming import key_words, label, representatives
from copilot.knowledge import read
from copilot.voices.facts import ASKING, Fact
from copilot.writers.rules.voice.families import families

_LONGEST = 300  # characters of a voice that is to stand for others
_NEAR = 12  # voices nearest the middle that the speakers are chosen from
_MOST = 12  # needs told by name; those of fewest people go together


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a cluster; `again` as in `Said`."""

    row: int
    text: str
    person: str
    day: date | None
    again: bool
    fact: Fact


@dataclass(frozen=True, slots=True)
class Weight:
    """How much a cluster weighs: `users` who ask for something × the mean `intensity` of what they say."""

    users: int
    intensity: float
    score: float
    praised: bool


def is_praise(kinds: Mapping[str, int]) -> bool:
    """Return whether most rows of a cluster praise."""
    return 2 * kinds.get("praise", 0) > sum(kinds.values())


def weight_of(members: Sequence[Member]) -> Weight:
    """Return the figures of a cluster; praise counts only where most of it is praise."""
    praised = is_praise(Counter(str(member.fact.kind) for member in members))
    counted = [member for member in members if (member.fact.kind == "praise") == praised]
    users = len({member.person for member in counted})
    once = [member.fact.intensity for member in counted if not member.again]
    mean = round(sum(once) / len(once), 2) if once else 1.0
    return Weight(users, mean, round(users * mean, 1), praised)


def needs_of(members: Sequence[Member], *, broad: bool = False) -> tuple[NeedShare, ...]:
    """Return which needs the words of those who ask or complain speak for, most people first.

    Only needs of families that a good part of them fits, unless the cluster is `broad` and holds several things; other
    reasons, and those who name none, stand last.
    """
    rules = read("voice/report")
    asking = [member for member in members if member.fact.kind in ASKING]
    fits = Counter(family for member in asking for family in member.fact.families)
    leading = {family for family, count in fits.items() if count >= rules["family_share"] * len(asking)}
    found: dict[tuple[str, str], list[Member]] = defaultdict(list)
    for member in asking:
        for key in member.fact.needs:
            found[key].append(member)
    shares = [_share(_statement(*key), some) for key, some in found.items() if broad or key[0] in leading]
    few = len({member.person for member in asking}) <= rules["few_people"]
    kept = [share for share in shares if few or share.users >= rules["least_share"]]
    kept = sorted(kept, key=lambda share: (-share.users, -len(share.rows), share.need))[:_MOST]
    told = {row for share in kept for row in share.rows}
    others = [member for member in asking if member.fact.needs and member.row not in told]
    silent = [member for member in asking if not member.fact.needs]
    last = [(rules["rare_need"], others), (rules["silent_need"], silent)]
    return (*kept, *(_share(need, some) for need, some in last if some))


def wants_of(members: Sequence[Member]) -> tuple[tuple[NeedShare, ...], list[Member]]:
    """Return the several things a broad cluster holds, most people first, and the members of the first.

    None, and all members, where the cluster is small or most of its people say one thing.
    """
    rules = read("voice/report")
    texts = sorted({member.text for member in members})
    if len(texts) < rules["broad"]:
        return (), list(members)
    wanted = {member.text: f"{member.fact.requested}，{member.fact.pain}" for member in members}
    part = dict(zip(texts, split(texts, [wanted[text] for text in texts]), strict=True))
    parts: dict[int, list[Member]] = defaultdict(list)
    for member in members:
        parts[part[member.text]].append(member)
    parts.pop(-1, None)
    weighed = {number: weight_of(some) for number, some in parts.items()}
    order = sorted(parts, key=lambda n: (weighed[n].praised, -weighed[n].score, n))
    if not order or _people(parts[order[0]]) >= rules["one_thing"] * _people(members):
        return (), list(members)
    words = key_words(texts, [part[text] for text in texts])
    shares = [_share(_phrase(parts[n], words.get(n, ())), parts[n]) for n in order[:_MOST]]
    return tuple(shares), parts[order[0]]


def _phrase(members: Sequence[Member], words: Sequence[str]) -> str:
    """Return the obstacle in the words of a member; one person counts once."""
    weights: dict[str, float] = read("voice/report")["label"]
    candidates = [
        (text, weights[name])
        for member in members
        if not member.again
        for name in ("obstacle", "requested", "text")
        if (text := member.text if name == "text" else getattr(member.fact, name))
    ]
    return label(candidates, words)


def label_of(members: Sequence[Member], wants: Sequence[NeedShare], words: Sequence[str], name: str = "") -> str:
    """Return the label of a cluster: the obstacle in the members' words and distinct users.

    `words` are its key words; `name` is what a user has named it.

    换手机后收不到验证码（37 人）; of several things the first: 换手机后收不到验证码（37 人）等，共 251 人.
    """
    if name or not wants:
        return f"{name or _phrase(members, words)}（{_people(members)} 人）"
    return f"{wants[0].need}（{wants[0].users} 人）等，共 {_people(members)} 人"


def _people(members: Sequence[Member]) -> int:
    return len({member.person for member in members})


def _share(need: str, members: Sequence[Member]) -> NeedShare:
    rows = tuple(sorted(member.row for member in members))
    return NeedShare(need, rows, _people(members))


def _statement(family_id: str, need_id: str) -> str:
    family = next(family for family in families() if family.id == family_id)
    need = next(need for need in family.needs if need.id == need_id)
    return f"{need.who}：{need.statement}"


def speakers(members: Sequence[Member]) -> list[Member]:
    """Return the voices that stand for a cluster: first the one to be diagnosed, which fills most slots.

    All are among those nearest the cluster's middle; the next ones are other people's, with other needs where possible.
    """
    kinds = Counter(member.fact.kind for member in members)
    leading = min(kinds, key=lambda kind: (-kinds[kind], kind))
    asking = max(ASKING, key=lambda kind: kinds[kind])
    if leading not in (*ASKING, "bug") and 2 * kinds[asking] >= kinds[leading]:
        leading = asking
    some = [member for member in members if member.fact.kind == leading and len(member.text) <= _LONGEST]
    some = sorted(some or members, key=lambda member: (member.text, member.row))
    users = [member.person for member in some]
    near = [some[at] for at in representatives([m.text for m in some], range(len(some)), users, most=_NEAR)]
    chosen = [max(near, key=lambda member: member.fact.slots)]
    rest = [member for member in near if member is not chosen[0]]
    while rest and len(chosen) < read("voice/report")["quotes"]:
        known = {key for member in chosen for key in member.fact.needs}
        chosen.append(next((member for member in rest if set(member.fact.needs) - known), rest[0]))
        rest.remove(chosen[-1])
    return chosen
