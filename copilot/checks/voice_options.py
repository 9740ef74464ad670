"""What the options of a diagnosis must hold (D4): 不做, what is there already, a small one; effort, a moving figure."""

from collections.abc import Sequence
from string import Template
from typing import Any

from copilot.checks.voice_words import matches
from copilot.diagnosis import Option
from copilot.knowledge import read
from copilot.text import fold


def option_role(option: Option) -> str:
    """Return what an option is: nothing (不做), existing (what there is already), small, or ''."""
    data, idea = _data(), fold(option.idea).strip()
    if matches(data["nothing"], idea):
        return "nothing"
    if matches(data["existing"], idea):
        return "existing"
    return "small" if option.cost <= data["small"] else ""


def missing_options(options: Sequence[Option]) -> tuple[str, ...]:
    """Return what the options lack: 不做, what there is already, the smallest one, a third."""
    data, roles = _data(), {option_role(option) for option in options}
    found = [data["missing"][role] for role in ("nothing", "existing", "small") if role not in roles]
    return tuple(found + ([data["missing"]["least"]] if len(options) < data["least"] else []))


def option_trouble(option: Option, before: Sequence[Option]) -> list[str]:
    """Return why an option is none; `before` are those that stand in front of it."""
    told, words, role = _data()["told"], read("voice/checks"), option_role(option)
    found = []
    if not (1 <= option.benefit <= 5 and 1 <= option.cost <= 5):
        found.append(Template(words["dropped"]["scale"]).substitute())
    if matches(words["statement"]["empty"], fold(option.idea)):
        found.append(words["statement"]["told"]["empty"])
    if role != "nothing" and not option.effort.strip():
        found.append(told["effort"])
    if not option.moves.strip():
        found.append(told["moves"])
    if role == "nothing" and len(option.idea + option.why) < _data()["shortest_skip"]:
        found.append(told["nothing"])
    if any(same_text(option.idea, one.idea) for one in before):
        found.append(told["same"])
    return found


def same_text(one: str, other: str) -> bool:
    """Return whether two texts say the same letter for letter, but for their ends."""
    return fold(one).strip(" 。.") == fold(other).strip(" 。.")


def _data() -> dict[str, Any]:
    found: dict[str, Any] = read("voice/checks")["options"]
    return found
