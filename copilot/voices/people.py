"""Which rows say the same, and how many people they are: a row is a person unless a column of users says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.feedback.repeats import same_as
from copilot.knowledge import read
from copilot.voices.intake import Entry


@dataclass(frozen=True, slots=True)
class Said:
    """Of a row that can be worked on: the place of the first row that says the same (its own if none), and who speaks.

    `again`: the same person has said the same in an earlier row.
    """

    leader: int
    person: str
    again: bool


def who_says_what(entries: Sequence[Entry], *, users_known: bool) -> list[Said]:
    """Return for each entry which one it repeats and whose voice it is.

    Without a column of users, longer texts that are the same come from one person.
    """
    least: int = read("voice/report")["same_person"]
    leaders = same_as([entry.text for entry in entries])
    told: set[tuple[int, str]] = set()
    said = []
    for entry, leader in zip(entries, leaders, strict=True):
        alone = f"第{entry.row}行"
        if users_known:
            person = entry.person or alone
        else:
            long = sum(map(str.isalnum, entries[leader].text)) >= least
            person = f"第{entries[leader].row}行" if long else alone
        said.append(Said(leader, person, (leader, person) in told))
        told.add((leader, person))
    return said
