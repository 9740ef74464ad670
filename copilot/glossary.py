"""The words of the field: what each term means, what else it is called, how people ask who do not know it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from copilot import knowledge
from copilot.paths import HANDBOOK, in_handbook
from copilot.types import Passage

PATH = Path(knowledge.__file__).parent / "glossary.yaml"
ASKED = PATH.parent / "asked.txt"
TITLE = "运营词汇表"
DOCUMENT = "glossary.md"  # its name in the library, below the handbook


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of `knowledge/glossary.yaml`.

    `synonyms` mean the same, `lay` are phrasings without the term; `see` names sections of the handbook, best
    first: `folder/article.md#heading`, or a whole article.
    """

    term: str
    definition: str
    synonyms: tuple[str, ...]
    lay: tuple[str, ...]
    see: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The term and its synonyms."""
        return (self.term, *self.synonyms)


@cache
def glossary() -> tuple[Term, ...]:
    """Return all terms in the order of the file."""
    return tuple(
        Term(row["term"], row["definition"], *(tuple(row.get(key, ())) for key in ("synonyms", "lay", "see")))
        for row in knowledge.read("glossary")["terms"]
    )


def phrasings(source: str, section: str) -> str:
    """Return how people ask for what a passage of the handbook says, a phrasing a line; '' for other documents.

    They are indexed with the passage (document expansion, Nogueira et al. 2019) and never shown or quoted.
    """
    if not in_handbook(source):
        return ""
    return _phrasings().get(f"{source.removeprefix(f'{HANDBOOK}/')}#{section.rpartition(' › ')[2]}", "")


def findable(passage: Passage) -> str:
    """Return what a passage can be found by: its heading path, its text, how people ask for it."""
    return f"{passage.section}\n{passage.text}\n{phrasings(passage.source, passage.section)}"


def defines(passage: Passage) -> bool:
    """Return whether a passage is the glossary's entry of a term, which is then its heading."""
    return passage.source == f"{HANDBOOK}/{DOCUMENT}"


@cache
def _phrasings() -> dict[str, str]:
    """Place → phrasings: `knowledge/asked.txt` has a line a section, tabs between; as YAML it takes 0.3 s to read."""
    lines = ASKED.read_text("utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if line and not line.startswith("#"))
    found = {place: asked.replace("\t", "\n") for place, _, asked in rows}
    return found | {f"{DOCUMENT}#{term.term}": "\n".join((*term.names, *term.lay)) for term in glossary()}


def as_document() -> str:
    """Return the glossary as a document of the library, a section a term: so that a definition can be cited."""
    return f"# {TITLE}\n\n" + "\n\n".join(map(_section, glossary())) + "\n"


def _section(term: Term) -> str:
    also = f"{term.term}也叫{'、'.join(term.synonyms)}。" if term.synonyms else ""
    return f"## {term.term}\n\n{term.definition}{also}"
