"""Finding files and reading their bytes."""

import os
from pathlib import Path

import pytest

from copilot.errors import LoadError
from copilot.loading import SUFFIXES, find_files, load, supported


def write(folder: Path, *names: str) -> None:
    """Make small text files below a folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("正文", encoding="utf-8")


def test_folders_are_walked_in_order(tmp_path: Path) -> None:
    """Below a folder: sorted, supported, neither hidden nor Office's lock files."""
    write(tmp_path, "b.md", "a/2.txt", "a/1.txt", ".git/x.md", ".hidden.md", "~$b.docx", "c.exe", "无.md")
    found = [path.relative_to(tmp_path).as_posix() for path in find_files([tmp_path])]
    assert found == ["a/1.txt", "a/2.txt", "b.md", "无.md"]


def test_a_file_named_directly_is_kept(tmp_path: Path) -> None:
    """Unsupported, hidden and missing files come back when asked for by name, each once."""
    write(tmp_path, "c.exe", ".hidden.md", "a.md")
    named = [tmp_path / "c.exe", tmp_path / ".hidden.md", tmp_path / "missing.md"]
    assert find_files([*named, tmp_path, tmp_path / "a.md"]) == [*named, tmp_path / "a.md"]


def test_link_loops_end(tmp_path: Path) -> None:
    """A link to a folder above is not followed again."""
    write(tmp_path, "a/1.md")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert find_files([tmp_path]) == [tmp_path / "a" / "1.md"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_locked_folder_is_reported(tmp_path: Path) -> None:
    """A folder that cannot be listed comes back itself, and loading says why."""
    (tmp_path / "locked").mkdir(mode=0o000)
    assert find_files([tmp_path]) == [tmp_path / "locked"]


def test_supported_is_by_suffix() -> None:
    """Case does not matter."""
    assert supported(Path("A.DOCX")) and not supported(Path("a.doc")) and ".jsonl" in SUFFIXES


def test_missing(tmp_path: Path) -> None:
    """A file that vanished is named."""
    with pytest.raises(LoadError, match="不存在：没有.md"):
        load(tmp_path / "没有.md")
    with pytest.raises(LoadError, match="不存在"):
        load(tmp_path / "没有.exe")


def test_folder(tmp_path: Path) -> None:
    """A folder is no file, whatever its name."""
    (tmp_path / "x.md").mkdir()
    for path in (tmp_path, tmp_path / "x.md"):
        with pytest.raises(LoadError, match="目录"):
            load(path)


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that may not be read says so."""
    write(tmp_path, "a.md")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, whom no mode stops
    with pytest.raises(LoadError, match="没有权限"):
        load(tmp_path / "a.md")


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    """A named pipe is refused at once."""
    os.mkfifo(tmp_path / "p.txt")
    with pytest.raises(LoadError, match="不是普通文件"):
        load(tmp_path / "p.txt")


def test_name_with_nul() -> None:
    """A path that no system takes is an error like others."""
    with pytest.raises(LoadError):
        load(Path("a\0b.txt"))


def test_empty(tmp_path: Path) -> None:
    """Nothing, a lone mark, and blanks are empty."""
    for content in (b"", b"\xef\xbb\xbf", b" \r\n\t "):
        (tmp_path / "a.txt").write_bytes(content)
        with pytest.raises(LoadError, match="空的|没有文字"):
            load(tmp_path / "a.txt")


def test_too_large(tmp_path: Path) -> None:
    """Size is looked at before reading."""
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(52428801)
    with pytest.raises(LoadError, match="太大"):
        load(tmp_path / "a.txt")


@pytest.mark.parametrize("suffix", [".md", ".txt", ".csv", ".json", ".html"])
def test_binary_under_a_text_suffix(tmp_path: Path, suffix: str) -> None:
    """A renamed picture is no text."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\6\0\0\0" + bytes(range(256)) * 3)
    with pytest.raises(LoadError, match="二进制"):
        load(path)


@pytest.mark.parametrize(("name", "words"), [("a.doc", ".docx"), ("a.xls", ".xlsx"), ("a.exe", "md"), ("a", "md")])
def test_unsupported(tmp_path: Path, name: str, words: str) -> None:
    """Old formats name the one to save as, others list what is supported."""
    write(tmp_path, name)
    with pytest.raises(LoadError, match="不支持") as error:
        load(tmp_path / name)
    assert words in error.value.hint


def test_undecodable_names(tmp_path: Path) -> None:
    """A file name that is no valid text still gives a title that can be printed."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.md"))
    path.write_text("正文", encoding="utf-8")
    load(path).title.encode("utf-8")
