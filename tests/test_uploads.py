"""Files sent to the library: names that cannot lead anywhere, copies only of what the library holds."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_world import opened

from copilot.errors import LibraryBusy, UnknownDocument
from copilot.library import Library, layout
from copilot.uploads import add_uploads, folder_of, is_upload, remove_document, safe_name, safe_names, shown_source

NASTY = st.sampled_from(
    ["..", ".", "/", "\\", "\0", "\u202e", "\u200f", " ", "\n", ":", "~$", "con", "名", "é", "%", "<"]
)
NAMES = st.one_of(st.text(max_size=400), st.lists(NASTY | st.text(max_size=5), max_size=60).map("".join))


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    """An empty library in the home of this test, without the handbook."""
    with opened(home / "library") as library:
        yield library


def sent(folder: Path, **texts: str) -> list[Path]:
    """Files as Gradio hands them over."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        paths.append(folder / f"{name}.md")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def copies(home: Path) -> set[str]:
    """The names of the copies that are kept."""
    return {path.name for path in folder_of(home).iterdir() if path.name != "writer.lock"}


@given(NAMES)
def test_a_name_is_safe(name: str) -> None:
    """One part of a path, visible, short, neither hidden nor a device, and as it is when asked again."""
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert len(safe.encode()) <= 255
    assert not safe.startswith((".", "~", " "))
    assert not safe.endswith((".", " "))
    assert ".." not in safe
    assert all(c.isalnum() or c in "-_. " for c in safe)
    assert safe.partition(".")[0].lower() not in ("", "con", "prn", "aux", "nul", "com1", "lpt9")


@given(st.lists(st.sampled_from(["a.md", "A.md", "a-2.md", "b/a.md", "c.md", "a?.md"]), max_size=8))
def test_files_that_come_together_never_share_a_name(names: list[str]) -> None:
    """Not by case either: Windows and macOS know no difference."""
    safe = safe_names(names)
    assert len({name.casefold() for name in safe}) == len(names)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("周报（终稿）.docx", "周报 终稿.docx", id="brackets"),
        pytest.param("../../etc/passwd", "passwd", id="up"),
        pytest.param("C:\\Windows\\a.TXT", "a.txt", id="windows"),
        pytest.param(".md", "未命名.md", id="no stem"),
        pytest.param("nul.md", "未命名-nul.md", id="device"),
        pytest.param("v1.2.pdf", "v1.2.pdf", id="dots"),
    ],
)
def test_names_stay_readable(name: str, expected: str) -> None:
    """What is harmless stays."""
    assert safe_name(name) == expected


def test_the_same_name_replaces(library: Library, home: Path, tmp_path: Path) -> None:
    """Sent again with other words it is one document, told as updated."""
    add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。"))
    [file] = add_uploads(library, home, sent(tmp_path / "b", 周报="# 周报\n\n拉新五百人。")).files
    assert (file.path, file.status, file.reason) == ("周报.md", "updated", "替换了同名的旧文件")
    assert "五百" in library.show(file.doc_id).text
    assert len(library.list()) == 1


def test_a_bad_file_leaves_the_good_one_of_its_name(library: Library, home: Path, tmp_path: Path) -> None:
    """What cannot be read stops nothing, leaves no copy, and puts back the copy it came to replace."""
    add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。"))
    files = add_uploads(library, home, sent(tmp_path / "b", 周报=" ", 空="", 好="# 好\n\n可以读的。")).files
    assert [file.status for file in files] == ["failed", "failed", "added"]
    assert copies(home) == {"周报.md", "好.md"}
    assert "三百" in (folder_of(home) / "周报.md").read_text(encoding="utf-8")


def test_the_same_content_is_kept_once(library: Library, home: Path, tmp_path: Path) -> None:
    """Under another name it leaves no copy; the reason tells the name and no folder of this machine."""
    add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。"))
    [file] = add_uploads(library, home, sent(tmp_path / "b", 另存="# 周报\n\n拉新三百人。")).files
    assert file.status == "unchanged"
    assert file.reason == "与 周报.md 内容相同，不重复收录"
    assert copies(home) == {"周报.md"}


def test_broken_off_leaves_all_as_before(library: Library, home: Path, tmp_path: Path) -> None:
    """A stop in the middle: no document, no copy, and the old copy of a name back in its place."""
    add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。"))

    def stop(done: int, total: int, what: str) -> None:
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_uploads(library, home, sent(tmp_path / "b", 周报="# 周报\n\n五百。", 新="# 新\n\n一句。"), stop)
    assert copies(home) == {"周报.md"}
    assert "三百" in (folder_of(home) / "周报.md").read_text(encoding="utf-8")
    assert len(library.list()) == 1


def test_removing_takes_the_copy_along(library: Library, home: Path, tmp_path: Path) -> None:
    """By number only: the name of a folder is no document."""
    [file] = add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。")).files
    source = library.list()[0].source
    assert is_upload(home, source)
    assert shown_source(home, source) == "周报.md"
    with pytest.raises(UnknownDocument):
        remove_document(library, home, str(folder_of(home)))
    assert remove_document(library, home, file.doc_id).status == "removed"
    assert copies(home) == set()


def test_one_writer_at_a_time(library: Library, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes while another writes is told so, and leaves no copy."""
    library.list()
    monkeypatch.setattr(layout, "LOCK_SECONDS", 0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with layout.writer_lock(home / "library"):
            held.set()
            done.wait(10)

    with closing(library):
        other = threading.Thread(target=hold)
        other.start()
        held.wait(10)
        with pytest.raises(LibraryBusy):
            add_uploads(library, home, sent(tmp_path / "a", 周报="# 周报\n\n拉新三百人。"))
        done.set()
        other.join()
    assert copies(home) == set()
