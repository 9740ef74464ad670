"""Which angles suit a channel, and what in the library says so: evidence chooses the order of angles."""

import re
from collections.abc import Sequence
from functools import lru_cache

from copilot.channels import Channel
from copilot.checks.citations import locate_quote
from copilot.knowledge import read
from copilot.library import Library
from copilot.retrieval import retrieve
from copilot.types import Citation, Passage

_LOOKED_AT = 6  # passages about the channel, whose words order the angles


def ordered_angles(library: Library, state: str, channel: Channel, leading: Sequence[str] = ()) -> list[str]:
    """Return all angles, those first that past results or the library's passages about the channel speak for."""
    votes = _votes(library, state, channel.title)
    angles = list(read("copy/angles")["angles"])
    return sorted(angles, key=lambda angle: (angle not in leading, -votes.get(angle, 0.0), angles.index(angle)))


def citation_for(library: Library, state: str, channel: Channel, angle: str, results: bool = False) -> Citation | None:
    """Return the passage that an angle rests on, its best sentence as quote; None in an empty library."""
    return _citation(library, state, channel.title if results else "", angle, results)


# Both are asked again and again by a batch; the library's generation is part of the key.
@lru_cache(maxsize=128)
def _votes(library: Library, state: str, title: str) -> dict[str, float]:
    del state
    passages = _found(library, f"{title} 文案怎么写 标题 开头", _LOOKED_AT)
    votes: dict[str, float] = {}
    for angle, row in read("copy/angles")["angles"].items():
        cues = re.compile("|".join(row["cues"]))
        said = sum(passage.score * min(3, len(cues.findall(passage.text))) for passage in passages)
        votes[angle] = row.get("weight", 1.0) * said
    return votes


@lru_cache(maxsize=1024)
def _citation(library: Library, state: str, title: str, angle: str, results: bool) -> Citation | None:
    del state
    row = read("copy/angles")["angles"][angle]
    query = f"投放结果 {title} {row['label']}" if results else row["query"]
    passages = _found(library, query, 3)
    passages = [passage for passage in passages if ("投放结果" in passage.title) == results]
    if not passages:
        return None
    # an article tells how to do it, a line of the glossary only what a word means
    best = next((passage for passage in passages if not passage.source.endswith("glossary.md")), passages[0])
    start, end = locate_quote(row["query"] if not results else f"{row['label']} 点击率", best.text)
    quote = best.text[start:end]
    return Citation(
        1, best.doc_id, best.source, best.title, best.section, quote, best.start + start, best.start + end, best.score
    )


def library_state(library: Library) -> str:
    """Return what changes whenever the library does; asked once a request, a read of it takes 0.5 ms."""
    return library.meta("generation")


def _found(library: Library, query: str, k: int) -> Sequence[Passage]:
    return retrieve(library, query, k).passages
