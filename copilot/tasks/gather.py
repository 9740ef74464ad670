"""One brief of many parts: a sentence, flags, a file, a saved product profile, in that order of precedence."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from copilot.briefs import AdBrief, Gap
from copilot.channels import Channel
from copilot.profiles import as_brief, load_profile
from copilot.tasks.brief import joined, validated_with_notes
from copilot.tasks.gaps import gaps
from copilot.tasks.sentence import read_sentence


class Gathered(NamedTuple):
    """A brief, how many variants were asked for (0: not said), what was understood or assumed, what is missing."""

    brief: AdBrief
    n: int
    notes: tuple[str, ...]
    gaps: tuple[Gap, ...]


def gather(
    home: Path,
    channels: Mapping[str, Channel],
    *,
    sentence: str = "",
    flags: Mapping[str, Any] | None = None,
    given: Mapping[str, Any] | None = None,
    profile: str = "",
) -> Gathered:
    """Return the brief that the parts make together; `given` is what a file or form holds.

    :raises InputError: the whole is wrong, everything wrong named; or there is no such profile
    """
    said = read_sentence(sentence, channels) if sentence.strip() else {}
    saved = as_brief(load_profile(home, profile)) if profile else None
    brief, notes = validated_with_notes(joined(said, flags, given, saved), channels=channels)
    return Gathered(brief, int(said.get("n", 0)), (*said.get("notes", ()), *notes), gaps(brief))
