"""The need families: every one of them keeps the writing rules D1, D2, D4, D5, and speaks up for its own phrasings."""

import re

import pytest

from copilot.checks.voice import check_statement, lint_question
from copilot.writers.rules.voice.families import Family, families, matching
from copilot.writers.rules.voice.read import read_voice

ALL = families()
WITH_TRIGGERS = [family for family in ALL if family.id != "general"]


def by_id(family: Family) -> str:
    """The name of a test case."""
    return family.id


def test_ids() -> None:
    """No id stands twice, and no two needs of a family have one id."""
    ids = [family.id for family in ALL]
    assert len(ids) == len(set(ids))
    for family in ALL:
        needs = [need.id for need in family.needs]
        assert len(needs) == len(set(needs)), family.id


@pytest.mark.parametrize("family", ALL, ids=by_id)
def test_statements(family: Family) -> None:
    """D1: people, situation, obstacle, consequence; not what is asked for, no empty noun at the end."""
    for need in family.needs:
        text = f"{need.who}{need.statement}"
        assert not check_statement(text, "", "partly"), (need.id, check_statement(text, "", "partly"))
        if family.wants:
            assert not family.wants.search(text), (need.id, family.wants.search(text))
            assert not family.wants.search("".join([need.story.situation, need.story.motivation, need.story.outcome]))


@pytest.mark.parametrize("family", ALL, ids=by_id)
def test_rivals(family: Family) -> None:
    """D2: at least three needs that differ in what refutes them and in what to do."""
    assert len(family.needs) >= 3
    for key in ("statement", "falsifier", "action"):
        assert len({getattr(need, key) for need in family.needs}) == len(family.needs), key
    for need in family.needs:
        assert 2 <= len(need.whys) <= 3
        assert re.search(r"[\d一二三四五六七八九十两半]", need.falsifier), need.falsifier


@pytest.mark.parametrize("family", ALL, ids=by_id)
def test_options_and_test(family: Family) -> None:
    """D4: a small one among the options, effort as a range of person-days; the test has a threshold."""
    assert len(family.options) >= 2
    assert min(option.cost for option in family.options) <= 2
    for option in family.options:
        assert 1 <= option.benefit <= 5
        assert 1 <= option.cost <= 5
        assert "人日" in option.effort
        assert option.moves
    assert re.search(r"[\d一二三四五六七八九十两半]", family.test[1])
    assert family.existing
    assert family.skip


@pytest.mark.parametrize("family", ALL, ids=by_id)
def test_questions(family: Family) -> None:
    """D5: three questions about the last time, none about wishes."""
    assert len(family.questions) == 3
    for question in family.questions:
        assert not lint_question(question), lint_question(question)


@pytest.mark.parametrize("family", WITH_TRIGGERS, ids=by_id)
def test_own_phrasings(family: Family) -> None:
    """Most of a family's phrasings bring it among the first three."""
    found = [family.id in [one.id for one, _ in matching(read_voice(line))[:3]] for line in family.like]
    assert sum(found) >= 0.7 * len(found), [line for line, hit in zip(family.like, found, strict=True) if not hit]
