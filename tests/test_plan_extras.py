"""Sections that only some kinds of plan have: each line grounded and readable for its goals, enough for every plan."""

import re
from functools import cache
from itertools import combinations
from pathlib import Path
from string import Template
from typing import Any

import pytest

from copilot.checks.citations import check_citation, locate_quote
from copilot.knowledge import read
from copilot.plans import GOALS, KINDS
from copilot.writers.rules.plan.lines import slot_names

CORPUS = Path(__file__).parents[1] / "corpus"
SECTIONS: dict[str, list[dict[str, Any]]] = read("plan/extras")
ORDERS: dict[str, list[str]] = read("plan/sections")["orders"]
EXTRA = {"market", "positioning", "product", "content", "service", "crm", "readiness", "projects"}
DIFFER = {"metric", "segment", "weakest", "guard", "deep"}  # slots that read otherwise for another goal
SLOTS = DIFFER | {"product", "audience"}
WORN = re.compile("随着.{0,12}发展|在.{0,12}背景下|众所周知|赋能|抓手|闭环|打造|助力|提升粘性|全方位|多维度|进一步加强")
ENTRIES = [(section, n, entry) for section, entries in SECTIONS.items() for n, entry in enumerate(entries)]
LINES = [(f"{section}.{n}", section, entry) for section, n, entry in ENTRIES if "say" in entry]
FORMS = [(f"{section}.{n}", entry) for section, n, entry in ENTRIES if "table" in entry]


@cache
def sections(path: str) -> dict[str, str]:
    """The text of each section of an article by its heading."""
    parts = re.split(r"^#+ (.+)$", (CORPUS / path).read_text(encoding="utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@cache
def slots(goal: str) -> dict[str, str]:
    """What the slots hold in a plan of a goal."""
    book = read(f"plan/goals/{read('plan/figures')['goals'][goal]}")
    return {
        "product": "星点记账", "audience": "小店店主", "segment": book["segments"][0]["name"],
        "metric": next(iter(book["metrics"].values()))[0], "weakest": next(iter(book["rates"].values()))["label"],
        "guard": book["guards"][0]["kpi"], "deep": book["stages"][-1]["label"],
    }  # fmt: skip


def kinds_of(section: str) -> set[str]:
    """The kinds of plan that have a section."""
    return {kind for kind, order in ORDERS.items() if section in order}


def applying(section: str, kind: str, goal: str) -> list[dict[str, Any]]:
    """The lines of a section in a plan of a kind and a goal."""
    return [
        entry for _, where, entry in LINES
        if where == section and kind in entry.get("kinds", (kind,)) and goal in entry.get("goals", (goal,))
    ]  # fmt: skip


def test_the_sections_are_those_that_nothing_else_writes() -> None:
    """Eight, each in the order of at least one kind; entries name kinds that have the section, and real goals."""
    assert set(SECTIONS) == EXTRA and set(ORDERS) == set(KINDS)
    for section, _, entry in ENTRIES:
        assert set(entry) - {"kinds", "goals"} in ({"say", "cite"}, {"table", "rows"})
        assert kinds_of(section) >= set(entry.get("kinds", ())) and set(GOALS) >= set(entry.get("goals", ()))
        assert entry.get("kinds") != [] and entry.get("goals") != []


@pytest.mark.parametrize(("id", "form"), FORMS, ids=[id for id, _ in FORMS])
def test_a_form_is_whole(id: str, form: dict[str, Any]) -> None:
    """Every row has a cell for each column, nothing empty, no slot that nobody fills, no worn phrase."""
    for row in form["rows"]:
        assert len(row) == len(form["table"])
        for cell in row:
            assert isinstance(cell, str) and cell and not WORN.search(cell)
            assert slot_names(cell) <= SLOTS | {"competitors"}


def test_competitors_have_a_form() -> None:
    """One row for each of the brief's."""
    assert any(row[0] == "$competitors" for id, form in FORMS if id.startswith("market") for row in form["rows"])


@pytest.mark.parametrize(("id", "entry"), [(id, entry) for id, _, entry in LINES], ids=[id for id, _, _ in LINES])
def test_a_line_reads_well_and_rests_on_the_handbook(id: str, entry: dict[str, Any]) -> None:
    """One sentence for each of its goals; the section is there and bears it, and it is not copied from it."""
    path, _, heading = entry["cite"].partition("#")
    body = sections(path)[heading]
    names = slot_names(entry["say"])
    assert names <= SLOTS and not WORN.search(entry["say"])
    for goal in entry.get("goals", GOALS) if names else GOALS[:1]:
        text = Template(entry["say"]).substitute(slots(goal))
        assert text.endswith("。") and not re.search("[。！？；].", text) and 12 <= len(text) <= 80, text
        assert text.rstrip("。") not in body, text
    start, end = locate_quote(text, body)
    found = max((check_citation(text, body[start:end]), check_citation(text, body)), key=lambda check: check.score)
    assert found.support != "unsupported", (text, body[start:end], found)


def test_a_line_for_all_goals_names_what_differs() -> None:
    """Else plans of different goals would share it (P7)."""
    assert all(slot_names(entry["say"]) & DIFFER for _, _, entry in LINES if "goals" not in entry)


def test_no_line_stands_twice() -> None:
    """Every line of every section differs."""
    texts = [entry["say"] for _, _, entry in LINES]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("section", sorted(EXTRA))
def test_every_plan_has_lines_enough(section: str) -> None:
    """At least three for each kind that has the section and each goal, one at most for all goals."""
    for kind in kinds_of(section):
        for goal in GOALS:
            lines = applying(section, kind, goal)
            assert len(lines) >= 3 and sum("goals" not in line for line in lines) <= 1, (kind, goal)


@pytest.mark.parametrize("kind", KINDS)
def test_plans_of_different_goals_share_little(kind: str) -> None:
    """At most a quarter of these lines, even with their slots unfilled (P7)."""
    said = {
        goal: {line["say"] for section in EXTRA if kind in kinds_of(section) for line in applying(section, kind, goal)}
        for goal in GOALS
    }
    for one, other in combinations(GOALS, 2):
        assert 4 * len(said[one] & said[other]) <= min(len(said[one]), len(said[other]))
