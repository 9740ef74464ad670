"""The `library` commands, the handbook's coming and staying away, mismatch and rebuild, another embedding."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cli_runner import run

from copilot.handbook import folder_digest, load_handbook
from copilot.library import open_library
from copilot.settings import Settings

REPORT = "押金说明.md"
TEXT = "# 押金说明\n\n## 怎么退押金\n\n退押金在小程序里点“退押金”，三天到账。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two good files and a broken one."""
    made = tmp_path / "files"
    made.mkdir()
    (made / REPORT).write_text(TEXT, encoding="utf-8")
    (made / "换锁.txt").write_text("换车锁要先打门店电话预约。\n", encoding="utf-8")
    (made / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    return made


@pytest.fixture
def bare(home: Path) -> Path:
    """A home folder without the handbook."""
    assert run("library", "stats", "--no-handbook").code == 0
    return home


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small stand-in for the shipped handbook."""
    made = tmp_path / "corpus"
    made.mkdir()
    (made / "one.md").write_text("# 一\n\n第一篇说的是退押金。\n", encoding="utf-8")
    (made / "two.md").write_text("# 二\n\n第二篇说的是换车锁。\n", encoding="utf-8")
    monkeypatch.setattr("copilot.handbook.shipped", lambda _: made)
    return made


def sources() -> list[str]:
    """The sources of `library list`."""
    return [document["source"] for document in run("library", "list", "--json").json["documents"]]


# The commands


def test_add_json(bare: Path, folder: Path) -> None:
    """`add` reports every file in the contract's shape; one bad file stops nothing and ends with 3."""
    result = run("library", "add", folder, "--json")
    assert (result.code, result.err, result.out.count("\n")) == (3, "", 1)
    assert result.json.keys() == {"files", "totals"}
    keys = {"path", "status", "doc_id", "chunks", "encoding", "reason"}
    assert all(file.keys() == keys for file in result.json["files"])
    assert {Path(f["path"]).name: f["status"] for f in result.json["files"]} == {
        REPORT: "added",
        "换锁.txt": "added",
        "坏.pdf": "failed",
    }
    assert next(f["reason"] for f in result.json["files"] if f["status"] == "failed")


def test_add_again_is_unchanged(bare: Path, folder: Path) -> None:
    """Files that did not change are unchanged and no vector is computed."""
    (folder / "坏.pdf").unlink()
    assert run("library", "add", folder).code == 0
    again = run("library", "add", folder, "--json").json
    assert (again["totals"]["unchanged"], again["totals"]["embedded"]) == (2, 0)


def test_add_as_text(bare: Path, folder: Path) -> None:
    """Off JSON a line for each file is the result, the totals are talk."""
    result = run("library", "add", folder / REPORT)
    assert result.out.startswith("新增  ") and result.out.count("\n") == 1
    assert result.err.startswith("新增 1；")


def test_missing_file_is_a_failure(bare: Path, folder: Path) -> None:
    """A path that is not there is reported as failed, the others are added."""
    result = run("library", "add", folder / REPORT, folder / "nowhere.md", "--json")
    assert result.code == 3
    assert sorted(file["status"] for file in result.json["files"]) == ["added", "failed"]


def test_sync_json(bare: Path, folder: Path) -> None:
    """`sync` follows the folder: added, updated, removed."""
    (folder / "坏.pdf").unlink()
    assert run("library", "sync", folder, "--json").json["totals"]["added"] == 2
    (folder / REPORT).write_text(TEXT + "\n五天内可以撤回申请。\n", encoding="utf-8")
    (folder / "换锁.txt").unlink()
    result = run("library", "sync", folder, "--json")
    assert result.code == 0
    assert sorted(file["status"] for file in result.json["files"]) == ["removed", "updated"]


def test_list_show_remove_stats_json(bare: Path, folder: Path) -> None:
    """The shapes of the contract, and a document can be named by id or path."""
    run("library", "add", folder / REPORT)
    (document,) = run("library", "list", "--json").json["documents"]
    assert document.keys() == {"doc_id", "source", "title", "chunks", "added"}
    for name in (document["doc_id"], document["source"]):
        shown = run("library", "show", name, "--json").json
        assert shown.keys() == {"doc_id", "source", "title", "text", "chunks"}
        assert shown["text"] == TEXT
        assert [chunk.keys() for chunk in shown["chunks"]] == [{"start", "end", "section"}]
    figures = run("library", "stats", "--json").json
    assert figures.keys() == {"documents", "chunks", "generation", "fingerprint", "bytes"}
    removed = run("library", "remove", document["doc_id"], "--json").json
    assert [file["status"] for file in removed["files"]] == ["removed"]
    assert sources() == []


def test_show_prints_the_text(bare: Path, folder: Path) -> None:
    """Off JSON `show` prints the text and nothing else on stdout."""
    run("library", "add", folder / REPORT)
    result = run("library", "show", folder / REPORT)
    assert result.out == f"{TEXT}\n" and "共 1 段" in result.err


def test_remove_is_all_or_nothing(bare: Path, folder: Path) -> None:
    """When one name is unknown none is removed."""
    run("library", "add", folder / REPORT)
    assert run("library", "remove", folder / REPORT, "nope").code == 2
    assert len(sources()) == 1


def test_own_documents_are_answered_from(bare: Path, folder: Path) -> None:
    """What was added is what is asked: the citation names the file."""
    run("library", "add", folder / REPORT)
    reply = run("ask", "怎么退押金？", "--json").json
    assert reply["answered"] and reply["citations"][0]["source"] == str(folder / REPORT)
    assert "三天到账" in reply["answer"]


# The handbook: its articles, and the glossary as one more document

GLOSSARY = "handbook/glossary.md"


def test_handbook_comes_into_an_empty_home(home: Path, corpus: Path) -> None:
    """The first opening loads it, with sources that do not depend on the machine; the second loads nothing."""
    assert sources() == [GLOSSARY, "handbook/one.md", "handbook/two.md"]
    generation = run("library", "stats", "--json").json["generation"]
    assert sources() and run("library", "stats", "--json").json["generation"] == generation


def test_handbook_comes_again_when_it_changes(home: Path, corpus: Path) -> None:
    """A new digest brings changed, new and removed articles; the user's own stay."""
    own = corpus.parent / "own.md"
    own.write_text(TEXT, encoding="utf-8")
    run("library", "add", own)
    (corpus / "two.md").unlink()
    (corpus / "three.md").write_text("# 三\n\n第三篇。\n", encoding="utf-8")
    assert sources() == sorted([str(own), GLOSSARY, "handbook/one.md", "handbook/three.md"])


def test_removed_article_stays_removed_until_the_digest_changes(home: Path, corpus: Path) -> None:
    """What the user removed does not come back by itself, only with a new handbook."""
    run("library", "remove", "handbook/one.md")
    assert sources() == [GLOSSARY, "handbook/two.md"]
    (corpus / "two.md").write_text("# 二\n\n第二篇改过了。\n", encoding="utf-8")
    assert sources() == [GLOSSARY, "handbook/one.md", "handbook/two.md"]


def test_no_handbook_is_remembered(home: Path, corpus: Path) -> None:
    """A home begun with `--no-handbook` stays without it, until `--handbook`."""
    assert run("library", "list", "--json", "--no-handbook").json == {"documents": []}
    assert sources() == []
    assert run("library", "list", "--json", "--handbook").json["documents"]
    assert len(sources()) == 3


def test_no_handbook_later_removes_nothing(home: Path, corpus: Path) -> None:
    """In a home that has the handbook `--no-handbook` leaves it as it is, changes of it too."""
    assert len(sources()) == 3
    (corpus / "two.md").unlink()
    assert len(run("library", "list", "--json", "--no-handbook").json["documents"]) == 3


def test_load_handbook_says_whether_it_wrote(home: Path, corpus: Path) -> None:
    """The first call writes, the second does not."""
    with closing(open_library(Settings(home=home))) as library:
        assert [load_handbook(library, None), load_handbook(library, None)] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda f: (f / "one.md").write_text("x", encoding="utf-8"), id="content"),
        pytest.param(lambda f: (f / "one.md").rename(f / "other.md"), id="name"),
        pytest.param(lambda f: (f / "new.md").write_text("", encoding="utf-8"), id="new-file"),
    ],
)
def test_digest_changes(corpus: Path, change: Callable[[Path], object]) -> None:
    """Content, names and files count; other kinds of file do not."""
    before = folder_digest(corpus)
    (corpus / "notes.txt").write_text("x", encoding="utf-8")
    assert folder_digest(corpus) == before
    change(corpus)
    assert folder_digest(corpus) != before


# Mismatch


def set_fingerprint(home: Path, **changes: str) -> None:
    """Make the library look as if built with another setting."""
    with closing(open_library(Settings(home=home))) as library:
        stored = {**json.loads(library.fingerprint), **changes}
        library.set_meta(fingerprint=json.dumps(stored, sort_keys=True))


@pytest.mark.parametrize(
    "command", [("ask", "怎么退押金？"), ("search", "押金"), ("library", "list")], ids=lambda c: c[0]
)
def test_mismatch_is_told_with_the_mending_command(bare: Path, command: tuple[str, ...]) -> None:
    """A library of another embedding is refused: what differs, and the command that mends it."""
    set_fingerprint(bare, embedding="other/1")
    result = run(*command)
    assert result.code == 1
    assert "向量模型 other/1 → " in result.err and "ops-copilot library rebuild" in result.err


def test_rebuild_mends_a_mismatch(bare: Path, folder: Path) -> None:
    """After `library rebuild` the library answers again, with its documents."""
    run("library", "add", folder / REPORT)
    set_fingerprint(bare, embedding="other/1")
    result = run("library", "rebuild", "--json")
    assert (result.code, result.json["documents"]) == (0, 1)
    assert run("search", "押金", "--json").json["passages"]


def test_doctor_finds_a_mismatch(bare: Path) -> None:
    """`doctor` names it and goes on with the other checks."""
    set_fingerprint(bare, embedding="other/1")
    result = run("doctor", "--json")
    failed = [check for check in result.json["checks"] if not check["ok"]]
    assert result.code == 1
    assert [check["name"] for check in failed] == ["资料库"]
    assert "rebuild" in failed[0]["hint"]


def test_damaged_index_is_told_and_mended(bare: Path, folder: Path) -> None:
    """An index whose files are gone is told with the command that mends it."""
    run("library", "add", folder / REPORT)
    for path in sorted((bare / "library" / "index").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    result = run("search", "押金")
    assert result.code == 1 and "library rebuild" in result.err
    assert run("doctor").code == 1
    assert run("library", "rebuild").code == 0
    assert run("search", "押金", "--json").json["passages"]


def test_damaged_catalogue_is_told(bare: Path) -> None:
    """A catalogue that is no database is told in two lines."""
    (bare / "library" / "catalogue.sqlite").write_bytes(b"not a database" * 100)
    result = run("library", "list")
    assert result.code == 1
    assert "程序内部出错" not in result.err


# Another embedding


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_sentence_transformers_model(home: Path, tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of one's own in a folder works from `add` to `ask`; the built-in one is then refused until rebuilt."""
    monkeypatch.setenv("OPS_COPILOT_EMBEDDING", str(tiny / "plain"))
    assert run("library", "add", folder / REPORT, folder / "换锁.txt", "--no-handbook").code == 0
    assert '"transformer/16/' in run("library", "stats", "--json").json["fingerprint"]
    for mode in ("hybrid", "dense"):
        assert len(run("search", "怎么退押金", "--mode", mode, "--json").json["passages"]) == 2
    assert "三天到账" in run("ask", "怎么退押金？").out
    assert "16 维" in run("doctor").out
    with closing(sqlite3.connect(home / "library" / "catalogue.sqlite")) as db:
        assert {len(blob) for (blob,) in db.execute("SELECT vector FROM chunks")} == {32}
    monkeypatch.delenv("OPS_COPILOT_EMBEDDING")
    assert "向量维数 16 → " in run("search", "押金").err
    assert run("library", "rebuild").code == 0
    assert run("search", "押金").code == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_embedding_that_is_not_there(home: Path, tmp_path: Path) -> None:
    """A folder that is no model is told in two lines, and nothing is fetched."""
    (tmp_path / "empty").mkdir()
    result = run("search", "押金", "--embedding", tmp_path / "empty")
    assert result.code == 1
    assert "不完整" in result.err and "builtin" in result.err
