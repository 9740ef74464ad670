"""The funnel of one channel as formulas: the same floors, ceilings and pools as copilot/arithmetic/funnel.py.

ROUND(…,6) before INT and ROUNDUP takes away what binary fractions add: 0.29 × 100 is 28.999999999999996 there.
"""

from collections.abc import Sequence
from typing import NamedTuple

from copilot.arithmetic.funnel import LIMIT, Source, Step, counts, follows, presupposes

_LIMIT = "1E15"
assert int(float(_LIMIT)) == LIMIT


class Node(NamedTuple):
    """A cell of the chain: its name, and its formula with {names} of other cells.

    Names: raw0 … what is bought and what it presupposes, before the pool bounds it; count0 … the counts; share2,
    invite1, new1 … the rounds of invitations; given from outside: quantity, output, pool, control, waves, rate1 ….
    """

    name: str
    formula: str


def chain(steps: Sequence[Step], source: Source, counted: bool, waved: bool) -> list[Node]:
    """Return the cells of a channel; `counted`: a pool bounds it, `waved`: which may be reached several times."""
    pooled, enters = steps[0].id == "pool", source.enters
    first = 1 if pooled else 0
    found = [Node(f"raw{enters}", f"MIN({_LIMIT},INT(ROUND({{quantity}}*{{output}},6)))")]
    for at in range(enters, first, -1):
        found.append(Node(f"raw{at - 1}", _before(steps[at], f"{{raw{at}}}", f"{{rate{at}}}")))
    if pooled:
        found.append(Node("count0", "{pool}"))
    found.append(
        Node(f"count{first}", _bounded(first, pooled, bool(source.control), waved) if counted else f"{{raw{first}}}")
    )
    for at in range(first + 1, enters + 1):
        after = _after(steps[at], f"{{count{at - 1}}}", f"{{rate{at}}}")
        less = f"IF({{raw{first}}}>{{count{first}}},MIN({{raw{at}}},{after}),{{raw{at}}})"
        found.append(Node(f"count{at}", less if counted else f"{{raw{at}}}"))
    times = rounds_at(steps, source)
    for at in range(enters + 1, len(steps)):
        if times is not None and at in (times, times + 1):
            part = "invite" if at == times else "new"
            whole = "+".join(f"{{{part}{n}}}" for n in range(1, source.rounds + 1))
            found.append(Node(f"count{at}", f"MIN({_LIMIT},{whole})"))
        else:
            found.append(Node(f"count{at}", _after(steps[at], f"{{count{at - 1}}}", f"{{rate{at}}}")))
    return found + ([] if times is None else _rounds(steps, source, times))


def chain_values(steps: Sequence[Step], source: Source, quantity: int) -> dict[str, int]:
    """Return what each cell of the chain holds when `quantity` units are bought."""
    totals = counts(steps, source, quantity)
    found = {f"count{at}": count for at, count in enumerate(totals)}
    entered = counts(steps, source._replace(pool=LIMIT, control=source.control * 0), quantity)
    raw = entered[source.enters]
    found[f"raw{source.enters}"] = raw
    for at in range(source.enters, 1 if steps[0].id == "pool" else 0, -1):
        raw = presupposes(steps[at], raw, source.rates)
        found[f"raw{at - 1}"] = raw
    times = rounds_at(steps, source)
    if times is not None:
        share, invite, accept = steps[times - 1], steps[times], steps[times + 1]
        sharing = totals[times - 1]
        for n in range(1, source.rounds + 1):
            invited = follows(invite, sharing, source.rates)
            new = follows(accept, invited, source.rates)
            found |= {f"share{n}": sharing, f"invite{n}": invited, f"new{n}": new}
            sharing = follows(share, new, source.rates)
        del found["share1"]
    return found


def rounds_at(steps: Sequence[Step], source: Source) -> int | None:
    """Return the step of invitations whose new people invite in turn, None where none do."""
    times = next((at for at, step in enumerate(steps) if step.how == "times"), None)
    return None if times is None or source.rounds < 2 or source.enters >= times else times


def _rounds(steps: Sequence[Step], source: Source, times: int) -> list[Node]:
    found = []
    for n in range(1, source.rounds + 1):
        if n > 1:
            found.append(Node(f"share{n}", _after(steps[times - 1], f"{{new{n - 1}}}", f"{{rate{times - 1}}}")))
        sharing = f"{{share{n}}}" if n > 1 else f"{{count{times - 1}}}"
        found.append(Node(f"invite{n}", _after(steps[times], sharing, f"{{rate{times}}}")))
        found.append(Node(f"new{n}", _after(steps[times + 1], f"{{invite{n}}}", f"{{rate{times + 1}}}")))
    return found


def _bounded(first: int, pooled: bool, held: bool, waved: bool) -> str:
    """Return the formula of the step that touches people: nobody beyond the pool, less the control group."""
    if not pooled:
        return f"IF({{pool}}>0,MIN({{raw{first}}},{{pool}}),{{raw{first}}})"
    room = "({pool}-ROUNDUP(ROUND({pool}*{control},6),0))" if held else "{pool}"
    return f"MIN({{raw{first}}},{room}{'*INT({waves})' if waved else ''})"


def _after(step: Step, before: str, rate: str) -> str:
    """Return the formula of a count that follows from the one before it; see `follows`."""
    if step.how == "rate":
        return f"INT(ROUND({before}*{rate},6))"
    if step.how == "less":
        return f"INT(ROUND({before}*(1-{rate}),6))"
    if step.how == "times":
        return f"MIN({_LIMIT},INT(ROUND({before}*{rate},6)))"
    return f"IF({rate}>0,INT(ROUND({before}/{rate},6)),0)"  # over


def _before(step: Step, count: str, rate: str) -> str:
    """Return the formula of the smallest count that leads to one; see `presupposes`."""
    factor = {"less": f"(1-{rate})", "over": f"(1/{rate})"}.get(step.how, rate)
    ratio = f"{count}*{rate}" if step.how == "over" else f"{count}/{factor}"
    holds = f"(1-{rate})>0" if step.how == "less" else f"{rate}>0"
    return f"IF({count}=0,0,IF({holds},MIN({_LIMIT},ROUNDUP(ROUND({ratio},6),0)),{_LIMIT}))"
