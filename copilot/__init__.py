"""ops-copilot: a copilot for people who run internet products in China.

from copilot import Copilot
reply = Copilot.open().ask("怎么让流失用户回来？")
"""

from copilot.assistant import Copilot
from copilot.errors import CopilotError
from copilot.settings import Settings, read_settings
from copilot.types import (
    AddReport,
    Answer,
    Citation,
    CiteCheck,
    DocumentInfo,
    DocumentView,
    Done,
    FileReport,
    Finding,
    LibraryStats,
    Passage,
    SearchResult,
    Sentence,
)

__version__ = "0.1.0"

__all__ = [
    "AddReport",
    "Answer",
    "Citation",
    "CiteCheck",
    "Copilot",
    "CopilotError",
    "DocumentInfo",
    "DocumentView",
    "Done",
    "FileReport",
    "Finding",
    "LibraryStats",
    "Passage",
    "SearchResult",
    "Sentence",
    "Settings",
    "__version__",
    "read_settings",
]
