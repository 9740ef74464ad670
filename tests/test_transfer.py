"""A home in one file: what travels and what does not, that nothing is computed again, and what is refused."""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cli_runner import run
from hash_embedding import HashEmbedding

from copilot.errors import CopilotError, InputError, LibraryBusy, LibraryError
from copilot.library import Library, catalogue, layout, reader
from copilot.library.intake import hash_id
from copilot.profiles import default_voice, list_profiles, save_profile, use_voice
from copilot.retrieval import search
from copilot.transfer import export_home, import_home
from copilot.transfer.archive import MANIFEST, is_home_file
from copilot.uploads import add_uploads

CANARY = "sk-canary-51f0"
QUERIES = ("第3节 退款", "会员价", "第11篇怎么换货", "价目")


class Counting(HashEmbedding):
    """Counts what it embeds."""

    def __init__(self, fingerprint: str = HashEmbedding.fingerprint) -> None:
        self.fingerprint = fingerprint
        self.texts = 0

    def documents(self, texts):  # type: ignore[no-untyped-def]
        """Embed and count."""
        self.texts += len(texts)
        return super().documents(texts)


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dense search is exact, as it is for small libraries; among equal cosines Chroma gives whichever."""
    monkeypatch.setattr(reader, "EXACT", 5000)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[tuple[Library, Path]]:
    """The old machine: documents, an upload, own settings, personal data and a key."""
    home, folder = tmp_path / "there", tmp_path / "资料"
    folder.mkdir()
    for n in range(20):
        sections = "".join(f"## 第{s}节\n\n第{n}篇第{s}节讲退款、换货和会员。\n\n" for s in range(4))
        (folder / f"{n}.md").write_text(f"# 第{n}篇\n\n{sections}", encoding="utf-8")
    (tmp_path / "价目.md").write_text("# 价目\n\n会员价 99 元。\n", encoding="utf-8")
    with closing(Library(home / "library", HashEmbedding())) as library:
        library.add([folder])
        add_uploads(library, home, [tmp_path / "价目.md"])
        save_profile(home, "书桌", {"product": "木屿书桌"})
        save_profile(home, "温暖", {"tone": "温暖"}, "voice")
        use_voice(home, "温暖")
        (home / "prices.yaml").write_text("models:\n  my-model: {input: 1, output: 2}\n", encoding="utf-8")
        for name in (".env", "ratings.jsonl", "products/.env", "uploads/left.md"):
            (home / name).write_text(CANARY, encoding="utf-8")
        yield library, home


@pytest.fixture
def archive(there: tuple[Library, Path], tmp_path: Path) -> Path:
    """What the old machine wrote."""
    export_home(*there, tmp_path / "搬家.zip")
    return tmp_path / "搬家.zip"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[Library, Path]]:
    """The new machine: an empty home."""
    with closing(Library(tmp_path / "here" / "library", Counting())) as library:
        yield library, tmp_path / "here"


def found(library: Library) -> list[tuple[str, str, float]]:
    """What some searches find."""
    return [
        (p.title, p.text, p.score)
        for query in QUERIES
        for mode in ("hybrid", "lexical", "dense")
        for p in search(library, query, 10, mode).passages
    ]


def state(home: Path) -> dict[str, str]:
    """All files of a home but locks and SQLite's own, by their digests."""
    skipped = ("writer.lock", "catalogue.sqlite-wal", "catalogue.sqlite-shm")
    files = [path for path in home.rglob("*") if path.is_file() and path.name not in skipped]
    return {str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# Out and in


def test_nothing_is_computed_again_and_the_same_is_found(
    there: tuple[Library, Path], archive: Path, here: tuple[Library, Path]
) -> None:
    """Documents, vectors, settings and uploads arrive."""
    library, home = here
    report = import_home(library, home, archive)
    assert (report.totals["added"], report.totals["embedded"], report.notes) == (25, 0, ())
    assert found(library) == found(there[0]) and library.embedding.texts == 0  # type: ignore[attr-defined]
    assert (list_profiles(home), list_profiles(home, "voice"), default_voice(home)) == (["书桌"], ["温暖"], "温暖")
    assert (home / "prices.yaml").read_bytes() == (there[1] / "prices.yaml").read_bytes()
    copy = home / "uploads" / "价目.md"
    assert library.show(str(copy)).text == "# 价目\n\n会员价 99 元。\n" and copy.is_file()


def test_the_same_home_gives_the_same_bytes(
    there: tuple[Library, Path], archive: Path, here: tuple[Library, Path], tmp_path: Path
) -> None:
    """Today, tomorrow, and from the machine it was imported on, wherever its home lies."""
    export_home(*there, tmp_path / "again.zip")
    import_home(*here, archive)
    export_home(*here, tmp_path / "back.zip")
    assert archive.read_bytes() == (tmp_path / "again.zip").read_bytes() == (tmp_path / "back.zip").read_bytes()


def test_neither_keys_nor_personal_data_travel(archive: Path, there: tuple[Library, Path]) -> None:
    """Nor uploads without a document; the report says what stayed."""
    with zipfile.ZipFile(archive) as file:
        names = file.namelist()
        assert not any(CANARY.encode() in file.read(name) for name in names)
    assert [name for name in names if name.startswith("home/")] == [
        "home/prices.yaml", "home/products/书桌.yaml", "home/uploads/价目.md", "home/voices/.default",
        "home/voices/温暖.yaml",
    ]  # fmt: skip
    report = export_home(*there, archive, overwrite=True)
    assert "ratings.jsonl" in str(report.left_out) and "密钥" in str(report.left_out)


def test_an_export_is_whole_or_not_there(there: tuple[Library, Path], archive: Path, tmp_path: Path) -> None:
    """It overwrites only when told to, and leaves nothing half."""
    before = archive.read_bytes()
    with pytest.raises(InputError, match="已经存在"):
        export_home(*there, archive)
    with pytest.raises(InputError, match="目录不存在"):
        export_home(*there, tmp_path / "nowhere" / "x.zip")
    (there[1] / "products" / "坏.yaml").symlink_to(tmp_path / "gone")  # no file
    shutil.rmtree(there[0].root / "index")  # of no interest
    export_home(*there, archive, overwrite=True)
    assert archive.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_another_embedding_computes_anew_and_says_so(archive: Path, tmp_path: Path) -> None:
    """The texts are what matters."""
    other = Counting("other/1/256")
    with closing(Library(tmp_path / "other" / "library", other)) as library:
        report = import_home(library, tmp_path / "other", archive)
        assert other.texts == report.totals["embedded"] == 81
        assert "向量模型 hash/1/256 → other/1/256" in report.notes[0] and "81 段" in report.notes[0]
        assert search(library, "会员价", 1).passages[0].title == "价目"


def test_a_library_that_waits_for_its_rebuild_can_be_carried_away(
    there: tuple[Library, Path], here: tuple[Library, Path], tmp_path: Path
) -> None:
    """Its texts are whole: an export is the way to a backup before anything else is done."""
    there[0].close()
    with closing(Library(there[0].root, HashEmbedding())) as library:
        library.set_meta(fingerprint=library.fingerprint.replace('"chunker": 2', '"chunker": 1'))
        export_home(library, there[1], tmp_path / "x.zip")
    report = import_home(*here, tmp_path / "x.zip")
    assert report.totals["embedded"] == 0 and len(here[0].list()) == 21  # cut anew, and alike


# Into a home that has something


def test_what_is_here_wins_and_both_are_told(archive: Path, here: tuple[Library, Path], tmp_path: Path) -> None:
    """Documents of one's own stay; `replace` takes the archive's."""
    library, home = here
    folder = tmp_path / "资料"
    (folder / "3.md").write_text("# 第3篇\n\n这里的新版本。\n", encoding="utf-8")
    (folder / "自己的.md").write_text("# 自己的\n\n只有这里有。\n", encoding="utf-8")
    library.add([folder / "3.md", folder / "自己的.md"])
    save_profile(home, "书桌", {"product": "别的书桌"})
    report = import_home(library, home, archive)
    kept = {file.path for file in report.files if "保留了这里的" in file.reason}
    assert kept == {str(folder / "3.md"), "products/书桌.yaml"}
    assert "新版本" in library.show(str(folder / "3.md")).text and library.show(str(folder / "自己的.md"))
    report = import_home(library, home, archive, replace=True)
    assert {file.path for file in report.files if file.status == "updated"} == kept
    assert "新版本" not in library.show(str(folder / "3.md")).text and len(library.list()) == 22


def test_a_second_import_changes_nothing(archive: Path, here: tuple[Library, Path]) -> None:
    """Nor does it write a generation."""
    import_home(*here, archive)
    generation, before = here[0].stats().generation, state(here[1])
    report = import_home(*here, archive)
    assert {file.status for file in report.files} == {"unchanged"}
    assert here[0].stats().generation == generation and state(here[1]) == before


def test_the_same_content_under_another_path_is_not_taken_twice(
    archive: Path, here: tuple[Library, Path], tmp_path: Path
) -> None:
    """As with `library add`."""
    (tmp_path / "新家").mkdir()
    shutil.copyfile(tmp_path / "资料" / "3.md", tmp_path / "新家" / "三.md")
    here[0].add([tmp_path / "新家"])
    report = import_home(*here, archive)
    (same,) = [file for file in report.files if "内容相同" in file.reason]
    assert (same.path, same.doc_id) == (str(tmp_path / "资料" / "3.md"), hash_id(str(tmp_path / "新家" / "三.md")))
    assert len(here[0].list()) == 21


@pytest.mark.parametrize("late", [False, True])
def test_files_that_moved_are_known_under_their_new_paths(
    archive: Path, here: tuple[Library, Path], tmp_path: Path, late: bool
) -> None:
    """With `moved`, at once or when the note has told it, `sync` finds all unchanged."""
    new = tmp_path / "新家"
    (tmp_path / "资料").rename(new)
    if late:
        report = import_home(*here, archive)
        assert "20 篇的原文件不在这台机器上" in report.notes[0] and "--moved" in report.notes[0]
    report = import_home(*here, archive, moved={str(tmp_path / "资料"): str(new), "/nowhere": "/x"})
    assert report.notes == ("没有一篇文档原来在 /nowhere 里，--moved 没有用上。",)
    assert len(here[0].list()) == 21 and report.totals["embedded"] == 0
    assert here[0].sync(new).totals["unchanged"] == 20


def test_paths_of_windows_find_their_place_here(here: tuple[Library, Path], tmp_path: Path) -> None:
    """Separators are turned."""
    with closing(Library(tmp_path / "w" / "library", HashEmbedding())) as windows:
        windows.add_texts([("C:\\资料\\子\\a.md", "甲", "甲的内容")])
        export_home(windows, tmp_path / "w", tmp_path / "w.zip")
    import_home(*here, tmp_path / "w.zip", moved={"C:\\资料": "/home/甲/资料"})
    assert [document.source for document in here[0].list()] == ["/home/甲/资料/子/a.md"]


# What is refused


def rewritten(archive: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None], target: Path) -> Path:
    """Change the members of an archive, and the manifest so that sizes and digests are right again."""
    with zipfile.ZipFile(archive) as file:
        members = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(members.pop(MANIFEST))
    change(members, manifest)
    manifest["members"] = {
        name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in (members | {MANIFEST: json.dumps(manifest).encode()}).items():
            file.writestr(name, data)
    return target


def document(**changes: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Change the first document."""

    def change(members: dict[str, bytes], manifest: dict[str, Any]) -> None:
        first, rest = members["documents.jsonl"].split(b"\n", 1)
        members["documents.jsonl"] = json.dumps(json.loads(first) | changes).encode() + b"\n" + rest

    return change


def member(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Add a member, or put another content into one."""
    return lambda members, manifest: members.update({name: data})


NAN = b"\0" * 16 + b"\x00\x7e" * 256
LONG = b"\0" * 16 + b"\x00\x4c" * 256  # every part 16
MANIPULATED = {
    "slip": member("home/../../evil.yaml"),
    "slip2": member("home/products/../../evil.yaml"),
    "absolute": member("home//etc/evil.yaml"),
    "backslash": member("home/products/..\\evil.yaml"),
    "root": member("evil.txt"),
    "env": member("home/.env"),
    "lock": member("home/uploads/writer.lock"),
    "hidden": member("home/uploads/.hidden"),
    "library": member("home/library/catalogue.sqlite"),
    "nan": member("vectors.bin", NAN),
    "long": member("vectors.bin", LONG),
    "odd": member("vectors.bin", b"123"),
    "no json": member("documents.jsonl", b"not json\n"),
    "deep": member("documents.jsonl", b"[" * 100_000 + b"\n"),
    "no document": member("documents.jsonl", b"[]\n"),
    "handbook": document(source="handbook/basics/x.md", doc_id=hash_id("handbook/basics/x.md")),
    "number": document(doc_id="0123456789abcdef"),
    "surrogate": document(title="\ud800"),
    "type": document(title=7),
    "unnormalised": document(text="e\u0301" * 400),
    "span": document(chunks=[[0, 10**9, "", ""]]),
    "negative": document(chunks=[[-5, 3, "", ""]]),
    "up": document(in_home=True, source="../../etc/x.md"),
    "away": document(in_home=True, source="/etc/x.md"),
    "kind": lambda members, manifest: manifest.update(kind="other"),
    "fingerprint": lambda members, manifest: manifest.update(fingerprint={}),
    "dimension": lambda members, manifest: manifest["fingerprint"].update(dimension=0),
    "missing": lambda members, manifest: members.pop("vectors.bin"),
}


@pytest.mark.parametrize("name", MANIPULATED)
def test_a_manipulated_archive_changes_nothing(
    archive: Path, here: tuple[Library, Path], tmp_path: Path, name: str
) -> None:
    """Digests that are right do not make it right: nothing outside is written, and the home is as before."""
    here[0].add_texts([("own", "自己的", "只有这里有。")])
    evil = rewritten(archive, MANIPULATED[name], tmp_path / "evil.zip")
    before, outside = state(here[1]), sorted(tmp_path.iterdir())
    with pytest.raises(InputError) as caught:
        import_home(*here, evil)
    assert caught.value.hint and str(here[1]) not in caught.value.message
    assert state(here[1]) == before and sorted(tmp_path.iterdir()) == outside
    assert [info.title for info in here[0].list()] == ["自己的"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("products/坏.yaml", b"- no mapping"),
        ("products/坏.yaml", b"!!python/object/apply:os.system [true]"),
        ("products/%41.yaml", b"product: x"),
        ("platforms.yaml", b"sms: 7"),
        ("prices.yaml", b"m: {input: no}"),
        ("voices/.default", b"nobody"),
    ],
)
def test_a_bad_settings_file_stops_nothing(
    archive: Path, here: tuple[Library, Path], tmp_path: Path, name: str, content: bytes
) -> None:
    """It is told with what its reader says, and left out."""
    bad = rewritten(archive, member(f"home/{name}", content), tmp_path / "bad.zip")
    report = import_home(*here, bad)
    (failed,) = [file for file in report.files if file.status == "failed"]
    assert (failed.path, report.totals["failed"]) == (name, 1) and failed.reason and str(here[1]) not in failed.reason
    assert not (here[1] / name).exists() and len(here[0].list()) == 21
    assert run("library", "import", bad, "--no-handbook", "--home", tmp_path / "cli").code == 3


def test_a_newer_archive_says_what_to_do(archive: Path, here: tuple[Library, Path], tmp_path: Path) -> None:
    """Update."""
    newer = rewritten(archive, lambda members, manifest: manifest.update(format=2), tmp_path / "n.zip")
    with pytest.raises(InputError, match="更新的版本") as caught:
        import_home(*here, newer)
    assert "升级" in caught.value.hint


@pytest.mark.parametrize("left", [0.0, 0.3, 0.9, 0.9999])
def test_a_truncated_archive_is_refused(archive: Path, here: tuple[Library, Path], left: float) -> None:
    """Wherever the download broke off."""
    os.truncate(archive, int(archive.stat().st_size * left))
    with pytest.raises(InputError, match="不能用"):
        import_home(*here, archive)
    assert not here[1].exists()


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_damaged_archive_is_refused_or_the_same(
    archive: Path, here: tuple[Library, Path], there: tuple[Library, Path], at: int
) -> None:
    """A byte that is wrong anywhere."""
    data = bytearray(archive.read_bytes())
    data[len(data) * at // 100 + 3] ^= 0xFF
    archive.write_bytes(data)
    try:
        import_home(*here, archive)
    except InputError:
        assert not here[1].exists()
    else:
        assert found(here[0]) == found(there[0])


def test_a_foreign_file_is_refused(here: tuple[Library, Path], tmp_path: Path) -> None:
    """Another zip, no zip, nothing at all."""
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("a.txt", "a")
    (tmp_path / "no.zip").write_bytes(b"PK no zip")
    for name in ("other.zip", "no.zip", "gone.zip"):
        with pytest.raises(InputError) as caught:
            import_home(*here, tmp_path / name)
        assert "library export" in caught.value.hint


def test_a_bomb_is_refused_before_it_is_unpacked(archive: Path, here: tuple[Library, Path], tmp_path: Path) -> None:
    """By what it says it holds."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(archive) as file, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as out:
        for name in file.namelist():
            out.writestr(name, file.read(name))
        with out.open("home/uploads/a.md", "w") as big:
            for _ in range(150):
                big.write(bytes(1_000_000))
    (tmp_path / "bomb.zip").write_bytes(bomb.getvalue())
    with pytest.raises(InputError, match="压缩炸弹"):
        import_home(*here, tmp_path / "bomb.zip")


def test_what_cannot_fit_is_refused_before_it_is_begun(
    archive: Path, here: tuple[Library, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Documents are wanted twice: in the catalogue and in the indexes."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 10_000))
    with pytest.raises(InputError, match="磁盘放不下"):
        import_home(*here, archive)


def test_an_import_waits_for_the_writer(
    archive: Path, here: tuple[Library, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so when it waits for too long; then nothing has come."""
    here[0].list()
    monkeypatch.setattr(layout, "LOCK_SECONDS", 0.1)
    with layout.writer_lock(here[0].root), pytest.raises(LibraryBusy):
        import_home(*here, archive)
    assert here[0].list() == [] and list_profiles(here[1]) == []


def test_an_import_that_fails_on_the_way_leaves_nothing(archive: Path, here: tuple[Library, Path]) -> None:
    """The index cannot be written: neither documents nor settings arrive, and the next one brings all."""
    here[0].list()
    (here[0].root / "index").write_text("in the way", encoding="utf-8")
    with pytest.raises(LibraryError):
        import_home(*here, archive)
    with catalogue.connect(layout.catalogue_path(here[0].root)) as db:
        assert catalogue.counts(db) == (0, 0)
    assert list_profiles(here[1]) == [] and [path.name for path in (here[1] / "uploads").iterdir()] == ["writer.lock"]
    (here[0].root / "index").unlink()
    assert import_home(*here, archive).totals["added"] == 25


def test_only_files_of_ours_travel() -> None:
    """By name; see also the manipulated archives."""
    good = (
        "platforms.yaml",
        "prices.yaml",
        "products/书桌.yaml",
        "products/%2E.yaml",
        "voices/.default",
        "uploads/a.md",
    )
    bad = (
        ".env", "ratings.jsonl", "results.sqlite", "jobs/x", "products/a/b.yaml", "products/.a.yaml", "uploads/",
        "uploads/../a", "uploads/a\\b.md", "voices/x.txt", "x/platforms.yaml", "uploads/.x", "",
    )  # fmt: skip
    assert [path for path in good if not is_home_file(path)] == [path for path in bad if is_home_file(path)] == []


# The commands


def test_export_and_import_on_the_command_line(home: Path, tmp_path: Path) -> None:
    """As text and as JSON; a home begun without the handbook stays so on the new machine."""
    (tmp_path / "甲.md").write_text("# 甲\n\n第一篇。\n", encoding="utf-8")
    assert run("library", "add", tmp_path / "甲.md", "--no-handbook").code == 0
    done = run("library", "export", "a.zip", "--json")
    assert (done.code, done.err) == (0, "") and done.json.keys() == {
        "path", "bytes", "documents", "chunks", "files", "left_out",
    }  # fmt: skip
    assert (done.json["documents"], done.json["bytes"]) == (1, Path("a.zip").stat().st_size)
    again = run("library", "export", "a.zip")
    assert (again.code, again.err.count("已经存在")) == (2, 1)
    text = run("library", "export", "a.zip", "--force")
    assert text.code == 0 and "1 篇" in text.out and "没有带：ratings.jsonl" in text.err
    other = tmp_path / "other"
    back = run("library", "import", "a.zip", "--json", "--home", other)
    assert back.code == 0 and back.json.keys() == {"files", "totals", "notes"}
    assert run("library", "list", "--json", "--home", other).json["documents"][0]["title"] == "甲"
    assert len(run("library", "list", "--json", "--home", other).json["documents"]) == 1
    text = run("library", "import", "a.zip", "--home", other)
    assert text.code == 0 and text.out.startswith("未变")
    wrong = run("library", "import", "a.zip", "--moved", "x", "--home", other)
    assert wrong.code == 2 and "旧目录=新目录" in wrong.err


def test_five_hundred_documents_go_there_and_back(tmp_path: Path) -> None:
    """With the built-in embedding, each search finding the same; speed: docs/decisions/0028."""
    from copilot.embedding import load_embedding

    texts = [(f"/资料/{n}.md", f"第{n}篇", f"第{n}篇讲第{n % 7}种活动，{n * 13 % 97} 元起。" * 8) for n in range(520)]
    with (
        closing(Library(tmp_path / "a" / "library", load_embedding())) as one,
        closing(Library(tmp_path / "b" / "library", load_embedding())) as other,
    ):
        one.add_texts(texts)
        assert export_home(one, tmp_path / "a", tmp_path / "x.zip").documents == 520
        assert import_home(other, tmp_path / "b", tmp_path / "x.zip").totals["embedded"] == 0
        assert found(other) == found(one)
        assert other.content_digest() == one.content_digest()


def test_errors_are_expected_ones(here: tuple[Library, Path], tmp_path: Path) -> None:
    """A folder in place of the file."""
    (tmp_path / "folder.zip").mkdir()
    with pytest.raises(CopilotError):
        import_home(*here, tmp_path / "folder.zip")
    with pytest.raises(CopilotError):
        export_home(*here, tmp_path / "folder.zip", overwrite=True)
