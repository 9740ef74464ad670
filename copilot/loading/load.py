"""The one entrance: path → `LoadedText`. Readers are chosen by suffix and imported when first needed."""

import contextlib
import io
import re
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.loading.files import SUPPORTED_HINT, read_bytes
from copilot.text import normalise
from copilot.types import LoadedText

# suffix → module and function; every function is `bytes -> LoadedText`, an empty title means: none found.
_READERS = {
    ".md": "plain.read_markdown",
    ".markdown": "plain.read_markdown",
    ".txt": "plain.read_text",
    ".html": "web.read_html",
    ".htm": "web.read_html",
    ".docx": "word.read_docx",
    ".pptx": "slides.read_pptx",
    ".xlsx": "sheets.read_xlsx",
    ".pdf": "pdf.read_pdf",
    ".csv": "delimited.read_csv",
    ".tsv": "delimited.read_tsv",
    ".json": "records.read_json",
    ".jsonl": "records.read_jsonl",
}
_THIRD_PARTY = {".html", ".htm", ".docx", ".pptx", ".xlsx", ".pdf"}


def load(path: Path) -> LoadedText:
    """Return the normalised text of a file, with headings, lists and tables as Markdown.

    Nothing is ever fetched. `title` falls back to the file's stem; `encoding` is empty for binary formats.

    :raises LoadError: the file cannot be read, is of no known format, breaks a limit or holds no text
    """
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        _refuse(path, suffix)
    data = read_bytes(path)
    loaded = _parse(suffix, data) if suffix in _THIRD_PARTY else _reader(suffix)(data)
    text = normalise(loaded.text)
    if not text.strip():
        raise LoadError("文件里没有文字", "检查内容；如果只有图片，请先做文字识别（OCR）")
    title = re.sub(r"\s+", " ", normalise(loaded.title)).strip()
    return LoadedText(text, title or normalise(path.stem), loaded.encoding, loaded.note)


def _refuse(path: Path, suffix: str) -> None:
    if not path.is_file():
        read_bytes(path)  # says what is wrong with the path
    if target := read("loading")["old_formats"].get(suffix):
        raise LoadError(f"不支持 {suffix} 格式", f"用 Office 或 WPS 打开，另存为 {target} 后再添加")
    raise LoadError(f"不支持的格式：{normalise(suffix) or '没有扩展名'}", SUPPORTED_HINT)


def _reader(suffix: str) -> Callable[[bytes], LoadedText]:
    module, function = _READERS[suffix].split(".")
    reader: Callable[[bytes], LoadedText] = getattr(import_module(f"copilot.loading.{module}"), function)
    return reader


def _parse(suffix: str, data: bytes) -> LoadedText:
    reader = _reader(suffix)
    try:
        # openpyxl and bs4 warn of oddities that no reader can act on, and openpyxl prints some; stdout is for results.
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            return reader(data)
    except LoadError:
        raise
    # The one seam to the third-party parsers. None documents what it raises on damaged input; 30,000 mutated files
    # brought up AttributeError, ExpatError, IndexError, InvalidXmlError, KeyError, MalformedPDFException, ParseError,
    # PdfminerException, TypeError, ValueError and XMLSyntaxError, so the class is named and the cause kept.
    except Exception as error:
        raise LoadError(
            f"无法解析这个 {suffix} 文件（{type(error).__name__}）", "文件可能已损坏：用原来的软件打开，另存后再添加"
        ) from error
