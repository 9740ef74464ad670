"""A conversation → md or docx: questions, answers with their marks, and the passages they rest on."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from copilot.export.copy_parts import printable
from copilot.export.files import check_target, write_whole
from copilot.export.score import escaped

TITLE = "运营问答记录"
_NUMBERS = re.compile(r"\\\[(\d+)\\\]")  # of citations: no link follows them, so they need no escape
Turns = Sequence[tuple[str, Mapping[str, Any] | None]]


def write_chat(turns: Turns, path: Path, *, overwrite: bool = False) -> None:
    """Write a conversation, pairs of question and answer (its JSON; None: not answered), by the suffix of `path`.

    :raises InputError: the format is unknown, or the file is there and not to be replaced
    """
    suffix = check_target(path, tuple(_FORMATS), overwrite=overwrite)
    write_whole(path, _FORMATS[suffix](turns))


def _markdown(turns: Turns) -> bytes:
    lines = [f"# {TITLE}"]
    for question, reply in turns:
        lines.append(f"## {escaped(' '.join(question.split()))}")
        lines += [_NUMBERS.sub(r"[\1]", escaped(paragraph)) for paragraph in _answer(reply)]
        if cited := _sources(reply):
            lines.append("\n".join(f"- {escaped(line)}" for line in cited))
    return ("\n\n".join(lines) + "\n").encode()


def _docx(turns: Turns) -> bytes:
    import docx

    from copilot.export.copy_document import chinese_fonts, number_pages

    document = docx.Document()
    chinese_fonts(document)
    document.core_properties.title, document.core_properties.author = TITLE, "ops-copilot"
    document.add_heading(TITLE, 0)
    for question, reply in turns:
        document.add_heading(printable(question), 1)
        for paragraph in _answer(reply):
            document.add_paragraph(printable(paragraph))
        for line in _sources(reply):
            document.add_paragraph(printable(line), "List Bullet")
    number_pages(document.sections[0].footer.paragraphs[0], "")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _answer(reply: Mapping[str, Any] | None) -> list[str]:
    """The paragraphs of an answer, `[n]` and marks of the check in them."""
    if reply is None:
        return ["（没有答完）"]
    rewritten = [f"（联系上文，按“{reply['query_used']}”检索）"] if reply["query_used"] != reply["question"] else []
    return [*rewritten, *(line for line in reply["answer"].splitlines() if line.strip())]


def _sources(reply: Mapping[str, Any] | None) -> list[str]:
    if reply is None:
        return []
    cited = [
        f"[{c['n']}] {c['section'] or c['title']}（{c['source']}）：“{_line(c['quote'])}”" for c in reply["citations"]
    ]
    return cited + [f"未采用：{p['section'] or p['title']}（{p['source']}）" for p in reply["nearest"]]


def _line(quote: str) -> str:
    return " ".join(quote.split())


_FORMATS = {".md": _markdown, ".docx": _docx}
