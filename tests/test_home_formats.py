"""Homes of every format that there ever was, of one to come, and damaged ones: migrated, or refused with what mends it.

The tables are those of the commits named; what was derived from a text then is derived here as it was then.
"""

import hashlib
import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import library_world
import numpy as np
import pytest
from cli_runner import run
from hash_embedding import HashEmbedding
from other_user import run_as_nobody

from copilot.batch import journal
from copilot.chunking import chunk_text
from copilot.errors import DataError, LibraryError, LibraryMismatch
from copilot.library import Library, catalogue, layout
from copilot.library.intake import hash_id
from copilot.retrieval import search
from copilot.tasks import result_store

TEXTS = {
    f"/资料/{n}.md": f"# 第{n}篇\n\n## 退款\n\n第{n}种退款要{n}天。\n\n## 换货\n\n换货找{n}号店。\n" for n in range(6)
}
# 5cec49d to 9d7ae7b; `documents` and `meta` are the same to this day.
FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    doc_id TEXT PRIMARY KEY, source TEXT NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
    encoding TEXT NOT NULL, added TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX documents_digest ON documents (digest);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY, doc_id TEXT NOT NULL REFERENCES documents, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    section TEXT NOT NULL, context TEXT NOT NULL, digest BLOB NOT NULL, vector BLOB NOT NULL);
CREATE INDEX chunks_document ON chunks (doc_id);
CREATE INDEX chunks_digest ON chunks (digest);
"""


class Counting(HashEmbedding):
    """Counts what it embeds."""

    def __init__(self, fingerprint: str = HashEmbedding.fingerprint) -> None:
        self.fingerprint = fingerprint
        self.texts = 0

    def documents(self, texts):  # type: ignore[no-untyped-def]
        """Embed and count."""
        self.texts += len(texts)
        return super().documents(texts)


def make_format_1(root: Path, chunker: int, lexical: int, texts: dict[str, str] = TEXTS) -> None:
    """Write a library as it was written between 5cec49d (1, 1), 52aba32 (2, 2) and 4c6b06f (2, 3)."""
    root.mkdir(parents=True)
    ended = "\0" if lexical >= 3 else ""  # then came how people ask, here never known
    with closing(sqlite3.connect(layout.catalogue_path(root))) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(FORMAT_1)
        number = 0
        for source, text in texts.items():
            title, digest = text.split("\n")[0][2:], hashlib.sha256(text.encode()).hexdigest()
            row = (hash_id(source), source, title, digest, "utf-8", "2026-11-22T12:00:00+00:00", text)
            db.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            for chunk in chunk_text(text):
                number += 1
                heading, body = chunk.section, text[chunk.start : chunk.end]
                vector = HashEmbedding().documents([f"{heading}\n{body}"])[0].astype(np.float16).tobytes()
                known = hashlib.blake2b(f"{heading}\0{body}{ended}".encode(), digest_size=16).digest()
                values = (number, row[0], chunk.start, chunk.end, chunk.section, chunk.context, known, vector)
                db.execute("INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        built = {"format": 1, "chunker": chunker, "lexical": lexical, "embedding": "hash/1/256", "dimension": 256}
        meta = {"fingerprint": json.dumps(built, sort_keys=True), "generation": "1", "next_id": str(number + 1)}
        db.executemany("INSERT INTO meta VALUES (?, ?)", [*meta.items(), ("chunks", str(number))])
    (root / "index" / "000001" / "lexical").mkdir(parents=True)  # of a schema that nobody reads any more


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the library lies."""
    return tmp_path / "library"


@pytest.fixture
def today(tmp_path: Path) -> Iterator[Library]:
    """A library that this program made of the same texts."""
    folder = tmp_path / "today"
    with closing(Library(folder, HashEmbedding())) as library:
        library.add_texts([])
        with library._writing() as writer:
            for source, text in TEXTS.items():
                digest = hashlib.sha256(text.encode()).hexdigest()
                writer.put(
                    catalogue.DocumentRow(hash_id(source), source, text.split("\n")[0][2:], digest, "", "", text)
                )
        yield library


def found(library: Library) -> list[tuple[str, str, float]]:
    """What some searches find."""
    queries = ("3号店换货", "第4种退款", "怎么退款")
    modes = ("hybrid", "lexical", "dense")
    return [
        (p.source, p.text, p.score)
        for query in queries
        for mode in modes
        for p in search(library, query, 5, mode).passages  # type: ignore[arg-type]
    ]


def texts_of(library: Library) -> dict[str, str]:
    """Every document's text by its source."""
    return {document.source: library.show(document.doc_id).text for document in library.list()}


# Older ones


def test_format_1_of_the_same_embedding_is_migrated(
    root: Path, today: Library, caplog: pytest.LogCaptureFixture
) -> None:
    """At the first use, without embedding anything, and it is said; then it finds what a library of today finds."""
    make_format_1(root, 2, 3)
    embedding = Counting()
    with closing(Library(root, embedding)) as library:
        assert texts_of(library) == TEXTS
        assert (found(library), embedding.texts) == (found(today), 0)
    assert "已升级到现在的格式（文件格式 1 → 2；" in caplog.text and "6 篇文档都在" in caplog.text
    caplog.clear()
    with closing(Library(root, embedding)) as library:
        library.list()
    assert caplog.text == ""


@pytest.mark.parametrize(("chunker", "lexical"), [(1, 1), (2, 2), (2, 3)])
@pytest.mark.parametrize("other", [False, True])
def test_every_format_1_is_mended_by_the_command_that_is_named(
    root: Path, today: Library, chunker: int, lexical: int, other: bool
) -> None:
    """What cannot be migrated is refused; `rebuild` loses no document, and keeps what vectors it can."""
    make_format_1(root, chunker, lexical)
    embedding = Counting("other/1/256" if other else HashEmbedding.fingerprint)
    with closing(Library(root, embedding)) as library:
        if other or lexical < 3:
            with pytest.raises(LibraryMismatch, match="文件格式 1 → 2") as caught:
                library.list()
            assert "ops-copilot library rebuild" in caught.value.hint
        assert library.rebuild().documents == 6
        assert texts_of(library) == TEXTS and found(library) == found(today)
    assert embedding.texts == (12 if other or lexical < 3 else 0)


def test_another_way_to_cut_keeps_the_vectors_of_what_is_cut_alike(root: Path) -> None:
    """A rebuild embeds only passages that are new."""
    embedding = Counting()
    with closing(Library(root, embedding)) as library:
        library.add_texts([("a", "甲", "甲的内容"), ("b", "乙", "乙的内容")])
        library.set_meta(fingerprint=library.fingerprint.replace('"chunker": 2', '"chunker": 1'))
        embedding.texts = 0
        with pytest.raises(LibraryMismatch, match="切分方式 1 → 2"):
            library.list()
        library.rebuild()
        assert embedding.texts == 0 and len(library.list()) == 2


def migrate(root: Path, begun) -> None:  # type: ignore[no-untyped-def]
    """Open an old library, which migrates it."""
    with closing(Library(root, HashEmbedding())) as library:
        begun.set()
        library.list()


@pytest.mark.slow
def test_a_migration_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """After `kill -9` at any time all documents are there, and the next opening ends it."""
    texts = {
        f"/{n}.md": f"# 第{n}篇\n\n" + "".join(f"## {s}\n\n第{n}篇的{s}段。\n\n" for s in range(5)) for n in range(60)
    }
    make_format_1(tmp_path / "made", 2, 3, texts)
    killed = 0
    for number, seconds in enumerate((0.0, 0.05, 0.1, 0.15, 0.2, 0.3)):
        root = tmp_path / str(number)
        shutil.copytree(tmp_path / "made", root)
        begun = library_world.event()
        process = library_world.start(migrate, root, begun)
        begun.wait(60)
        time.sleep(seconds)
        killed += process.is_alive()
        process.kill()
        process.join()
        with catalogue.connect(layout.catalogue_path(root)) as db:
            assert json.loads(catalogue.meta(db, "fingerprint"))["format"] in (1, 2)
            assert catalogue.counts(db)[0] == 60
        with closing(Library(root, HashEmbedding())) as library:
            assert texts_of(library) == texts
            assert search(library, "第7篇的3段", 3).passages[0].source == "/7.md"
        assert [path.name for path in (root / "index").iterdir() if path.name.startswith("removed")] == []
    assert killed >= 2


# Newer ones


def test_a_newer_library_is_refused_by_everything_and_left_as_it_is(root: Path) -> None:
    """`rebuild` too: it would not know what to keep."""
    with closing(Library(root, HashEmbedding())) as library:
        library.add_texts([("a", "甲", "甲的内容")])
        library.set_meta(fingerprint=library.fingerprint.replace('"format": 2', '"format": 3'))
    with closing(Library(root, HashEmbedding())) as newer:
        for use in (newer.list, newer.rebuild, newer.stats, lambda: newer.add([]), lambda: search(newer, "甲")):
            with pytest.raises(LibraryMismatch, match="更新的版本") as caught:
                use()
            assert "升级" in caught.value.hint
    with catalogue.connect(layout.catalogue_path(root)) as db:
        assert catalogue.counts(db) == (1, 1) and '"format": 3' in catalogue.meta(db, "fingerprint")


@pytest.mark.parametrize("open_it", [journal.opened, lambda path: result_store.opened(path.parent)])
def test_a_newer_or_foreign_database_is_left_as_it_is(tmp_path: Path, open_it) -> None:  # type: ignore[no-untyped-def]
    """Journals and results alike: not a byte of it changes."""
    path = tmp_path / "results.sqlite"
    for make, said in (("PRAGMA user_version = 9", "更新的版本"), ("CREATE TABLE theirs (x)", "别的程序")):
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as db:
            db.execute(make)
        before = path.read_bytes()
        with pytest.raises(DataError, match=said) as caught, open_it(path):
            pass
        assert caught.value.hint and path.read_bytes() == before


def test_tables_have_the_number_of_their_format(tmp_path: Path) -> None:
    """Journals and results never had another format than 1; tables that change without a new number fail here."""
    with journal.opened(tmp_path / "j"), result_store.opened(tmp_path), catalogue.connect(tmp_path / "c") as db:
        catalogue.create(db)
    formats = {"j": journal.FORMAT, "results.sqlite": result_store.FORMAT, "c": catalogue.FORMAT}
    schemas = {}
    for name in formats:
        with closing(sqlite3.connect(tmp_path / name)) as db:
            tables = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        schemas[name] = hashlib.sha256("".join("".join(sql.split()) for (sql,) in tables).encode()).hexdigest()[:8]
    assert formats == {"j": 1, "results.sqlite": 1, "c": 2}
    assert schemas == {"j": "c0cbe3ab", "results.sqlite": "9f50b075", "c": "f07d76ec"}


# Damaged ones


@pytest.fixture
def whole(root: Path) -> Path:
    """A library with some documents, closed."""
    with closing(Library(root, HashEmbedding())) as library:
        library.add_texts([(str(n), f"第{n}篇", f"第{n}篇的内容。" * 200) for n in range(40)])
    return root


def problem(root: Path) -> LibraryError:
    """What opening and searching says."""
    with closing(Library(root, HashEmbedding())) as library, pytest.raises(LibraryError) as caught:
        library.list()
        search(library, "内容", 5, "lexical")
        for document in library.list():
            library.show(document.doc_id)
    assert caught.value.hint and "\n" not in caught.value.message + caught.value.hint
    return caught.value


@pytest.mark.parametrize("left", [0.0, 0.01, 0.5, 0.9])
def test_a_truncated_catalogue_is_one_error(whole: Path, left: float) -> None:
    """Also one that was cut to nothing: it is not taken for a new one while there is an index."""
    path = layout.catalogue_path(whole)
    os.truncate(path, int(path.stat().st_size * left))
    problem(whole)


def test_a_catalogue_that_is_gone_is_not_begun_anew(whole: Path) -> None:
    """A library that was emptied by mistake must not look like an empty one."""
    layout.catalogue_path(whole).unlink()
    assert "不见了" in problem(whole).message


def test_a_fingerprint_that_cannot_be_read_is_one_error(whole: Path) -> None:
    """Somebody wrote into it."""
    with catalogue.connect(layout.catalogue_path(whole)) as db:
        catalogue.set_meta(db, fingerprint="{broken")
    assert "指纹" in problem(whole).message


@pytest.mark.parametrize("damage", ["folder", "file"])
def test_an_index_that_is_damaged_is_mended_by_rebuild(whole: Path, damage: str) -> None:
    """The folder missing, or a half-written generation in its place."""
    generation = whole / "index" / "000001"
    shutil.rmtree(generation)
    if damage == "file":
        (generation / "lexical").mkdir(parents=True)
        (generation / "lexical" / "meta.json").write_text("{", encoding="utf-8")
    assert "library rebuild" in problem(whole).hint
    with closing(Library(whole, HashEmbedding())) as library:
        assert library.rebuild().documents == 40
        assert search(library, "第7篇", 3, "lexical").passages


def test_a_generation_that_was_never_published_is_written_over(whole: Path) -> None:
    """A writer was killed while it wrote it."""
    (whole / "index" / "000002" / "vectors").mkdir(parents=True)
    (whole / "index" / "000002" / "vectors" / "chroma.sqlite3").write_bytes(b"half")
    with closing(Library(whole, HashEmbedding())) as library:
        library.add_texts([("neu", "新的一篇", "别处没有的话")])
        assert search(library, "别处没有的话", 1).passages[0].source == "neu"


# The disk


def command(home: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    line = [sys.executable, "-m", "copilot", *map(str, arguments), "--home", str(home), "--no-handbook"]
    return subprocess.run(line, capture_output=True, text=True, cwd="/", check=False, timeout=120)


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("begun", [False, True])
def test_a_home_without_permission_to_write_is_one_error(begun: bool) -> None:
    """New or not, whoever may not write it is told so."""
    fork = multiprocessing.get_context("fork")  # root's Python may be where nobody else can read it
    with tempfile.TemporaryDirectory() as folder:  # others may enter it, unlike pytest's
        home, file = Path(folder, "home"), Path(folder, "甲.md")
        file.write_text("# 甲\n\n第一篇。\n", encoding="utf-8")
        line = ("library", "add", file, "--no-handbook", "--home")
        assert run(*line, home if begun else Path(folder, "other")).code == 0  # all modules are there now
        home.mkdir(exist_ok=True)
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        ours, theirs = fork.Pipe()
        process = fork.Process(target=run_as_nobody, args=(theirs, *line, home))
        process.start()
        assert ours.poll(60)
        done = ours.recv()
        process.join()
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o755)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("错误：资料库") and done.err.count("怎么办：") == 1 and "程序内部" not in done.err


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root may mount")
def test_a_full_disk_is_one_error_and_loses_nothing(tmp_path: Path) -> None:
    """With room again the same command goes through."""
    home = tmp_path / "small"
    home.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", home], check=False).returncode:
        pytest.skip("no mounting here")
    try:
        (tmp_path / "甲.md").write_text("# 甲\n\n第一篇。\n", encoding="utf-8")
        (tmp_path / "乙.md").write_text("".join(f"# 第{n}节\n\n第{n}段的话。\n\n" for n in range(5000)), "utf-8")
        assert command(home, "library", "add", tmp_path / "甲.md").returncode == 0
        full = command(home, "library", "add", tmp_path / "乙.md")
        assert full.returncode == 1 and full.stderr.count("错误：") == 1 and "磁盘" in full.stderr
        assert "程序内部" not in full.stderr
        listed = json.loads(command(home, "library", "list", "--json").stdout)
        assert [document["title"] for document in listed["documents"]] == ["甲"]
        subprocess.run(["mount", "-o", "remount,size=200m", home], check=True)
        assert command(home, "library", "add", tmp_path / "乙.md").returncode == 0
    finally:
        subprocess.run(["umount", home], check=True)
