"""Archives that bite, wrong contents, and damage of every kind: always a LoadError."""

import io
import random
import struct
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from test_loading_pdf import LONG, make_pdf, paragraph

from copilot.errors import LoadError
from copilot.knowledge import read
from copilot.loading import load
from copilot.loading.archive import check_archive

LIMITS = read("loading")["archive"]


def _saved(document: object) -> bytes:
    stream = io.BytesIO()
    document.save(stream)  # type: ignore[attr-defined]
    return stream.getvalue()


def _docx() -> bytes:
    document = docx.Document()
    document.add_heading("增长手册", 1)
    document.add_paragraph("正文", style="List Bullet")
    document.add_table(2, 2).cell(0, 0).text = "格"
    return _saved(document)


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["渠道", "花费", 0.5])
    return _saved(book)


def _pptx() -> bytes:
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[1]).shapes.title.text = "目标"
    return _saved(deck)


HTML = "<html><body><h1>增长</h1><table><tr><td>甲<td>乙</table><ol><li>一</ol></body></html>".encode()
SAMPLES = {
    "docx": _docx(),
    "xlsx": _xlsx(),
    "pptx": _pptx(),
    "pdf": make_pdf([paragraph(LONG, 30, 700)]),
    "html": HTML,
    "csv": '渠道,"花费"\n抖音,1\n'.encode(),
    "jsonl": b'{"q": "a", "b": [1, {"c": 2}]}\n',
}


def _with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Return the archive with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def _load(tmp_path: Path, suffix: str, data: bytes) -> str:
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data)
    return load(path).text


OFFICE = pytest.mark.parametrize("suffix", ["docx", "xlsx", "pptx"])


@OFFICE
def test_ratio_bomb(tmp_path: Path, suffix: str) -> None:
    """Zeros that unpack to two hundred times their size are refused before unpacking."""
    bomb = _with_part(SAMPLES[suffix], "media/x.bin", bytes(30_000_000))
    with pytest.raises(LoadError, match="压缩"):
        _load(tmp_path, suffix, bomb)


@OFFICE
def test_too_many_entries(tmp_path: Path, suffix: str) -> None:
    """Entries are counted."""
    out = io.BytesIO(SAMPLES[suffix])
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(LIMITS["max_entries"]):
            archive.writestr(f"x/{number}", b"")
    with pytest.raises(LoadError, match="个文件"):
        _load(tmp_path, suffix, out.getvalue())


def _claim_size(data: bytes, name: str, size: int) -> bytes:
    """Write a false unpacked size into the central directory."""
    at = data.rindex(name.encode()) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    return data[: at + 24] + struct.pack("<I", size) + data[at + 28 :]


@OFFICE
def test_total_size(tmp_path: Path, suffix: str) -> None:
    """The sizes in the directory are added up."""
    huge = _claim_size(_with_part(SAMPLES[suffix], "media/x.bin", b"x"), "media/x.bin", LIMITS["max_total_bytes"])
    with pytest.raises(LoadError, match="解压后有"):
        _load(tmp_path, suffix, huge)


@OFFICE
def test_a_directory_that_lies(tmp_path: Path, suffix: str) -> None:
    """A part that is larger than the directory says is never read beyond that."""
    lying = _claim_size(_with_part(SAMPLES[suffix], "x.xml", b" " * 5_000_000), "x.xml", 10)
    with pytest.raises(LoadError, match="已损坏"):
        _load(tmp_path, suffix, lying)


def test_part_size() -> None:
    """A part that a tree is built of has a limit of its own."""
    body = random.Random(1).randbytes(1 << 20) * 17  # does not pack two hundred times
    with pytest.raises(LoadError, match="文档内容超过"):
        check_archive(_with_part(SAMPLES["docx"], "word/x.xml", body), "docx", "word/")


@OFFICE
@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le", "utf-16-be"])
def test_entities(tmp_path: Path, suffix: str, codec: str) -> None:
    """Document types, and with them nested and outside entities, are refused."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'.encode(codec)
    with pytest.raises(LoadError, match="DOCTYPE"):
        _load(tmp_path, suffix, _with_part(SAMPLES[suffix], "docProps/core.xml", laughs))


@OFFICE
def test_old_or_locked_office_file(tmp_path: Path, suffix: str) -> None:
    """The container of old and of encrypted Office files is recognised."""
    with pytest.raises(LoadError, match="旧版") as error:
        _load(tmp_path, suffix, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert f".{suffix}" in error.value.hint


@OFFICE
def test_not_an_archive(tmp_path: Path, suffix: str) -> None:
    """Plain text under an Office suffix is no Office file."""
    with pytest.raises(LoadError, match=f"不是有效的 .{suffix}"):
        _load(tmp_path, suffix, b"hello")


@OFFICE
def test_another_archive(tmp_path: Path, suffix: str) -> None:
    """Neither is a zip of something else."""
    other = SAMPLES["xlsx" if suffix != "xlsx" else "docx"]
    with pytest.raises(LoadError, match=f"内容不是 .{suffix}"):
        _load(tmp_path, suffix, other)


@OFFICE
def test_encrypted_entries(tmp_path: Path, suffix: str) -> None:
    """A zip with a password says so."""
    data = bytearray(SAMPLES[suffix])
    at = bytes(data).index(b"PK\x01\x02")
    data[at + 8] |= 1
    with pytest.raises(LoadError, match="密码"):
        _load(tmp_path, suffix, bytes(data))


def test_office_without_words(tmp_path: Path) -> None:
    """A document of nothing says that there is no text."""
    with pytest.raises(LoadError, match="没有文字"):
        _load(tmp_path, "docx", _saved(docx.Document()))


def test_table_cells_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that reaches to the last column counts with its blanks."""
    monkeypatch.setitem(read("loading"), "max_table_cells", 30_000)
    book = openpyxl.Workbook()
    for row in (1, 2):
        book.active.cell(row, 16384, "x")
    with pytest.raises(LoadError, match="单元格"):
        _load(tmp_path, "xlsx", _saved(book))


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """Cut, flip or splice bytes."""
    broken = bytearray(data)
    match chance.randrange(3):
        case 0:
            return data[: chance.randrange(len(data))]
        case 1:
            for _ in range(chance.choice([1, 3, 30])):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        case _:
            at, size = chance.randrange(len(broken)), chance.randrange(1, 60)
            broken[at : at + size] = chance.randbytes(chance.randrange(60))
    return bytes(broken)


@pytest.mark.parametrize("suffix", SAMPLES)
def test_damage_is_always_a_load_error(tmp_path: Path, suffix: str) -> None:
    """Whatever is damaged, either text comes out or a LoadError in two Chinese lines."""
    chance = random.Random(7)
    for _ in range(25):
        try:
            assert _load(tmp_path, suffix, _mutated(SAMPLES[suffix], chance)).strip()
        except LoadError as error:
            assert error.message and "\n" not in error.message + error.hint


@OFFICE
def test_damaged_parts_are_load_errors(tmp_path: Path, suffix: str) -> None:
    """The same inside the archive, where the zip's own checksums are right."""
    chance = random.Random(8)
    with zipfile.ZipFile(io.BytesIO(SAMPLES[suffix])) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))}
    for _ in range(12):
        name = chance.choice(sorted(parts))
        try:
            _load(tmp_path, suffix, _with_part(SAMPLES[suffix], name, _mutated(parts[name], chance)))
        except LoadError as error:
            assert error.message
