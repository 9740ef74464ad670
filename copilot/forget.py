"""Forgetting: what the program wrote down about people and their work is found, told, and deleted for good.

Documents, products, voices, channels and prices stay: somebody put them there. What lies elsewhere (journals beside an
output, conversations in a browser) is beyond reach and is said.
"""

import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path, PurePath

from filelock import FileLock, Timeout

from copilot.errors import DataError, InputError
from copilot.library import catalogue, layout, open_library
from copilot.settings import Settings
from copilot.tasks.result_text import DOCUMENT
from copilot.types import Record

PAGE_LOCK = "page.lock"  # in the temporary folder of a page, held as long as it is served
_TEMPORARY = "ops-copilot-"  # how our folders for temporary files begin
_STALE = 86400.0  # seconds after which nobody uses a temporary folder any more: a batch reads its input in minutes

KEPT = (
    ("资料库里的文档", "看：ops-copilot library list；删：ops-copilot library remove 编号"),
    ("产品资料、品牌声音", "删：ops-copilot products remove 名字，ops-copilot voices remove 名字"),
    ("platforms.yaml、prices.yaml", "自己写的渠道和价格；不要了就删掉文件"),
)
ELSEWHERE = (
    ("命令行 batch 的日志", "在输出文件旁边，例如 文案.xlsx 的日志是 文案.journal；连同输出一起自己删"),
    ("网页上的对话", "只存在浏览器里：在“问答”页点对话旁的“删除”，或清除浏览器里这个网站的数据"),
    ("导出的存档、方案、报告", "在你存的地方；自己删"),
    ("密钥", "在环境变量或 .env 文件里，没有动"),
)


@dataclass(frozen=True, slots=True)
class Personal(Record):
    """Something personal on the disk: `path` where it lies, how many files and bytes it takes."""

    what: str
    path: str
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ForgetReport(Record):
    """What was deleted, what stays and how it is removed, what lies elsewhere: dicts of `what` and `how` or `where`."""

    home: str
    deleted: tuple[Personal, ...]
    files: int
    bytes: int
    kept: tuple[dict[str, str], ...]
    elsewhere: tuple[dict[str, str], ...]


def personal_data(home: Path) -> tuple[Personal, ...]:
    """Return all that `forget` would delete."""
    found = [_described(what, paths) for what, paths in _places(home)]
    return (*found, *(Personal("资料库里的投放结果汇总", source, 1, size) for _, source, size in _summaries(home)))


def forget(settings: Settings) -> ForgetReport:
    """Delete what `personal_data` names, and say so.

    :raises InputError: a batch is at work, nothing was deleted
    :raises LibraryError: the summary of results cannot be taken out of the library; nothing else was deleted
    :raises DataError: something could not be deleted; the rest was
    """
    home = settings.home
    _check_at_rest(home)
    found = personal_data(home)
    summaries = _summaries(home)
    if summaries or ((home / "results").is_dir() and layout.catalogue_path(home / "library").is_file()):
        with closing(open_library(settings)) as library:  # also where only an earlier one has left its traces
            library.erase([doc_id for doc_id, _, _ in summaries])
    left = [problem for _, paths in _places(home) for path in paths for problem in _delete(path)]
    if left:
        hint = "关掉网页和正在用它的程序，检查权限，再运行一次。"
        raise DataError(f"没有删干净，还剩 {len(left)} 处：{'；'.join(left[:3])}", hint)
    kept = tuple({"what": what, "how": how} for what, how in KEPT)
    elsewhere = tuple({"what": what, "where": where} for what, where in (*ELSEWHERE, *_in_use()))
    return ForgetReport(str(home), found, sum(p.files for p in found), sum(p.bytes for p in found), kept, elsewhere)


def _places(home: Path) -> list[tuple[str, list[Path]]]:
    """Return what there is of each kind, those that are there."""
    kinds = [
        ("网页上的批量任务：表格、日志、结果", [home / "jobs"]),
        ("写过的文案和投放数据", [*home.glob("results.sqlite*"), home / "results"]),
        ("对答案的评价", [home / "ratings.jsonl", home / "ratings.lock"]),
        ("网页上传的文件的副本", [home / "uploads"]),
        ("没写完的临时文件", [*_unfinished(home), *_abandoned()]),
    ]
    there = [(what, [path for path in paths if path.exists() or path.is_symlink()]) for what, paths in kinds]
    return [(what, paths) for what, paths in there if paths]


def _unfinished(home: Path) -> Iterator[Path]:
    """Yield files that a killed run was about to put in place."""
    for folder in (home, home / "products", home / "voices"):
        yield from (path for pattern in (".*.tmp", ".*.part") for path in folder.glob(pattern))


def _abandoned() -> Iterator[Path]:
    """Yield our temporary folders that nobody uses any more."""
    yield from (path for path in _temporary_folders() if not _is_used(path))


def _in_use() -> list[tuple[str, str]]:
    used = [path for path in _temporary_folders() if _is_used(path)]
    told = f"{len(used)} 个文件夹（例如 {used[0]}）可能还在用；关掉网页，或过一天再运行一次" if used else ""
    return [("临时文件", told)] if used else []


def _temporary_folders() -> Iterator[Path]:
    for path in sorted(Path(tempfile.gettempdir()).glob(f"{_TEMPORARY}*")):
        mine = not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid()
        if mine and path.is_dir() and not path.is_symlink():
            yield path


def _is_used(folder: Path) -> bool:
    if not folder.name.startswith(f"{_TEMPORARY}page-"):
        return time.time() - folder.stat().st_mtime < _STALE
    if not (folder / PAGE_LOCK).is_file():
        return True  # a page that is coming up, or of a version without lock
    try:
        with FileLock(folder / PAGE_LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _summaries(home: Path) -> list[tuple[str, str, int]]:
    """Return doc_id, source and bytes of the documents that the results were written into, for the library to cite."""
    path = layout.catalogue_path(home / "library")
    if not path.is_file():
        return []
    with catalogue.connect(path) as db:
        if not catalogue.exists(db):
            return []
        sql = "SELECT doc_id, source, length(CAST(text AS BLOB)) FROM documents WHERE title = ?"
        rows = db.execute(sql, (DOCUMENT,)).fetchall()
    return [row for row in rows if PurePath(row[1].replace("\\", "/")).parts[-2:] == ("results", f"{DOCUMENT}.md")]


def _check_at_rest(home: Path) -> None:
    """Look whether somebody is at work: on a batch he holds its journal, on uploads the lock beside them.

    :raises InputError: somebody is
    """
    lock = home / "uploads" / "writer.lock"
    try:
        with FileLock(lock, timeout=0) if lock.is_file() else nullcontext():
            pass
    except Timeout as error:
        raise InputError("正在装入上传的文件，什么也没有删", "等它装完，再运行一次。") from error
    for path in (home / "jobs").glob("*/*/*.journal"):
        try:
            with closing(sqlite3.connect(path, timeout=0.1, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                message = f"批量任务 {path.parent.name} 正在做，什么也没有删"
                raise InputError(message, "在网页的“批量”页暂停它，或等它做完，再运行一次。") from error
        except sqlite3.DatabaseError:
            continue  # damaged: nobody works with it


def _described(what: str, paths: Iterable[Path]) -> Personal:
    paths = list(paths)
    files = [file for path in paths for file in ([path] if _is_leaf(path) else path.rglob("*")) if _is_leaf(file)]
    return Personal(what, "、".join(map(str, paths)), len(files), sum(file.lstat().st_size for file in files))


def _is_leaf(path: Path) -> bool:
    return path.is_symlink() or not path.is_dir()


def _delete(path: Path) -> list[str]:
    """Delete a file or folder; a link goes, not what it leads to. Return what could not be deleted, and why."""
    left: list[str] = []

    def failed(function: object, name: str, why: tuple[type[BaseException], BaseException, object]) -> None:
        if not isinstance(why[1], FileNotFoundError):
            left.append(f"{name}（{getattr(why[1], 'strerror', None) or why[1]}）")

    if not _is_leaf(path):
        shutil.rmtree(path, onerror=failed)
        return left
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        left.append(f"{path}（{error.strerror or error}）")
    return left
