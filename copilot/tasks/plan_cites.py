"""Sections of the handbook by name, and the user's own documents → citations, each an exact slice of its source."""

from functools import lru_cache

from copilot.checks.citations import check_citation, locate_quote
from copilot.library import Library
from copilot.paths import HANDBOOK, in_handbook
from copilot.retrieval import retrieve
from copilot.tasks.approach import library_state
from copilot.text import sentence_spans
from copilot.types import Citation, DocumentView
from copilot.writers.rules.plan.lines import Own

_OWN = 3  # sentences of the user's own documents that a background quotes at most
_LOOKED_AT = 20  # passages among which they are looked for


class Shelf:
    """Citations of one plan, numbered in the order in which they are used."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.citations: list[Citation] = []
        self._numbers: dict[tuple[str, int, int], int] = {}
        self._there = {document.source for document in library.list()}
        self._state = library_state(library)

    def number(self, cite: str, statement: str) -> int | None:
        """Return the number of the sentence of section `cite` (`folder/file.md#heading`) that bears `statement`.

        Where the handbook is not in the library, of the passage that bears it best; None where none does.
        """
        path, _, heading = cite.partition("#")
        source = f"{HANDBOOK}/{path}"
        if source not in self._there:
            return self._elsewhere(statement)
        found = _located(self.library, self._state, source, heading, statement)
        return self._add(*found, 1.0) if found else self._elsewhere(statement)

    def own(self, product: str, goal: str, audience: str) -> tuple[Own, ...]:
        """Return sentences of the user's own documents that speak of the product with figures, word for word."""
        if all(in_handbook(source) for source in self._there):
            return ()
        found: list[Own] = []
        for passage in retrieve(self.library, f"{product} {goal} {audience} 数据", _LOOKED_AT).passages:
            if in_handbook(passage.source):
                continue
            for a, b in sentence_spans(passage.text):
                sentence = passage.text[a:b].strip()
                near = product in passage.text or product in passage.title or product in passage.section
                if (
                    near
                    and len(sentence) >= 8
                    and len(found) < _OWN
                    and any(c.isdigit() for c in sentence)
                    and "|" not in sentence
                ):
                    at = passage.start + passage.text.index(sentence, a)
                    number = self._add(
                        passage.doc_id, passage.source, passage.title, passage.section, sentence, at, passage.score
                    )
                    found.append(Own(sentence, number))
        return tuple(found)

    def _elsewhere(self, statement: str) -> int | None:
        passages = retrieve(self.library, statement, 3).passages
        for passage in passages:
            a, b = locate_quote(statement, passage.text)
            quote = passage.text[a:b]
            if check_citation(statement, quote).support != "unsupported":
                return self._add(
                    passage.doc_id,
                    passage.source,
                    passage.title,
                    passage.section,
                    quote,
                    passage.start + a,
                    passage.score,
                )
        return None

    def _add(self, doc_id: str, source: str, title: str, section: str, quote: str, start: int, score: float) -> int:
        key = (doc_id, start, start + len(quote))
        if key not in self._numbers:
            self._numbers[key] = len(self.citations) + 1
            self.citations.append(
                Citation(
                    len(self.citations) + 1, doc_id, source, title, section, quote, start, start + len(quote), score
                )
            )
        return self._numbers[key]


# The same few hundred sentences in every plan; the library's generation is part of the key.
@lru_cache(maxsize=4096)
def _located(
    library: Library, state: str, source: str, heading: str, statement: str
) -> tuple[str, str, str, str, str, int] | None:
    """Return document, source, title, section, the sentence that bears the statement, and where it begins."""
    view = _view(library, state, source)
    place = _section(view, heading)
    if place is None:
        return None
    start, end, section = place
    a, b = locate_quote(statement, view.text[start:end])
    return view.doc_id, source, view.title, section, view.text[start + a : start + b], start + a


@lru_cache(maxsize=256)
def _view(library: Library, state: str, source: str) -> DocumentView:
    del state
    return library.show(source)


def _section(view: DocumentView, heading: str) -> tuple[int, int, str] | None:
    """Return where the chunks under a heading lie, from the first to the last."""
    chunks = [chunk for chunk in view.chunks if chunk.section.rpartition(" › ")[2] == heading]
    return (chunks[0].start, chunks[-1].end, chunks[0].section) if chunks else None
