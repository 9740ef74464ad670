"""The playbooks of the ten goals: whole, grounded in the handbook, concrete, and with a channel for everybody."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from copilot.checks.citations import check_citation, locate_quote
from copilot.knowledge import read
from copilot.paths import shipped
from copilot.writers.rules.plan.lines import slot_names

GOALS: dict[str, str] = read("plan/figures")["goals"]
IDS = list(GOALS.values())
PHASES = ["prepare", "warm", "main", "encore", "settle"]
SAID = {"product", "audience", "metric"}
DONE = SAID | {"segment", "pool", "control", "quantity", "unit", "quota", "subsidy", "target", "outcome", "materials"}
COUNTED = DONE - SAID - {"segment", "unit"}
SEEN = {"cost_good", "cost_bad", "metric", "half"}
WORN = re.compile("随着.{0,12}发展|在.{0,12}背景下|众所周知|赋能|抓手|闭环|打造|助力|提升粘性|全方位|多维度|进一步加强")


def playbook(goal: str) -> Mapping[str, Any]:
    """The file of a goal."""
    return read(f"plan/goals/{goal}")


@cache
def sections(path: str) -> Mapping[str, str]:
    """The sections of an article by their heading."""
    text = Path(shipped("corpus") / path).read_text(encoding="utf-8")
    parts = re.split(r"^#+ (.+)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def says(node: Any) -> Iterator[tuple[str, str]]:
    """Every sentence of strategy with the section it rests on."""
    if isinstance(node, dict):
        for key in ("say", "do"):
            if key in node and "cite" in node:
                yield node[key], node["cite"]
        for value in node.values():
            yield from says(value)
    elif isinstance(node, list):
        for value in node:
            yield from says(value)


@pytest.mark.parametrize("goal", IDS)
def test_sentences_rest_on_the_handbook(goal: str) -> None:
    """The section is there and bears the sentence, which is not copied from it."""
    for text, cite in says(playbook(goal)):
        path, _, heading = cite.partition("#")
        body = sections(path)[heading]
        plain = re.sub(r"\$\{?([a-z]+)\}?", lambda m: {"product": "产品", "audience": "用户"}.get(m[1], "指标"), text)
        start, end = locate_quote(plain, body)
        found = max((check_citation(plain, body[start:end]), check_citation(plain, body)), key=lambda c: c.score)
        assert found.support != "unsupported", (text, body[start:end], found)
        assert plain.rstrip("。") not in body, text
        assert slot_names(text) <= SAID and text[-1] in "。？" and not WORN.search(text), text
        assert not re.search("[。！？；].", text) and 12 <= len(plain) <= 80, text


@pytest.mark.parametrize("goal", IDS)
def test_stages_rates_and_metrics(goal: str) -> None:
    """Each rate has a range, each target a definition and a source, each stage a line of the path."""
    book = playbook(goal)
    ids = [stage["id"] for stage in book["stages"]]
    used = {stage[how] for stage in book["stages"] for how in ("rate", "less", "times", "over") if how in stage}
    assert used <= set(book["rates"])
    for rate in book["rates"].values():
        assert 0 < rate["low"] < rate["value"] < rate["high"] and rate["label"] and rate["replace"]
    for stage, names in book["metrics"].items():
        assert stage in ids and len(names) >= 3 and book["definition"][stage] and book["source"][stage]
    assert [entry["stage"] for entry in book["path"]] == ids
    assert [entry["phase"] for entry in book["rhythm"]] == PHASES
    assert len(book["aliases"]) >= 5 and len(book["theme"]) >= 3


@pytest.mark.parametrize("goal", IDS)
def test_ways_of_playing(goal: str) -> None:
    """At least two, one of them without money; each with eligibility, cap and two rules against cheats."""
    ways = playbook(goal)["mechanics"]
    ids = [stage["id"] for stage in playbook(goal)["stages"]]
    assert len(ways) >= 2 and any(way["subsidy"]["value"] == 0 for way in ways)
    for way in ways:
        assert way["per"] in ids and way["eligibility"] and way["act"] and way["cap"] >= 1 and len(way["abuse"]) >= 2
        amount = way["subsidy"]
        assert amount["value"] == 0 or amount["low"] < amount["value"] < amount["high"]


@pytest.mark.parametrize("goal", IDS)
def test_tasks_can_be_counted(goal: str) -> None:
    """Every task holds a figure, or a slot that becomes one (P2), and waits only for tasks that are there."""
    book = playbook(goal)
    ids = [task["id"] for task in book["tasks"]]
    assert 8 <= len(ids) == len(set(ids)) <= 14
    own = [task for channel in book["channels"].values() for task in channel["tasks"]]
    for task in (*book["tasks"], *own):
        names = slot_names(task["text"])
        assert names <= DONE and (names & COUNTED or re.search(r"\d", task["text"])), task
        assert task["phase"] in PHASES and task["days"] >= 1 and task["metric"] and not WORN.search(task["text"])
        assert set(task.get("after", ())) <= set(ids)


@pytest.mark.parametrize("goal", IDS)
def test_channels(goal: str) -> None:
    """Sixteen and one for the user's own; paid ones have a line for adding money, all one for stopping it (P6)."""
    chosen, known = playbook(goal)["channels"], read("plan/channels")["channels"]
    assert set(chosen) <= set(known) and "other" in chosen and len(chosen) >= 17
    for name, channel in chosen.items():
        assert channel["weight"] in range(1, 6) and channel["owner"] and channel["material"]["n"] >= 1
        assert 2 <= len(channel["tasks"]) <= 3
        for key in ("stop",) if known[name].get("internal") else ("add", "stop"):
            line = channel[key]
            assert slot_names(line["trigger"]) <= SEEN and slot_names(line["act"]) <= SEEN
            assert re.search(r"\d|\$", line["trigger"]) and line["act"] and line["deadline"], (name, key)


@pytest.mark.parametrize("goal", IDS)
def test_risks_roles_events_and_review(goal: str) -> None:
    """Triggers that can be seen, one who answers for it, events with properties, questions of the review."""
    book = playbook(goal)
    assert len(book["risks"]) >= 6 and len(book["roles"]) >= 7
    assert len(book["tracking"]) >= 8 and len(book["review"]) >= 5 and len(book["guards"]) >= 3
    for risk in book["risks"]:
        path, _, heading = risk["cite"].partition("#")
        assert heading in sections(path)
        assert re.search(r"\d|\$", risk["trigger"]) and risk["owner"] and risk["act"] and risk["deadline"]
    for role in book["roles"]:
        assert all(role[key] for key in ("work", "R", "A", "C", "I")) and "、" not in role["A"]
    for event in book["tracking"]:
        assert re.fullmatch("[a-z][a-z0-9_]+", event["event"]) and len(event["properties"]) >= 2
    assert book["test"]["rate"] in book["rates"]


def test_no_sentence_serves_two_goals() -> None:
    """What is said of one goal is not said of another."""
    seen: dict[str, str] = {}
    for goal in IDS:
        for text, _ in says(playbook(goal)):
            assert seen.setdefault(text, goal) == goal, text
