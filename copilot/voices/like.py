"""An earlier report, as a user has edited it → anchors that new voices join where they fit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anchor:
    """A cluster of an earlier report: its name without the count of people, and the voices it held.

    `locked`: it keeps its name and takes no new voices but those that say the same.
    """

    name: str
    texts: tuple[str, ...]
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """The clusters of an earlier report."""

    anchors: tuple[Anchor, ...]
