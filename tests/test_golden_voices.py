"""The rule analyser against the project's labelled voices, as bars that must not fall. Never tune on the file."""

import json
from pathlib import Path
from typing import Any

import pytest

from copilot.evaluation.voice import evaluate_voice
from copilot.library import Library
from copilot.tasks.diagnose import diagnose

pytestmark = pytest.mark.slow  # 25 s of processor time: the handbook 6, the voices 19

# Figure and bar over 160 voices of all kinds that were labelled before anything was tuned. The issue asked for kinds .88,
# slots .80, needs .85, 0 statements that name what was asked for, .15 challenged; where that is not reached the bar is
# what was measured on 2026-11-23, less a little: it may not fall.
AT_LEAST = {
    "kind.macro_f1": 0.79,
    "slots.requested.f1": 0.75,  # by characters, graded: a span earns its F1 with the best labelled one
    "slots.pain.f1": 0.65,
    "slots.context.f1": 0.70,
    "slots.segment.f1": 0.67,
    "slots.requested.found_f1": 0.78,  # a span is found when its F1 with a labelled one is at least .5
    "slots.pain.found_f1": 0.70,
    "slots.context.found_f1": 0.78,
    "slots.segment.found_f1": 0.78,
    "needs.accepted": 0.76,
    "spans_exact": 1.0,
}
AT_MOST = {
    "named.named": 3,  # statements that hold the name of what was asked for, unless the verdict is yes
    "challenged.share": 0.28,  # of the requests that are right as they stand
    "questions_lint": 0,
}
FILE = Path(__file__).parent / "golden" / "voices.jsonl"


@pytest.fixture(scope="module")
def figures(handbook: Library) -> dict[str, Any]:
    """The figures of one run, without the voices themselves."""
    found = evaluate_voice(FILE, lambda voice: diagnose(handbook, voice))
    del found["misses"]
    return found


def figure(figures: dict[str, Any], name: str) -> float:
    """A figure by its path, `slots.pain.f1`."""
    found: Any = figures
    for key in name.split("."):
        found = found[key]
    return float(found)


@pytest.mark.parametrize("name", [*AT_LEAST, *AT_MOST])
def test_bar_is_held(figures: dict[str, Any], name: str) -> None:
    """The figure is no worse than its bar; all figures are shown when it is."""
    value = figure(figures, name)
    held = value >= AT_LEAST[name] if name in AT_LEAST else value <= AT_MOST[name]
    assert held, f"{name} {value}: bar {AT_LEAST.get(name, AT_MOST.get(name))}, figures {json.dumps(figures)}"


def test_every_voice_is_counted(figures: dict[str, Any]) -> None:
    """All have a kind, and each of the six is there."""
    assert (figures["n"], figures["kind"]["n"], len(figures["kind"]["f1"])) == (160, 160, 6)
