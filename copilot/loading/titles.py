"""Titles out of document properties, unless a program put them there."""

import re
import zipfile
from xml.etree import ElementTree

from copilot.knowledge import read

_FILE_NAME = re.compile(
    r"\.(?:docx?|pptx?|xlsx?|pdf|wps|indd|txt|tmp)$|^Microsoft (?:Word|PowerPoint)\b", re.IGNORECASE
)


def meaningful(title: str) -> str:
    """Return the title, or an empty string when it names a file or is what a program writes by default."""
    title = " ".join(title.split())
    empty = {word.lower() for word in read("loading")["empty_titles"]}
    unreadable = "\ufffd" in title or not re.search(r"\w", title) or "(cid:" in title
    return "" if unreadable or title.lower() in empty or _FILE_NAME.search(title) else title


def core_title(archive: zipfile.ZipFile) -> str:
    """Return the meaningful `dc:title` of an Office document that `check_archive` has passed."""
    if "docProps/core.xml" not in archive.namelist():
        return ""
    title = ElementTree.fromstring(archive.read("docProps/core.xml")).find("{http://purl.org/dc/elements/1.1/}title")
    return meaningful(title.text or "") if title is not None else ""
