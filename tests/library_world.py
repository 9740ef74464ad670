"""A folder of documents that moves from version to version, processes that sync it and are killed, and what must hold.

Every chunk names the version and the document it belongs to. At version v every document is rewritten, every
seventh is missing and every fifth has another name, so that a sync adds, updates, removes and renames.
"""

import multiprocessing
import random
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path

from hash_embedding import HashEmbedding

from copilot.library import Library, Snapshot, catalogue, layout, reader, vectors, writer
from copilot.library.lexical import LexicalIndex
from copilot.retrieval import search

reader.EXACT = 0  # small libraries do without Chroma; here it is Chroma that is killed and read

MODES = ("hybrid", "lexical", "dense")
QUERIES = ("用户增长怎么做", "第一节 留存 方法", "渠道 投放 预算 文档3")
_STAMP = re.compile(r"第(\d+)版文档(\d+)")
_WORDS = ["拉新", "留存", "促活", "转化", "召回", "裂变", "渠道", "投放", "预算", "复购", "用户增长", "方法"]
_SECTIONS = 5
_START_SECONDS = 60.0  # a child that has not begun by then never will

Results = SimpleQueue[tuple[int, list[int]]]  # searches made, versions seen

# Children are forked from a process that has the imports done (a spawned one takes two seconds to come up) and no
# threads (this one has those of Chroma).
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["library_world", "chromadb", "chromadb.api.rust", "tantivy", "filelock"])


def write_version(folder: Path, version: int, documents: int) -> set[str]:
    """Make `folder` hold one version; return the names of its files."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for number in range(documents):
        if (number + version) % 7 == 0 and documents > 1:
            continue
        moved = (number + version) % 5 == 0
        names[f"{number}-{version if moved else 'x'}.md"] = _document(version, number)
    for path in folder.glob("*.md"):
        if path.name not in names:
            path.unlink()
    for name, text in names.items():
        (folder / name).write_text(text, encoding="utf-8")
    return set(names)


def _document(version: int, number: int) -> str:
    words = random.Random(f"{version}/{number}")
    sections = (
        f"## 第{section}节\n\n第{version}版文档{number}，讲{'、'.join(words.sample(_WORDS, 4))}的方法。\n"
        for section in range(_SECTIONS)
    )
    return f"# 文档{number}\n\n" + "\n".join(sections)


@contextmanager
def opened(root: Path) -> Iterator[Library]:
    """Give a library with the embedding of these tests."""
    with closing(Library(root, HashEmbedding())) as library:
        yield library


# What the processes do


def sync(root: Path, folder: Path, batch: int, begun: Event) -> None:
    """Sync in publications of at least `batch` chunks; tell when it begins."""
    writer.BATCH = batch
    with opened(root) as library:
        begun.set()
        library.sync(folder)


def read_until(root: Path, begun: Event, stop: Event, results: Results) -> None:
    """Search until told to stop; report the number of searches and the versions seen, one after the other."""
    searches, versions = 0, [0]
    with opened(root) as library:
        while not stop.is_set():
            version = library.read(partial(version_of, library, QUERIES[searches % len(QUERIES)]))
            if version != versions[-1]:
                versions.append(version)
            searches += 1
            begun.set()
    results.put((searches, versions[1:]))


def search_until(root: Path, begun: Event, stop: Event, results: Results) -> None:
    """Search until told to stop, whatever versions are there; report how often."""
    searches = 0
    with opened(root) as library:
        while not stop.is_set():
            for passage in search(library, QUERIES[searches % 3], 20, MODES[searches % 3]).passages:  # type: ignore[arg-type]
                assert f"文档{_STAMP.findall(passage.text)[0][1]}" in passage.section, (
                    "text and place do not belong together"
                )
            searches += 1
            begun.set()
    results.put((searches, []))


def version_of(library: Library, query: str, snapshot: Snapshot) -> int:
    """Return the one version that everything found belongs to, in the lexical and the dense index."""
    ids = [
        i for i, _ in snapshot.lexical({"body": [(c, 1.0) for c in query], "heading": [(c, 0.5) for c in query]}, 50)
    ]
    ids += [i for i, _ in snapshot.dense(library.embedding.queries([query])[0], 50)]
    rows = snapshot.passages(ids)
    assert set(ids) == rows.keys() and rows, "an index knows chunks that the catalogue does not"
    for doc_id, _, _, _, text, start, end, _ in rows.values():
        document = snapshot.text_of(doc_id)
        assert document is not None and document[start:end] == text
    versions = {int(stamp[1]) for row in rows.values() for stamp in _STAMP.finditer(row[4])}
    assert len(versions) == 1, f"a mixture of versions {versions}"
    return versions.pop()


def start(target: object, *args: object) -> BaseProcess:
    """Start `target(*args)` in a process of its own."""
    process = _CONTEXT.Process(target=target, args=args)  # type: ignore[arg-type]
    process.start()
    return process


def event() -> Event:
    """Return an event that such processes can share."""
    return _CONTEXT.Event()


def queue() -> Results:
    """Return a queue that such processes can share."""
    return _CONTEXT.SimpleQueue()


def sync_and_kill(root: Path, folder: Path, batch: int, seconds: float) -> bool:
    """Sync in a process and `kill -9` it after some time; return whether it was still at work."""
    begun = event()
    process = start(sync, root, folder, batch, begun)
    begun.wait(_START_SECONDS)
    time.sleep(seconds)
    was_alive = process.is_alive()
    process.kill()
    process.join()
    assert was_alive or process.exitcode == 0, f"the writer failed: {process.exitcode}"
    return was_alive


# What must hold


def problems(root: Path) -> list[str]:
    """Return what is wrong with the library: it opens, answers in every mode, and agrees with itself."""
    wrong = []
    with opened(root) as library:
        for mode in MODES:
            for query in QUERIES:
                for passage in search(library, query, 20, mode).passages:  # type: ignore[arg-type]
                    view = library.show(passage.doc_id)
                    if view.text[passage.start : passage.end] != passage.text:
                        wrong.append(f"{passage.source} {passage.start}:{passage.end} is no slice")
                    if len({stamp[1] for stamp in _STAMP.finditer(view.text)}) != 1:
                        wrong.append(f"{passage.source} mixes versions")
        counts = chunk_counts(library)
    if len(set(counts)) != 1:
        wrong.append(f"catalogue, lexical and dense index hold {counts} chunks")
    return wrong


def incomplete(root: Path, folder: Path, names: set[str]) -> list[str]:
    """Sync without being killed; return what the library then lacks or has too much."""
    with opened(root) as library:
        report = library.sync(folder)
        held = {Path(document.source).name for document in library.list()}
        texts = {name: library.show(str(folder / name)).text for name in names & held}
    wrong = [f"{file.path}: {file.reason}" for file in report.files if file.status == "failed"]
    wrong += [f"{name} is missing" for name in names - held] + [f"{name} is left over" for name in held - names]
    return wrong + [f"{name} is old" for name, t in texts.items() if t != (folder / name).read_text(encoding="utf-8")]


def chunk_counts(library: Library) -> tuple[int, int, int]:
    """Return how many chunks catalogue, lexical and dense index hold, the last two by their ids."""
    with catalogue.connect(layout.catalogue_path(library.root)) as db:
        ids = {row[0] for row in db.execute("SELECT id FROM chunks")}
        generation = int(catalogue.meta(db, "generation", "0"))
    if not generation:
        return len(ids), 0, 0
    folder = layout.generation_path(library.root, generation)
    dense = vectors.VectorIndex(folder / "vectors")
    known = {int(number) for number in dense._collection.get(include=[])["ids"]}
    dense.close()
    assert known == ids or len(known) != len(ids), "the dense index holds other chunks"
    return len(ids), int(LexicalIndex(folder / "lexical")._searcher.num_docs), len(known)
