"""The rule writer for answers: choose units of the evidence, put them in order, keep lists whole.

It writes no word of its own about the subject: every sentence is a unit of a passage, without Markdown.
"""

from collections.abc import Iterable, Sequence

from copilot.glossary import defines, findable
from copilot.knowledge import read
from copilot.paths import in_handbook
from copilot.retrieval import Evidence
from copilot.text import fold
from copilot.types import Draft, Passage
from copilot.writers.rules.question import Question, read_question
from copilot.writers.rules.scoring import content_importance, coverage, probabilities
from copilot.writers.rules.units import Unit, all_units

_GAP = 4  # characters, white space, between two chunks of one section
_LIST_ROOM = 1.5  # of the usual room: a list that lacks its end looks whole, so it may run over


def write_answer(question: str, evidence: Evidence, long: bool = False) -> tuple[Draft, ...]:
    """Return the sentences of an answer in order; empty when the evidence holds no unit at all.

    A term that is asked for, or described without its name, is explained first, from the glossary.
    """
    asked = read_question(question)
    limits = read("answers")["limits"]
    units = all_units(evidence.passages, evidence.context)
    room = int(limits["long" if long else "short"])
    explained = _explained(asked, evidence, units)
    body = _body(asked, evidence, units, room)
    if explained and not _names(evidence, units, body, units[explained[0]].passage):
        body = []  # nothing but the glossary knows the term
    return _drafts(units, [*explained, *(i for i in body if i not in explained)])


def _body(asked: Question, evidence: Evidence, units: Sequence[Unit], room: int) -> list[int]:
    """Return the units of the answer proper in reading order, from the first passages that are no definitions."""
    limits = read("answers")["limits"]
    ranks = [k for k, p in enumerate(evidence.passages) if not defines(p)][: int(limits["passages"])]
    said = {unit.passage for unit in units}  # a passage may hold nothing but pointers to other articles
    ranks = [rank for rank in ranks or range(len(evidence.passages)) if rank in said]
    if not ranks:
        return []
    ranks = _of_its_kind(asked, evidence, ranks)
    likely = zip(probabilities(asked, evidence, units), units, strict=True)
    scores = [probability if unit.passage in ranks else 0.0 for probability, unit in likely]
    if evidence.passages[ranks[0]].section:
        sections = _sections(asked, evidence, units, scores, room, ranks)
        return [*sections, *(i for i in _both_sides(asked, units, scores, sections) if i not in sections)]
    chosen = choose(units, scores, float(limits["gain"]), room, float(limits["share"]))
    chosen = _none_before_best(units, chosen, evidence)
    while len(chosen) > 1 and _length(units, _with_companions(asked, units, chosen)) > room:
        chosen = chosen[:-1]  # with its list or its predecessor the least likely one has no room
    return _in_reading_order(asked, units, _both_sides(asked, units, scores, chosen), evidence)


def _of_its_kind(asked: Question, evidence: Evidence, ranks: list[int]) -> list[int]:
    """Put first, of the passages that are about as good as the best, one whose heading asks the same kind of question.

    “怎么让流失用户回来” wants “召回流失用户怎么做” before “多久没来算流失用户”.
    """
    least = evidence.passages[ranks[0]].score - float(read("answers")["limits"]["same_kind"])
    for rank in ranks:
        passage = evidence.passages[rank]
        if passage.score >= least and read_question(passage.heading).kind == asked.kind:
            return [rank, *(other for other in ranks if other != rank)]
    return ranks


def _explained(asked: Question, evidence: Evidence, units: Sequence[Unit]) -> list[int]:
    """Return the definition of the term that the question asks for, or describes without naming it.

    It describes the term when the glossary's entry was found and the best section's heading has the name.
    """
    named = [concept.term.term for concept in evidence.concepts if concept.named]
    section = next((p.section for p in evidence.passages if not defines(p)), "")
    for i, unit in enumerate(units):
        entry = evidence.passages[unit.passage]
        wanted = entry.heading in named if asked.kind == "define" else not named and entry.heading in section
        if defines(entry) and wanted:
            return [i]
    return []


def _names(evidence: Evidence, units: Sequence[Unit], body: Sequence[int], entry: int) -> bool:
    """Tell whether the first passage of an answer names the term of a glossary entry."""
    if not body:
        return False
    first, term = evidence.passages[units[body[0]].passage], evidence.passages[entry].heading
    names = next((c.term.names for c in evidence.concepts if c.term.term == term), (term,))
    text = fold(f"{first.section}\n{first.text}")
    return any(fold(name) in text for name in names)


def choose(units: Sequence[Unit], scores: Sequence[float], gain: float, room: int, share: float = 0.0) -> list[int]:
    """Return the indexes of the units to take: best first while one more is worth its length.

    Worth: the probability that it holds the answer and none before it does, per character, above `gain`.
    A unit with less than `share` of the best one's probability is noise and never taken.
    """
    order = sorted(range(len(units)), key=lambda i: (-scores[i], i))
    chosen: list[int] = []
    missing, used = 1.0, 0
    for i in order:
        length = len(units[i].plain)
        if scores[i] < share * scores[order[0]]:
            break
        if chosen and (missing * scores[i] < gain * length or used + length > room):
            continue
        chosen.append(i)
        used += length
        missing *= 1 - min(scores[i], 0.95)
    return chosen


def _sections(
    asked: Question, evidence: Evidence, units: Sequence[Unit], scores: Sequence[float], room: int, ranks: Sequence[int]
) -> list[int]:
    """Return the best passage's section, and as many of the next ones as are nearly as good and have room.

    A document with sections explains: its section is read whole. Asides of the first one go when room is short.
    A fact that the first heading asks for wants no second section.
    """
    limits, best = read("answers")["limits"], evidence.passages[ranks[0]]
    first = _section_units(evidence.passages, units, room * (_LIST_ROOM if asked.kind == "list" else 1), ranks[0])
    chosen = _trimmed(units, first, scores, room)
    importance = content_importance(asked.text, evidence.idf)
    if asked.kind == "fact" and coverage(importance, fold(best.section)) >= limits["heading"]:
        return chosen
    # The handbook's sections complete each other; beside the user's own words only what says as much belongs.
    enough = 0.0 if in_handbook(best.source) else float(limits["second"]) * coverage(importance, fold(findable(best)))
    for rank in ranks[1:]:
        passage = evidence.passages[rank]
        more = [i for i in _section_units(evidence.passages, units, room, rank) if i not in chosen]
        far = limits["near_article" if passage.doc_id == best.doc_id else "near"]
        if passage.score < best.score - far or coverage(importance, fold(findable(passage))) < enough:
            continue
        if _length(units, chosen) + _length(units, more) <= room:
            chosen += more
    return chosen


def _trimmed(units: Sequence[Unit], section: Sequence[int], scores: Sequence[float], room: int) -> list[int]:
    """Leave out asides, then loose sentences, the least likely first, until a section has room."""
    kept = list(section)
    while _length(units, kept) > room:
        asides = [i for i in kept if units[i].aside]
        loose = [i for i in kept if units[i].kind == "sentence" and not units[i].leads and i != kept[0]]
        if not (asides or loose):
            break
        kept.remove(min(asides or loose, key=lambda i: (scores[i], -i)))
    return kept


def _section_units(passages: Sequence[Passage], units: Sequence[Unit], room: float, top: int) -> list[int]:
    """Return the units of the best passage's section in order, its other chunks included where they have room."""
    best = passages[top]
    same = [k for k, p in enumerate(passages) if (p.doc_id, p.section) == (best.doc_id, best.section)]
    run: list[int] = []  # chunks that follow each other without a gap, the best one among them
    for k in sorted(same, key=lambda k: passages[k].start):
        if run and passages[k].start - passages[run[-1]].end > _GAP:
            if top in run:
                break
            run = []
        run.append(k)
    whole = [i for k in run for i, unit in enumerate(units) if unit.passage == k]
    return whole if _length(units, whole) <= room else [i for i, unit in enumerate(units) if unit.passage == top]


def _none_before_best(units: Sequence[Unit], chosen: Sequence[int], evidence: Evidence) -> list[int]:
    """Drop what stands in the best unit's document before its passage: the answer opens with the best one."""
    best = evidence.passages[units[chosen[0]].passage]

    def opens_later(i: int) -> bool:
        passage = evidence.passages[units[i].passage]
        return passage.doc_id == best.doc_id and passage.start < best.start

    return [i for i in chosen if not opens_later(i)]


def _both_sides(asked: Question, units: Sequence[Unit], scores: Sequence[float], chosen: list[int]) -> list[int]:
    """Add the best unit about a side of a comparison that the chosen ones do not mention."""
    for side in asked.sides or ():
        if any(side in fold(units[i].plain) for i in chosen):
            continue
        about = [i for i, unit in enumerate(units) if side in fold(unit.plain) and i not in chosen]
        if about:
            chosen = [*chosen, max(about, key=lambda i: scores[i])]
    return chosen


def _in_reading_order(asked: Question, units: Sequence[Unit], chosen: Sequence[int], evidence: Evidence) -> list[int]:
    """Order by source, the best one first, and inside a source by place in the document.

    Lists are made whole and loose ends tied: see `_with_companions`.
    """
    sources = list(dict.fromkeys(evidence.passages[units[i].passage].doc_id for i in chosen))

    def place(i: int) -> tuple[int, int, int]:
        passage = evidence.passages[units[i].passage]
        return sources.index(passage.doc_id), passage.start + units[i].start, i

    return sorted(_with_companions(asked, units, chosen), key=place)


def _with_companions(asked: Question, units: Sequence[Unit], chosen: Sequence[int]) -> set[int]:
    """Add what a chosen unit cannot be read without: the sentence it hangs on, the items behind a lead.

    Asked for steps or kinds, one item brings its whole list.
    """
    complete = set(chosen)
    for i in chosen:
        if units[i].dependent and i and units[i - 1].passage == units[i].passage:
            complete.add(i - 1)
        if units[i].leads:
            complete.update(_list_behind(units, i))
        if units[i].kind == "item" and asked.kind in ("list", "how") and (lead := _lead_of(units, i)) is not None:
            complete.update([lead, *_list_behind(units, lead)])
    return complete


def _lead_of(units: Sequence[Unit], item: int) -> int | None:
    """Return the sentence that announces an item's list."""
    for i in range(item - 1, -1, -1):
        if units[i].passage != units[item].passage:
            return None
        if units[i].kind == "sentence":
            return i if units[i].leads else None
    return None


def _length(units: Sequence[Unit], chosen: Iterable[int]) -> int:
    return sum(len(units[i].plain) for i in chosen)


def _list_behind(units: Sequence[Unit], lead: int) -> list[int]:
    items = []
    for i in range(lead + 1, len(units)):
        if units[i].kind == "sentence" or units[i].passage != units[lead].passage:
            break
        items.append(i)
    return items


def _drafts(units: Sequence[Unit], order: Sequence[int]) -> tuple[Draft, ...]:
    """Make drafts; the quote of a passage is one slice, from its first chosen unit to its last."""
    spans: dict[int, tuple[int, int]] = {}
    for i in order:
        unit = units[i]
        start, end = spans.get(unit.passage, (unit.start, unit.end))
        spans[unit.passage] = (min(start, unit.start), max(end, unit.end))
    return tuple(Draft(units[i].plain, (units[i].passage + 1,), (spans[units[i].passage],)) for i in order)
