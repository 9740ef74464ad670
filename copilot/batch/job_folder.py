"""The folder of one batch that a page began: what was sent, what was asked, what became of it.

    home/jobs/<key>/<number>/table.csv      the table, under a name of ours
                             job.json       its own name (only ever a label), when it came, what was asked
                             results.jsonl  the batch's output, results.journal beside it
                             report.json    how the last run ended; not there while it has not ended

`key` is a secret that one browser keeps: who has it sees all that lies below it, and nobody lists `jobs`.
"""

import json
import re
import secrets
import shutil
from dataclasses import asdict, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from copilot.batch.job import Job
from copilot.errors import DataError, InputError
from copilot.export.files import write_whole

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson")

_KEY = re.compile(r"[A-Za-z0-9_-]{22}")  # 128 bits in base64
_NUMBER = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
_LABEL = 80  # characters kept of the name of a file
_ASKED = ("task", "n", "columns", "platform", "profile", "voice", "long", "workers", "limit", "sample")
_GONE = ("这个任务找不到了", "它已经删除，或在别的浏览器里；刷新页面再看。")


class Asked(NamedTuple):
    """What job.json holds: the name of the user's file, when the job was begun (local time), and the job itself."""

    label: str
    created: str
    job: Job


def is_key(key: object) -> bool:
    """Return whether `key`, which a browser sent, can be one of ours and thus be part of a path."""
    return isinstance(key, str) and _KEY.fullmatch(key) is not None


def folder_of(home: Path, key: object, number: object) -> Path:
    """Return the folder of a job that is there.

    :raises InputError: there is none
    """
    if is_key(key) and isinstance(number, str) and _NUMBER.fullmatch(number):
        folder = home / "jobs" / str(key) / number
        if (folder / "job.json").is_file():
            return folder
    raise InputError(*_GONE)


def numbers(home: Path, key: object) -> list[str]:
    """Return the jobs of a browser, newest first."""
    mine = home / "jobs" / str(key)
    if not is_key(key) or not mine.is_dir():
        return []
    return sorted((path.name for path in mine.iterdir() if _NUMBER.fullmatch(path.name)), reverse=True)


def keep(home: Path, key: str, job: Job, label: str) -> str:
    """Copy the table of a job into a folder of its own and write down what was asked; return the job's number.

    :raises InputError: the key is none, the table is no file of a kind that is read, or it cannot be copied
    """
    if not is_key(key):
        raise InputError(
            "浏览器没有存下任务的钥匙，任务会找不回来", "允许这个网站存数据（不用无痕窗口），刷新页面再试。"
        )
    source = job.source
    if not isinstance(source, Path) or not source.is_file():
        raise InputError("表格不见了", "再上传一次。")
    if source.suffix.lower() not in SUFFIXES:
        raise InputError("不支持这种表格", "另存为 csv、xlsx 或 jsonl 再上传。")
    now = datetime.now()
    number = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
    folder = home / "jobs" / key / number
    asked = {name: value for name, value in asdict(job).items() if name in _ASKED}
    asked |= {"budget": None if job.budget is None else str(job.budget)}
    told = {"label": label[:_LABEL], "created": now.isoformat(timespec="seconds"), "job": asked}
    try:
        (home / "jobs").mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, parents=True)
        shutil.copyfile(source, folder / f"table{source.suffix.lower()}")
        write_whole(folder / "job.json", json.dumps(told, ensure_ascii=False).encode())
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise InputError(f"表格存不下来：{error.strerror or error}", "检查磁盘空间和权限，再开始一次。") from error
    except InputError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return number


def allow(folder: Path, budget: Decimal) -> None:
    """Change what a job may spend in all, in yuan.

    :raises InputError: it cannot be written down
    """
    told = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    told["job"]["budget"] = str(budget)
    write_whole(folder / "job.json", json.dumps(told, ensure_ascii=False).encode())


def asked_of(folder: Path) -> Asked:
    """Return what was asked of a job.

    :raises DataError: its folder is damaged
    """
    try:
        told = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        source = next(path for path in sorted(folder.glob("table.*")) if path.suffix in SUFFIXES)
        asked = told["job"] | {"platform": tuple(told["job"]["platform"])}
        budget = asked.pop("budget")
        job = Job(source, folder / "results.jsonl", overwrite=True, **asked)
        return Asked(told["label"], told["created"], replace(job, budget=Decimal(budget) if budget else None))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, ArithmeticError) as error:
        raise DataError("这个任务的文件夹坏了", "删除它，重新上传表格做一次。") from error


def report_of(folder: Path) -> dict[str, Any] | None:
    """Return how the last run ended: a report's JSON, or `{error, hint}`; None while it has not."""
    try:
        told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def write_report(folder: Path, told: dict[str, Any]) -> None:
    """Write down how a run ended.

    :raises InputError: it cannot be written
    """
    write_whole(folder / "report.json", json.dumps(told, ensure_ascii=False).encode())


def forget_report(folder: Path) -> None:
    """A run begins: it has not ended."""
    (folder / "report.json").unlink(missing_ok=True)


def first_results(folder: Path, most: int) -> list[dict[str, Any]]:
    """Return the first lines of the output, as the contract's JSON; none before a run has ended."""
    path = folder / "results.jsonl"
    if not path.is_file():
        return []
    found: list[dict[str, Any]] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            found.append(json.loads(line))
            if len(found) == most:
                break
    return found
