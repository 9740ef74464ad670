"""Citation recall and precision of answers as ALCE defines them (Gao et al. 2023, arXiv:2305.14627).

ALCE asks a model of natural language inference whether cited text entails a sentence. There is none offline: the
judge here is our own literal check, the one that marks sentences in the product. So these figures compare writers;
that unmarked sentences are true they cannot show. benchmarks/personalities.py does, with sentences whose truth is
known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from copilot.checks.citations import check_citation
from copilot.types import Answer, Sentence

_END = re.compile(r"(?<=[。！？])(?![。！？”’」』）)])")
_LIST_MARK = re.compile(r"(?:[-*•] |\d{1,3}(?:[、)）]|\.(?!\d))|[（(]\d{1,2}[）)]|[①-⑳])\s*(?=\S)")

Entails = Callable[[str, str], bool]  # do quotes, joined by line breaks, entail a sentence?


class Cited(NamedTuple):
    """Figures of one answer: `recall` the mean over its sentences, `precision` over its citations, 0 if it has none."""

    recall: float
    precision: float


def literally(sentence: str, quotes: str) -> bool:
    """Tell whether the literal check calls a sentence supported by its quotes."""
    return check_citation(sentence, quotes).support == "supported"


def cited(reply: Answer, entails: Entails = literally) -> Cited | None:
    """Return citation recall and precision of an answer, None if it states nothing.

    Recall of a sentence is 1 if it has citations and their quotes together entail it. Precision of a citation is 1 if
    its sentence has recall 1 and it is not irrelevant: irrelevant is one that does not entail the sentence alone and
    that the others can do without.
    """
    quotes = {citation.n: citation.quote for citation in reply.citations}
    recalls, precisions = [], []
    for text, cites in _statements(reply.sentences):
        given = [quotes[n] for n in cites]
        recall = bool(given) and entails(text, "\n".join(given))
        recalls.append(recall)
        precisions += [recall and not _irrelevant(text, given, at, entails) for at in range(len(given))]
    if not recalls:
        return None
    return Cited(sum(recalls) / len(recalls), sum(precisions) / max(1, len(precisions)))


def _irrelevant(text: str, quotes: Sequence[str], at: int, entails: Entails) -> bool:
    others = [*quotes[:at], *quotes[at + 1 :]]
    return bool(others) and not entails(text, quotes[at]) and entails(text, "\n".join(others))


def _statements(sentences: Sequence[Sentence]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield what ends at 。！？ with the citations of its sentence; the number of a list item states nothing."""
    for sentence in sentences:
        for part in _END.split(_LIST_MARK.sub("", sentence.text, count=1)):
            if any(character.isalnum() for character in part):
                yield part.strip(), sentence.cites
