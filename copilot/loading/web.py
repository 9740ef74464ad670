"""HTML → Markdown by markdownify. Links and pictures are words here; nothing is fetched."""

import re
from typing import Any

import markdownify
from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, Tag

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.loading.decode import decode
from copilot.loading.tables import markdown_table
from copilot.types import LoadedText

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_DROPPED = ["script", "style", "nav", "noscript", "template", "iframe", "svg", "button", "select", "head"]
# What nobody sees is where orders to a model are put: not displayed, of no size, without ink, off the screen.
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|content-visibility\s*:\s*hidden"
    r"|(?<![\w-])(?:font-size|opacity)\s*:\s*0*\.?0*(?:px|pt|r?em|%)?\s*(?:!\s*important\s*)?(?:;|\Z)"
    r"|(?:left|top|right|text-indent)\s*:\s*-\d{3}",
    re.IGNORECASE,
)
_BLOCKS = ["h1", "h2", "h3", "h4", "h5", "h6", "table", "pre"]
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’…—"
_MARK = "data-ops-copilot-mark"
# A line break of the source between two Chinese characters is no space.
_BREAK = re.compile(rf"(?<=[{_WIDE}])[ \t]*\r?\n\s*(?=[{_WIDE}])")


class _Markdown(markdownify.MarkdownConverter):
    """markdownify with our tables; it finds converters by method name, hence a class."""

    def convert_table(self, el: Any, text: str, parent_tags: Any) -> str:
        caption = el.find("caption")
        above = f"{_cell_text(caption)}\n\n" if caption else ""
        return f"\n\n{above}{markdown_table(_spread(row) for row in _own_rows(el))}\n\n"

    def convert_tr(self, el: Any, text: str, parent_tags: Any) -> str:
        return ""  # `convert_table` reads the cells itself

    def convert_li(self, el: Any, text: str, parent_tags: Any) -> str:
        mark = el.get(_MARK, "-")  # markdownify counts the items before each one: 77 s for a list of 20,000
        lines = text.strip().splitlines() or [""]
        return (
            "\n".join([f"{mark} {lines[0]}", *(" " * len(f"{mark} ") + line if line else "" for line in lines[1:])])
            + "\n"
        )

    def convert_img(self, el: Any, text: str, parent_tags: Any) -> str:
        return str(el.get("alt") or "").strip()

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        return text


def _own_rows(table: Tag) -> list[list[Tag]]:
    """Return the cells of each row, without the rows of tables inside."""
    rows: list[Tag] = []
    for part in table.find_all(True, recursive=False):
        rows += [part] if part.name == "tr" else part.find_all("tr", recursive=False)
    return [row.find_all(["td", "th"], recursive=False) for row in rows]


def _prepare(soup: BeautifulSoup) -> None:
    """Number list items, and turn tables that arrange a page (headings or one column inside) into plain blocks."""
    for numbered in soup.find_all("ol"):
        start = str(numbered.get("start", "1"))
        first = int(start) if re.fullmatch(r"\d{1,9}", start) else 1
        for number, item in enumerate(numbered.find_all("li", recursive=False), first):
            item[_MARK] = f"{number}."
    for table in soup.find_all("table"):
        rows = _own_rows(table)
        if max(map(len, rows), default=0) <= 1 or table.find(_BLOCKS):
            parts = table.find_all(["tr", "td", "th", "thead", "tbody", "tfoot"])
            for tag in [table, *(part for part in parts if part.find_parent("table") is table)]:
                tag.name = "div"


def _spread(row: list[Any]) -> list[str]:
    cells = []
    for cell in row:
        span = str(cell.get("colspan", ""))
        cells += [_cell_text(cell), *[""] * (min(int(span), 100) - 1 if re.fullmatch(r"\d{1,4}", span) else 0)]
    return cells


def _cell_text(cell: Any) -> str:
    if cell.find(True):
        for end in cell.find_all(["br", "p", "li", "div"]):
            end.append("\n")
    return "\n".join(" ".join(line.split()) for line in cell.get_text().split("\n") if line.strip())


def read_html(data: bytes) -> LoadedText:
    """Return a page as Markdown: no scripts, styles, navigation or hidden parts; titled by `<title>`.

    :raises LoadError: too large, or in no encoding that makes sense
    """
    if len(data) > (limit := read("loading")["max_html_bytes"]):
        raise LoadError(f"网页太大，上限 {limit / 1048576:.0f} MB", "拆成几个文件，或存为 txt 后再添加")
    declared = _CHARSET.search(data[:4096])
    html, encoding, note = decode(data, declared[1].decode("ascii", "replace") if declared else "")
    text, title, plain = html_to_markdown(html)
    if plain:
        note = "；".join(filter(None, [note, "网页嵌套太深，只保留了文字"]))
    return LoadedText(text, title, encoding, note)


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style", ""))))


def html_to_markdown(html: str) -> tuple[str, str, bool]:
    """Return (Markdown, title, whether it was nested too deep and only its words could be kept)."""
    soup = BeautifulSoup(html, "lxml")
    title = soup.title.get_text() if soup.title else ""
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    for tag in soup.find_all(_is_hidden):
        tag.decompose()
    for string in list(soup.find_all(string=True)):
        if isinstance(string, Comment):
            string.extract()
        elif "\n" in string and not string.find_parent("pre"):
            string.replace_with(NavigableString(_BREAK.sub("", string)))
    _prepare(soup)
    converter = _Markdown(heading_style="atx", bullets="-", escape_asterisks=False, escape_underscores=False)
    try:
        text, plain = converter.convert_soup(soup), False
    except RecursionError:
        text, plain = soup.get_text("\n"), True
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if not title and (heading := soup.find("h1")):
        title = heading.get_text()
    return text, title, plain
