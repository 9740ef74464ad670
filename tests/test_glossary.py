"""The glossary: every entry whole, every name once, every reference there; and what it does for a question."""

import re
from collections import Counter

import pytest
from test_handbook import ARTICLES, CORPUS, line_problems, sections

from copilot.glossary import ASKED, DOCUMENT, TITLE, Term, as_document, glossary, phrasings
from copilot.retrieval.concepts import concepts, widening
from copilot.text import fold

TERMS = glossary()


def problems(term: Term) -> list[str]:
    """Return everything that is wrong with one entry."""
    found = line_problems(term.definition)
    if not 20 <= len(term.definition) <= 110:
        found.append(f"a definition of {len(term.definition)} characters")
    if not re.match(rf"{re.escape(term.term)}(（[^）]+）)?[，,]?.{{0,12}}?(是|指)", term.definition):
        found.append("the definition does not open with the term and 是 or 指")
    if len(term.lay) < 3:
        found.append("fewer than three lay phrasings")
    found += [f"lay phrasing {lay}" for lay in term.lay if not 3 <= len(lay) <= 20 or fold(term.term) in fold(lay)]
    if not 1 <= len(term.see) <= 3:
        found.append("see names one to three places")
    return found + [f"no such place: {see}" for see in term.see if not resolves(see)]


def resolves(see: str) -> bool:
    """Tell whether `folder/article.md#heading` is there."""
    name, _, heading = see.partition("#")
    path = CORPUS / name
    return path.is_file() and (not heading or heading in sections(path))


def test_there_are_at_least_400_terms() -> None:
    """The size that was promised."""
    assert len(TERMS) >= 400


def test_every_entry_is_whole() -> None:
    """Definition, phrasings and references of every term."""
    assert {term.term: found for term in TERMS if (found := problems(term))} == {}


def test_every_name_is_one_terms() -> None:
    """A term or synonym stands for one thing."""
    names = Counter(fold(name) for term in TERMS for name in term.names)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_phrasing_is_one_terms() -> None:
    """No lay phrasing leads to two terms."""
    phrasings = Counter(fold(lay) for term in TERMS for lay in term.lay)
    assert [lay for lay, count in phrasings.items() if count > 1] == []


def test_document_has_a_section_a_term() -> None:
    """What the library holds: heading, definition, other names."""
    text = as_document()
    assert re.findall("^## (.+)$", text, re.M) == [term.term for term in TERMS]
    assert all(term.definition in text for term in TERMS)


@pytest.mark.parametrize(
    ("question", "term"),
    [("RFM是什么", "RFM模型"), ("rfm 怎么打分", "RFM模型"), ("ＲＦＭ", "RFM模型")],
)
def test_named_term_is_found(question: str, term: str) -> None:
    """A name in the question counts in any case and width."""
    found = concepts(question)
    assert found[0].named
    assert found[0].term.term == term


def test_latin_name_is_a_whole_word() -> None:
    """A name inside a longer Latin word is not named."""
    assert not any(concept.named for concept in concepts("crmx是什么"))


def test_longest_name_wins() -> None:
    """Of a name inside another only the longer one counts."""
    named = [concept.term.term for concept in concepts("付费获客成本怎么算") if concept.named]
    assert named == list(dict.fromkeys(named))
    assert all(not (a != b and a in b) for a in named for b in named)


def test_lay_phrasing_means_its_term() -> None:
    """A phrasing of the glossary inside a question leads to the term, which the question does not name."""
    found = concepts("花钱拉人进来划算吗？")
    assert [(concept.term.term, concept.named) for concept in found] == [("付费获客", False)]


def test_widening_adds_names_that_are_not_there() -> None:
    """The query gets the pairs of the term's names, each once, at less than the weight of its own."""
    wider = dict(widening(concepts("花钱拉人进来划算吗"), {"付费"}))
    assert "获客" in wider and "付费" not in wider and set(wider.values()) == {0.4}


def test_every_section_has_phrasings() -> None:
    """How people ask is there for each section of each article, and for nothing else."""
    places = {f"{path.relative_to(CORPUS).as_posix()}#{heading}" for path in ARTICLES for heading in sections(path)}
    lines = [line.split("\t") for line in ASKED.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert {place for place, *_ in lines} == places
    assert all(len(found) >= 6 for _, *found in lines)


def test_no_phrasing_comes_twice() -> None:
    """Each leads to one section."""
    lines = [line.split("\t")[1:] for line in ASKED.read_text("utf-8").splitlines() if not line.startswith("#")]
    twice = [phrasing for phrasing, count in Counter(fold(p) for found in lines for p in found).items() if count > 1]
    assert twice == []


def test_phrasings_belong_to_the_handbook() -> None:
    """A document of the user's own has none, whatever its sections are called."""
    section = f"{TITLE} › {TERMS[0].term}"
    assert TERMS[0].lay[0] in phrasings(f"handbook/{DOCUMENT}", section)
    assert phrasings(f"/home/me/{DOCUMENT}", section) == ""
