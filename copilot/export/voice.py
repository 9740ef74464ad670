"""Writing a `VoiceReport`, or one `Diagnosis`, to a file of the format that its name says."""

import json
from collections.abc import Callable
from pathlib import Path

from copilot.diagnosis import Diagnosis, VoiceReport
from copilot.export.diagnosis import diagnosis_markdown
from copilot.export.files import check_target, write_whole
from copilot.export.voice_parts import row_dicts


def write_report(report: VoiceReport, path: Path, *, overwrite: bool = False) -> None:
    """Write the report: xlsx, docx, md, html, json (all of it) or jsonl (a line for each row of the file).

    :raises InputError: the format is unknown, the file is there already and not to be replaced, or cannot be written
    """
    suffix = check_target(path, FORMATS, overwrite=overwrite)
    write_whole(path, _MAKERS[suffix](report))


def write_diagnosis(diagnosis: Diagnosis, path: Path, *, overwrite: bool = False) -> None:
    """Write one diagnosis: md, docx or json.

    :raises InputError: the format is unknown, the file is there already and not to be replaced, or cannot be written
    """
    suffix = check_target(path, DIAGNOSIS_FORMATS, overwrite=overwrite)
    if suffix == ".md":
        write_whole(path, diagnosis_markdown(diagnosis))
    elif suffix == ".json":
        write_whole(path, (json.dumps(diagnosis.to_dict(), ensure_ascii=False, indent=1) + "\n").encode())
    else:
        from copilot.export.voice_document import diagnosis_docx

        write_whole(path, diagnosis_docx(diagnosis))


def _xlsx(report: VoiceReport) -> bytes:
    from copilot.export.voice_sheet import voice_xlsx  # openpyxl

    return voice_xlsx(report)


def _docx(report: VoiceReport) -> bytes:
    from copilot.export.voice_document import voice_docx

    return voice_docx(report)


def _md(report: VoiceReport) -> bytes:
    from copilot.export.voice_markdown import voice_markdown

    return voice_markdown(report)


def _html(report: VoiceReport) -> bytes:
    from copilot.export.voice_page import voice_html  # plotly

    return voice_html(report)


def _json(report: VoiceReport) -> bytes:
    return (json.dumps(report.to_dict(), ensure_ascii=False, indent=1) + "\n").encode()


def _jsonl(report: VoiceReport) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in row_dicts(report)).encode()


_MAKERS: dict[str, Callable[[VoiceReport], bytes]] = {
    ".xlsx": _xlsx, ".docx": _docx, ".md": _md, ".html": _html, ".json": _json, ".jsonl": _jsonl,
}  # fmt: skip
FORMATS = tuple(_MAKERS)  # suffixes
DIAGNOSIS_FORMATS = (".md", ".docx", ".json")
