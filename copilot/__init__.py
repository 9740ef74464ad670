"""ops-copilot: a copilot for people who run internet products in China.

from copilot import Copilot
reply = Copilot.open().ask("怎么让流失用户回来？")
"""

from copilot.assistant import Copilot
from copilot.briefs import AdBrief, AdCopy, Gap, Offer, OriginalPrice, Voice
from copilot.errors import CopilotError
from copilot.plans import Plan, PlanBrief, Target
from copilot.settings import Settings, read_settings
from copilot.types import (
    AddReport,
    Answer,
    CheckReport,
    Citation,
    CiteCheck,
    Count,
    DocumentInfo,
    DocumentView,
    Done,
    FileReport,
    Finding,
    LibraryStats,
    Passage,
    SearchResult,
    Sentence,
    Variant,
)

__version__ = "0.1.0"

__all__ = [
    "AdBrief",
    "AdCopy",
    "AddReport",
    "Answer",
    "CheckReport",
    "Citation",
    "CiteCheck",
    "Copilot",
    "CopilotError",
    "Count",
    "DocumentInfo",
    "DocumentView",
    "Done",
    "FileReport",
    "Finding",
    "Gap",
    "LibraryStats",
    "Offer",
    "OriginalPrice",
    "Passage",
    "Plan",
    "PlanBrief",
    "SearchResult",
    "Sentence",
    "Settings",
    "Target",
    "Variant",
    "Voice",
    "__version__",
    "read_settings",
]
