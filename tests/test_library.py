"""The library: what is embedded and what is not, what is gone, what is refused, and that results repeat."""

import json
import multiprocessing
import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import pytest
from hash_embedding import HashEmbedding
from numpy.typing import NDArray

from copilot.errors import InputError, LibraryBusy, LibraryError, LibraryMismatch, UnknownDocument
from copilot.library import Library, Snapshot, catalogue, layout, reader, vectors, writer
from copilot.retrieval import search
from copilot.types import AddReport

MODES = ("hybrid", "lexical", "dense")
SECTIONS = "\n".join(f"## 第{n}节\n\n这是关于主题{n}的一段话，讲的是{word}。\n" for n, word in enumerate("拉留促转召"))
ARTICLE = f"# 手册\n\n{SECTIONS}"


class CountingEmbedding(HashEmbedding):
    """Counts the texts it is asked to embed."""

    def __init__(self, fingerprint: str = HashEmbedding.fingerprint) -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []

    def documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed and count."""
        self.texts += texts
        return super().documents(texts)


@pytest.fixture(autouse=True)
def chroma(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small libraries do without Chroma; these tests want it."""
    monkeypatch.setattr(reader, "EXACT", 0)


@pytest.fixture
def embedding() -> CountingEmbedding:
    """The embedding of the library under test."""
    return CountingEmbedding()


@pytest.fixture
def library(tmp_path: Path, embedding: CountingEmbedding) -> Iterator[Library]:
    """An empty library."""
    library = Library(tmp_path / "library", embedding)
    yield library
    library.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for documents."""
    path = tmp_path / "文档"
    path.mkdir()
    return path


def statuses(report: AddReport) -> list[str]:
    """Return the files' statuses in order."""
    return [file.status for file in report.files]


def found(library: Library, query: str, k: int = 10) -> set[str]:
    """Return the sources that any mode finds."""
    return {p.source for mode in MODES for p in search(library, query, k, mode).passages}  # type: ignore[arg-type]


def agree(library: Library) -> int:
    """Return the number of chunks after checking that catalogue and both indexes hold the same."""
    from copilot.library.lexical import LexicalIndex

    with catalogue.connect(layout.catalogue_path(library.root)) as db:
        ids = {row[0] for row in db.execute("SELECT id FROM chunks")}
        generation = int(catalogue.meta(db, "generation", "0"))
        assert int(catalogue.meta(db, "chunks", "0")) == len(ids)
    if generation:
        index = layout.generation_path(library.root, generation)
        assert LexicalIndex(index / "lexical")._searcher.num_docs == len(ids)
        dense = vectors.VectorIndex(index / "vectors")
        assert {int(i) for i in dense._collection.get(include=[])["ids"]} == ids
        dense.close()
    return len(ids)


# Adding


def test_added_then_unchanged(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """A second time embeds nothing, writes no generation, and says so."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    first = library.add([folder])
    assert statuses(first) == ["added"]
    assert first.files[0].chunks == len(embedding.texts) == first.totals["embedded"] == 5
    assert first.files[0].encoding.lower().startswith("utf")
    generation = library.stats().generation
    again = library.add([folder / "a.md"])
    assert statuses(again) == ["unchanged"] and again.files[0].reason
    assert len(embedding.texts) == 5 and again.totals["embedded"] == 0
    assert library.stats().generation == generation


def test_an_update_embeds_only_what_changed(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """One changed section is one embedding; passages show the new text at its new place."""
    path = folder / "a.md"
    path.write_text(ARTICLE, encoding="utf-8")
    library.add([path])
    embedding.texts.clear()
    path.write_text("前面多了一句。\n\n" + ARTICLE.replace("主题3的一段话", "主题3的新内容"), encoding="utf-8")
    assert statuses(library.add([path])) == ["updated"]
    assert len(embedding.texts) == 2 and "新内容" in "".join(embedding.texts)
    assert agree(library) == 6
    view = library.show(str(path))
    for mode in MODES:
        for passage in search(library, "主题3 一段话 新内容", 10, mode).passages:  # type: ignore[arg-type]
            assert view.text[passage.start : passage.end] == passage.text
            assert "主题3的一段话" not in passage.text


def test_a_removed_document_leaves_no_passage(library: Library, folder: Path) -> None:
    """No mode finds it, no row and no index entry is left."""
    for name in "ab":
        (folder / f"{name}.md").write_text(ARTICLE.replace("主题", f"主题{name}"), encoding="utf-8")
    library.add([folder])
    assert statuses(library.remove([str(folder / "a.md")])) == ["removed"]
    assert found(library, "主题a 一段话") == {str(folder / "b.md")}
    assert agree(library) == 5
    library.remove([str(folder)])
    assert found(library, "主题b 一段话") == set() and agree(library) == 0


def test_the_same_file_twice_is_one_document(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """The second name is reported as unchanged, with the first one's name."""
    for name in ("a.md", "b.md"):
        (folder / name).write_text(ARTICLE, encoding="utf-8")
    report = library.add([folder, folder / "a.md"])
    assert statuses(report) == ["added", "unchanged"]
    assert str(folder / "a.md") in report.files[1].reason and report.files[1].doc_id == report.files[0].doc_id
    assert len(library.list()) == 1 and len(embedding.texts) == 5


def test_a_twin_is_taken_in_when_its_first_changes(library: Library, folder: Path) -> None:
    """Whatever the order of names, the folder's whole content is in the library after one sync."""
    (folder / "b.md").write_text(ARTICLE, encoding="utf-8")
    library.sync(folder)
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    (folder / "b.md").write_text(ARTICLE.replace("主题", "题目"), encoding="utf-8")
    assert statuses(library.sync(folder)) == ["added", "updated"]
    assert {d.source for d in library.list()} == {str(folder / "a.md"), str(folder / "b.md")}
    assert statuses(library.sync(folder)) == ["unchanged", "unchanged"]


def test_one_bad_file_stops_nothing(library: Library, folder: Path) -> None:
    """It is reported with a reason, the others are in."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    (folder / "b.docx").write_bytes(b"no archive")
    (folder / "c.md").write_text(ARTICLE.replace("主题", "题目"), encoding="utf-8")
    report = library.add([folder, folder / "missing.md"])
    assert statuses(report) == ["added", "failed", "added", "failed"]
    assert all(file.reason for file in report.files if file.status == "failed")
    assert report.totals["failed"] == 2 and len(library.list()) == 2


def test_a_failed_update_keeps_the_old_version(library: Library, folder: Path) -> None:
    """And says that it does."""
    path = folder / "a.md"
    path.write_text(ARTICLE, encoding="utf-8")
    library.add([path])
    path.write_bytes(b"")
    report = library.sync(folder)
    assert statuses(report) == ["failed"] and "保留" in report.files[0].reason
    assert library.show(str(path)).text == ARTICLE


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes only there")
def test_a_name_that_is_not_utf8(library: Library, folder: Path) -> None:
    """Such a file is added, found by sync, and can be printed."""
    path = os.fsencode(folder) + b"/\xff\xfe.md"
    with open(path, "wb") as file:  # noqa: PTH123 - a name of bytes
        file.write(ARTICLE.encode())
    report = library.sync(folder)
    assert statuses(report) == ["added"]
    json.dumps(report.to_dict(), ensure_ascii=False).encode()
    assert statuses(library.sync(folder)) == ["unchanged"]
    assert library.show(os.fsdecode(path)).text == ARTICLE


def test_add_texts(library: Library) -> None:
    """Each text is one passage under the given name; text comes normalised, blank text gives none."""
    assert library.add_texts([("一", "甲", "拉新\r\n留存"), ("二", "", " "), ("三", "", "召回\ud800")]) == 2
    assert library.show("一").text == "拉新\n留存" and library.show("三").text == "召回\ufffd"
    assert found(library, "召回") >= {"三"}


# Sync


def test_sync_follows_the_folder(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """Added, changed and deleted files; documents elsewhere stay."""
    beside = folder.with_name("文档2")
    beside.mkdir()
    for place, name in ((folder, "a"), (folder, "b"), (beside, "c")):
        (place / f"{name}.md").write_text(ARTICLE.replace("主题", f"主题{name}"), encoding="utf-8")
    library.add([folder, beside])
    (folder / "a.md").unlink()
    (folder / "d.md").write_text(ARTICLE, encoding="utf-8")
    report = library.sync(folder)
    assert {Path(f.path).name: f.status for f in report.files} == {
        "a.md": "removed",
        "b.md": "unchanged",
        "d.md": "added",
    }
    assert found(library, "主题a 一段话", 30).isdisjoint({str(folder / "a.md")})
    assert {Path(d.source).name for d in library.list()} == {"b.md", "c.md", "d.md"}


def test_a_renamed_file_embeds_nothing(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """Its vectors are taken over, also across publications."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.sync(folder)
    embedding.texts.clear()
    (folder / "a.md").rename(folder / "z.md")
    assert sorted(statuses(library.sync(folder))) == ["added", "removed"]
    assert embedding.texts == [] and agree(library) == 5


def test_sync_of_a_missing_folder_removes_nothing(library: Library, folder: Path) -> None:
    """A drive that is not mounted must not empty the library."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.sync(folder)
    shutil.rmtree(folder)
    with pytest.raises(InputError) as caught:
        library.sync(folder)
    assert caught.value.hint
    assert len(library.list()) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_sync_keeps_what_it_cannot_see(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents in a folder that cannot be listed stay; the folder is reported."""
    (folder / "内").mkdir()
    (folder / "内" / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.sync(folder)
    scandir = os.scandir

    def refuse(path: str | Path) -> "os._ScandirIterator[str]":
        if Path(path).name == "内":  # chmod does not stop root
            raise PermissionError(13, "Permission denied")
        return scandir(str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    assert statuses(library.sync(folder)) == ["failed"]
    assert len(library.list()) == 1


# Looking


def test_show_by_id_source_and_path(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three names for one document."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    doc_id = library.add([folder]).files[0].doc_id
    monkeypatch.chdir(folder)
    views = [library.show(name) for name in (doc_id, str(folder / "a.md"), "a.md", "../文档/a.md")]
    assert all(view == views[0] for view in views)
    assert views[0].title == "手册" and next(c.section for c in views[0].chunks) == "手册 › 第0节"
    assert views[0].to_dict()["chunks"][0].keys() == {"start", "end", "section"}


@pytest.mark.parametrize("name", ["没有", "", "/nowhere/", "\udcff"])
def test_unknown_documents(library: Library, folder: Path, name: str) -> None:
    """A name that names nothing is an error for show and remove, and nothing is removed."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    with pytest.raises(UnknownDocument) as caught:
        library.show(name)
    assert caught.value.hint and caught.value.exit_code == 2
    with pytest.raises(UnknownDocument):
        library.remove([str(folder / "a.md"), name])
    assert len(library.list()) == 1


def test_remove_a_folder(library: Library, folder: Path) -> None:
    """All below it goes, once, and what only begins with the same letters stays."""
    for name in ("甲/a.md", "甲/乙/b.md", "甲乙/c.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"# {name}\n\n{ARTICLE}", encoding="utf-8")
    library.add([folder])
    report = library.remove([str(folder / "甲"), str(folder / "甲" / "a.md")])
    assert statuses(report) == ["removed", "removed"]
    assert [Path(d.source).name for d in library.list()] == ["c.md"]


def test_an_empty_library(library: Library) -> None:
    """It can be searched, listed and rebuilt."""
    assert [search(library, "拉新", 5, mode).passages for mode in MODES] == [(), (), ()]  # type: ignore[arg-type]
    assert library.list() == [] and library.stats().chunks == 0
    assert library.rebuild().documents == 0


def test_stats(library: Library, folder: Path) -> None:
    """Counts, generation, fingerprint and bytes."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    stats = library.stats()
    assert (stats.documents, stats.chunks, stats.generation) == (1, 5, 1)
    assert json.loads(stats.fingerprint)["embedding"] == HashEmbedding.fingerprint
    assert stats.bytes > sum(p.stat().st_size for p in (library.root / "index").rglob("*") if p.is_file())


# Fingerprint and rebuild


def test_another_embedding_is_refused_until_rebuild(library: Library, folder: Path) -> None:
    """Every use is refused with the command that mends it; that command embeds anew."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    library.close()
    other = CountingEmbedding("another/1/256")
    changed = Library(library.root, other)
    for use in (
        lambda: search(changed, "拉新"),
        changed.list,
        lambda: changed.show("a"),
        lambda: changed.add([folder]),
        lambda: changed.sync(folder),
        lambda: changed.remove(["a"]),
    ):
        with pytest.raises(LibraryMismatch, match="向量模型") as caught:
            use()
        assert "library rebuild" in caught.value.hint
    assert changed.stats().documents == 1
    changed.rebuild()
    assert len(other.texts) == 5 and agree(changed) == 5
    assert found(changed, "主题3")
    changed.close()
    with pytest.raises(LibraryMismatch):
        library.list()


def test_a_rebuild_of_the_same_embeds_nothing(library: Library, embedding: CountingEmbedding, folder: Path) -> None:
    """Only the indexes are written anew, and results stay the same."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    before = search(library, "主题3").passages
    embedding.texts.clear()
    generation = library.stats().generation
    assert library.rebuild().generation == generation + 1
    assert embedding.texts == [] and search(library, "主题3").passages == before


def test_progress_of_a_rebuild_tells_what_is_embedded(library: Library, folder: Path) -> None:
    """A document is shown as done when its passages are embedded, so a slow model does not wait behind a full bar."""
    for number in range(6):
        (folder / f"{number}.md").write_text(ARTICLE.replace("主题", f"题目{number}"), encoding="utf-8")
    library.add([folder])
    library.close()
    other = CountingEmbedding("another/1/256")
    other.batch = 5  # the sections of one article
    embedded: list[int] = []
    Library(library.root, other).rebuild(lambda done, total, what: embedded.append(len(other.texts)))
    assert embedded == [5 * number for number in range(7)]


@pytest.mark.parametrize("opened", [True, False])
def test_a_lost_index_is_an_error_that_rebuild_mends(library: Library, folder: Path, opened: bool) -> None:
    """With the index folder deleted by hand, searching and adding name the command; then all is well."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    if opened:
        search(library, "主题3")
    shutil.rmtree(library.root / "index")
    for mode in MODES:
        with pytest.raises(LibraryError, match="索引") as caught:
            search(library, "主题3", 5, mode)  # type: ignore[arg-type]
        assert "library rebuild" in caught.value.hint
    (folder / "b.md").write_text(ARTICLE.replace("主题", "题目"), encoding="utf-8")
    with pytest.raises(LibraryError, match="不一致"):
        library.add([folder])
    library.rebuild()
    assert agree(library) == 5 and search(library, "主题3").passages
    library.add([folder])
    assert agree(library) == 10


@pytest.mark.parametrize(
    "name", ["lexical/meta.json", "lexical/*.term", "vectors/chroma.sqlite3", "vectors/*/length.bin"]
)
def test_a_missing_index_file_is_an_error(library: Library, folder: Path, name: str) -> None:
    """A damaged index gives the library's own error, not the index's."""
    (folder / "a.md").write_text(SECTIONS * 300, encoding="utf-8")
    library.add([folder])
    (file,) = (library.root / "index" / "000001").glob(name)
    file.unlink()
    with pytest.raises(LibraryError, match="索引缺失或损坏"):
        search(library, "主题3", 5, "lexical" if name.startswith("lexical") else "dense")


def test_errors_of_the_caller_are_not_called_damage(library: Library, folder: Path) -> None:
    """A ValueError raised by the work itself comes out as it is."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])

    def work(snapshot: Snapshot) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        library.read(work)


def test_a_half_made_catalogue_is_finished(library: Library, folder: Path) -> None:
    """A process killed at its very first step leaves a file without tables; the next one goes on."""
    library.root.mkdir()
    sqlite3.connect(layout.catalogue_path(library.root)).close()
    layout.catalogue_path(library.root).touch()
    assert library.list() == []
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    assert statuses(library.add([folder])) == ["added"]


def test_a_file_that_is_no_catalogue(library: Library) -> None:
    """It is an error with a hint."""
    library.root.mkdir()
    layout.catalogue_path(library.root).write_bytes(b"no database at all" * 100)
    with pytest.raises(LibraryError) as caught:
        library.list()
    assert caught.value.hint


def test_a_home_that_cannot_be_written(tmp_path: Path, embedding: CountingEmbedding) -> None:
    """It is an error with a hint."""
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(LibraryError, match="不能写入"):
        Library(tmp_path / "taken" / "library", embedding).list()


# One writer, many readers


def hold_lock(root: Path, ready: Event, done: Event) -> None:
    """Be the other process that writes."""
    with layout.writer_lock(root):
        ready.set()
        done.wait(20)


def test_a_second_writer_waits_and_then_gives_up(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits LOCK_SECONDS for the other process, then says so; when that ends in time, it writes."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.list()
    fork = multiprocessing.get_context("fork")
    ready, done = fork.Event(), fork.Event()
    other = fork.Process(target=hold_lock, args=(library.root, ready, done))
    other.start()
    ready.wait(20)
    monkeypatch.setattr(layout, "LOCK_SECONDS", 0.2)
    with pytest.raises(LibraryBusy) as caught:
        library.add([folder])
    assert caught.value.hint
    monkeypatch.setattr(layout, "LOCK_SECONDS", 20.0)
    threading.Timer(0.3, done.set).start()
    assert statuses(library.add([folder])) == ["added"]
    other.join(20)


def test_threads_search_while_one_writes(library: Library, folder: Path) -> None:
    """Threads of one process share the opened indexes; closing an old generation hurts none of them."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    stop = threading.Event()

    def ask() -> int:
        searches = 0
        while not stop.is_set():
            assert search(library, "主题3").passages
            searches += 1
        return searches

    with ThreadPoolExecutor(3) as pool:
        asking = [pool.submit(ask) for _ in range(3)]
        for n in range(6):
            (folder / "b.md").write_text(ARTICLE.replace("主题", f"题目{n}"), encoding="utf-8")
            library.sync(folder)
        stop.set()
        assert all(searches.result() > 0 for searches in asking)


def test_what_fails_in_the_middle_changes_nothing(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error while writing leaves the state before it, and the next sync completes."""
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    (folder / "a.md").write_text(ARTICLE.replace("主题", "题目"), encoding="utf-8")

    def full(*args: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "apply", full)
        with pytest.raises(LibraryError, match="No space left"):
            library.sync(folder)
    assert library.show(str(folder / "a.md")).text == ARTICLE and agree(library) == 5
    assert statuses(library.sync(folder)) == ["updated"]
    assert agree(library) == 5 and "题目3" in search(library, "题目3").passages[0].text


# Indexes


def unit_vectors(count: int, seed: int) -> NDArray[np.float32]:
    """Return unit vectors in thirty clouds, like texts on thirty subjects."""
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(30, 128))[rng.integers(0, 30, count)] + rng.normal(size=(count, 128))
    unit: NDArray[np.float32] = (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_dense_results_are_nearly_exact(tmp_path: Path) -> None:
    """At least 98 % of the exact top 20 are found; `vectors.py` points here."""
    points, questions = unit_vectors(4000, 1), unit_vectors(100, 2)
    ids = list(range(1, 4001))
    batches = [(ids[i : i + vectors.BATCH], points[i : i + vectors.BATCH]) for i in range(0, 4000, vectors.BATCH)]
    assert vectors.apply(tmp_path / "v", batches, []) == 4000
    index = vectors.VectorIndex(tmp_path / "v")
    exact = np.argsort(-(questions @ points.T), axis=1)[:, :20] + 1
    hits = sum(len({n for n, _ in index.search(q, 20)} & set(row)) for q, row in zip(questions, exact, strict=True))
    index.close()
    assert hits / 2000 >= 0.98


def test_deleted_vectors_do_not_pile_up(library: Library, folder: Path) -> None:
    """After many replacements the index is no larger than one written anew, and ranks alike."""
    for n in range(8):
        words = (f"## 第{i}节\n\n版本{n}的内容{i}，说的是{i * 7}。\n" for i in range(60))
        (folder / "a.md").write_text("# 手册\n\n" + "\n".join(words), encoding="utf-8")
        library.sync(folder)
    assert agree(library) == 60
    results = search(library, "内容33").passages
    with catalogue.connect(layout.catalogue_path(library.root)) as db:
        assert int(catalogue.meta(db, "dead")) <= 60 * writer.DEAD_SHARE
    library.rebuild()
    assert [p.text for p in search(library, "内容33").passages] == [p.text for p in results]


@pytest.mark.parametrize("sections", [5, 1200])
def test_index_files_hold_no_memory_of_the_process(library: Library, folder: Path, sections: int) -> None:
    """Chroma saves room for vectors to come as it found it, with whatever stood there before: a key, a deleted text."""
    text = "\n".join(f"## 第{n}节\n\n这是第{n}段，讲拉新。\n" for n in range(sections))
    (folder / "a.md").write_text(f"# 手册\n\n{text}", encoding="utf-8")
    library.add([folder])
    (lengths,) = (library.root / "index").rglob("length.bin")
    level = lengths.with_name("data_level0.bin").read_bytes()
    assert not any(lengths.read_bytes()) and any(level) == (sections > 1000)
    dense = search(library, "第7节 拉新", 5, "dense").passages
    library.close()
    assert search(library, "第7节 拉新", 5, "dense").passages == dense and len(dense) == 5


def test_builds_repeat(tmp_path: Path, folder: Path) -> None:
    """Two libraries of the same files give the same passages with the same scores, in every mode."""
    for n in range(40):
        (folder / f"{n}.md").write_text(ARTICLE.replace("主题", f"主题{n % 7}甲{n}"), encoding="utf-8")
    results = []
    for name in ("one", "two"):
        library = Library(tmp_path / name, HashEmbedding())
        library.add([folder])
        results.append([search(library, f"主题{n} 一段话", 20, m).passages for n in range(5) for m in MODES])  # type: ignore[arg-type]
        library.close()
    assert results[0] == results[1]


def test_chroma_builds_no_embedder_and_calls_nobody(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Vectors are always passed in; Chroma's default embedding function is never made, telemetry is off."""
    import chromadb
    from chromadb.api.models.CollectionCommon import CollectionCommon
    from chromadb.utils import embedding_functions

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("Chroma embeds")

    monkeypatch.setattr(CollectionCommon, "_embed", refuse)
    monkeypatch.setattr(embedding_functions.DefaultEmbeddingFunction, "__init__", refuse)
    monkeypatch.setattr(embedding_functions.DefaultEmbeddingFunction, "__call__", refuse)
    made: list[chromadb.config.Settings] = []
    client = chromadb.PersistentClient

    def watch(path: str, settings: chromadb.config.Settings) -> object:
        made.append(settings)
        return client(path=path, settings=settings)

    monkeypatch.setattr(chromadb, "PersistentClient", watch)
    (folder / "a.md").write_text(ARTICLE, encoding="utf-8")
    library.add([folder])
    assert found(library, "主题3")
    assert made and not any(settings.anonymized_telemetry for settings in made)


def test_a_small_library_compares_all_vectors(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to EXACT chunks dense results are those of Chroma, in the same order, without Chroma."""
    for number in range(40):
        (folder / f"{number}.md").write_text(
            f"# 文档{number}\n\n第{number}篇讲拉新、留存和召回的第{number * 7}种做法。", "utf-8"
        )
    library.add([folder])
    vector = library.embedding.queries(["留存的做法"])[0]
    by_chroma = library.read(lambda snapshot: snapshot.dense(vector, 10))
    monkeypatch.setattr(reader, "EXACT", 2000)
    exact = library.read(lambda snapshot: snapshot.dense(vector, 10))
    assert {n for n, _ in exact[:5]} == {n for n, _ in by_chroma[:5]}  # below there are ties
    assert [c for _, c in exact] == pytest.approx([c for _, c in by_chroma], abs=1e-5)
