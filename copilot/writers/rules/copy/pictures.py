"""What a camera sees: the product, the scene of the brief, the act in a point; no persons, no effects."""

import re

from copilot.knowledge import read
from copilot.writers.rules.copy.points import Point
from copilot.writers.rules.copy.words import Words, cue

_SUBTITLE = 18  # characters that a viewer reads in passing


def view(words: Words, number: int) -> str:
    """Return a picture of the product that holds nothing else."""
    views = read("copy/scripts")["views"][words.kind]
    text: str = views[number % len(views)]
    return text.replace("{P}", words.name)


def picture(words: Words, point: Point) -> str:
    """Return what the camera sees while a point is told; "" when it is nothing that could be seen."""
    if prop := prop_of(words, point):
        return prop
    return f"{read('copy/scripts')['shows'][words.kind]}：{short(point.text)}" if can_be_seen(point) else ""


def prop_of(words: Words, point: Point) -> str:
    """Return how the value of a measure is shown, or ""."""
    value = re.sub(r"（[^（）]*）$", "", point.value or "")
    for row in read("copy/scripts")["props"] if words.kind == "goods" and value else ():
        if re.search(row["unit"], value) and re.search(row["name"], point.topic):
            text: str = row["picture"]
            return text.replace("{N}", point.topic)
    return ""


def can_be_seen(point: Point) -> bool:
    """Tell whether a point says something that a camera can show."""
    return (
        point.kind not in ("promise", "value")
        and bool(cue("acts").search(point.text))
        and not cue("unseen").search(point.text)
    )


def seen_clause(pain: str) -> str:
    """Return the clause of a pain that can be filmed: the first that holds no thought; "" if none does."""
    clauses = pain.split("，")
    shown = [clause for clause in clauses if len(clause) >= 5 and not cue("unfilmed").search(clause)]
    return max(shown, key=len, default="")


def short(text: str) -> str:
    """Return a text for the screen: whole while it can be read, else its first clause."""
    first = text.partition("，")[0]
    return text if len(text) <= _SUBTITLE or len(first) < 4 else first
