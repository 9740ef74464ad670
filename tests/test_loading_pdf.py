"""pdf: lines rejoined, headings, tables, page numbers, encryption, scans. The files are written by hand below."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from copilot.errors import LoadError
from copilot.loading import load
from copilot.loading.pdf import mend
from copilot.types import LoadedText

Text = tuple[float, float, float, str]  # x, y, size, words
LoadPdf = Callable[..., LoadedText]


def make_pdf(pages: list[list[Text]], title: str = "", rules: str = "", encrypted: bool = False) -> bytes:
    """Return a pdf of pages of 595 × 842 points, set in Adobe's GB1 characters by their Unicode values."""
    font = (
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [<< "
        "/Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 [500] 2 95 500] "
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor << /Type "
        "/FontDescriptor /FontName /STSong-Light /Flags 4 /Ascent 880 /Descent -120 /FontBBox [0 -120 1000 880] >> >>] >>"
    )
    kids = " ".join(f"{5 + 2 * index} 0 R" for index in range(len(pages)))
    hex_title = ("\ufeff" + title).encode("utf-16-be").hex()
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        font,
        f"<< /Title <{hex_title}> >>",
    ]
    for index, page in enumerate(pages):
        drawn = "".join(
            f"BT /F1 {size} Tf {x} {y} Td <{words.encode('utf-16-be').hex()}> Tj ET\n" for x, y, size, words in page
        )
        stream = rules + drawn
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {6 + 2 * index} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    lock = f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >> " if encrypted else ""
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R "
        f"/Info 4 0 R {lock}/ID [<{'00' * 16}> <{'00' * 16}>] >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    return body + trailer.encode("latin-1")


def paragraph(
    words: str, width: int, top: float, left: float = 90, size: float = 12, leading: float = 20
) -> list[Text]:
    """Set words in lines of `width` characters."""
    lines = [words[start : start + width] for start in range(0, len(words), width)]
    return [(left, top - leading * number, size, line) for number, line in enumerate(lines)]


LONG = "用户运营的第一步是把人分清楚，谁刚来，谁常来，谁已经走了，每一种人要听的话都不一样，要做的事也不一样。"


@pytest.fixture
def pdf(tmp_path: Path) -> LoadPdf:
    """Return a function that writes a pdf and loads it."""

    def write_and_load(*args: Any, **kwargs: Any) -> LoadedText:
        path = tmp_path / "手册.pdf"
        path.write_bytes(make_pdf(*args, **kwargs))
        return load(path)

    return write_and_load


def test_lines_are_rejoined(pdf: LoadPdf) -> None:
    """A Chinese sentence broken over three lines comes back whole, without spaces."""
    assert LONG in pdf([paragraph(LONG, 20, 700)]).text


def test_paragraphs_stay_apart(pdf: LoadPdf) -> None:
    """A short last line ends its paragraph."""
    text = pdf([paragraph(LONG, 30, 700) + paragraph(LONG[::-1], 30, 660)]).text
    assert text == f"{LONG}\n\n{LONG[::-1]}"


def test_a_paragraph_goes_over_the_page(pdf: LoadPdf) -> None:
    """A full line at the foot of a page goes on at the top of the next; page numbers are dropped."""
    head, tail = LONG[:40], LONG[40:]
    pages = [paragraph(head, 20, 700) + [(290, 40, 9, "1")], paragraph(tail, 20, 780) + [(290, 40, 9, "2")]]
    assert pdf(pages).text == LONG


def test_large_lines_are_headings(pdf: LoadPdf) -> None:
    """Size tells the level."""
    page = [(90.0, 780.0, 24.0, "用户运营手册"), (90.0, 740.0, 16.0, "分层"), *paragraph(LONG, 30, 700)]
    assert pdf([page]).text.startswith("# 用户运营手册\n\n## 分层\n\n用户运营")


def test_list_entries_stay_apart(pdf: LoadPdf) -> None:
    """Bulleted and numbered lines are not run together."""
    entries = [
        "● 给刚注册的人发新手引导和第一单的优惠券",
        "● 给常来的人开会员日并且提前告诉他们时间",
        "1. 先看清他们最后一次是什么时候来的",
        "2. 再想想为什么从那以后就没有来过了",
    ]
    text = pdf([[(90, 700 - 20 * n, 12, entry) for n, entry in enumerate(entries)]]).text
    assert text.splitlines()[:2] == ["- " + entry[2:] for entry in entries[:2]]
    assert entries[2] in text.splitlines() and entries[3] in text.splitlines()


def test_ruled_tables_are_tables(pdf: LoadPdf) -> None:
    """Cells between ruling lines become a Markdown table in its place."""
    lines = [f"{x} 600 m {x} 660 l S\n" for x in (90, 250, 400)] + [f"90 {y} m 400 {y} l S\n" for y in (600, 630, 660)]
    cells = [
        (100.0, 640.0, 12.0, "渠道"),
        (260.0, 640.0, 12.0, "花费"),
        (100.0, 610.0, 12.0, "抖音"),
        (260.0, 610.0, 12.0, "800"),
    ]
    page = [*paragraph(LONG, 30, 720), *cells, *paragraph(LONG[::-1], 30, 560)]
    text = pdf([page], rules="".join(lines)).text
    assert text == f"{LONG}\n\n| 渠道 | 花费 |\n| --- | --- |\n| 抖音 | 800 |\n\n{LONG[::-1]}"


def test_running_heads_are_dropped(pdf: LoadPdf) -> None:
    """A line that stands at the head of three pages is no text."""
    pages = [[(90.0, 810.0, 9.0, "内部资料"), *paragraph(LONG, 30, 700)] for _ in range(3)]
    assert "内部资料" not in pdf(pages).text


def test_radicals_become_characters() -> None:
    """⽤ (a radical that some fonts map to) is 用, ﬁ is fi, wide gaps in Chinese are none."""
    assert mend("\u2f64户 增 长 pro\ufb01t a b") == "用户增长 profit a b"


@pytest.mark.parametrize(
    ("title", "expected"), [("用户运营手册", "用户运营手册"), ("Microsoft Word - 稿.doc", "手册"), ("", "手册")]
)
def test_title(pdf: LoadPdf, title: str, expected: str) -> None:
    """The title property counts unless a program wrote it."""
    assert pdf([paragraph(LONG, 30, 700)], title=title).title == expected


def test_encrypted(pdf: LoadPdf) -> None:
    """A pdf that wants a password says so."""
    with pytest.raises(LoadError, match="加了密码"):
        pdf([paragraph(LONG, 30, 700)], encrypted=True)


def test_scan(pdf: LoadPdf) -> None:
    """A pdf without text asks for OCR."""
    with pytest.raises(LoadError, match="没有文字层") as error:
        pdf([[]])
    assert "OCR" in error.value.hint


def test_not_a_pdf(tmp_path: Path) -> None:
    """Another content under .pdf is named."""
    (tmp_path / "a.pdf").write_bytes(b"hello")
    with pytest.raises(LoadError, match="不是 PDF"):
        load(tmp_path / "a.pdf")
