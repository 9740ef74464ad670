"""`doctor --forget`: what is personal is gone from the disk, what is not stays, and both are said."""

import json
import os
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cli_runner import run
from filelock import FileLock
from other_user import run_as_nobody

from copilot.assistant import Copilot
from copilot.batch import job_folder, jobs
from copilot.batch.job import Job
from copilot.batch.journal import opened
from copilot.errors import InputError
from copilot.forget import PAGE_LOCK, forget, personal_data
from copilot.profiles import list_profiles, save_profile
from copilot.ratings import save_rating
from copilot.settings import Settings
from copilot.tasks import result_store
from copilot.tasks.results import store_evidence
from copilot.uploads import add_uploads

CANARY = "Zanzibar7731"  # one token, so that an index would hold it as it is
KEY = "A" * 22


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of this test alone."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def lived_in(home: Path, tmp_path: Path) -> Iterator[Copilot]:
    """A home in which everything that is written was written, with a canary in all that is personal."""
    with_canary = tmp_path / f"{CANARY}.csv"
    with_canary.write_text(f"商品名,卖点\n{CANARY} 书桌,高度能调\n", encoding="utf-8")
    upload = tmp_path / "价目.md"
    upload.write_text("# 价目\n\n会员价 99 元。\n", encoding="utf-8")
    bot = Copilot.open(Settings(home=home, handbook=False))
    number = job_folder.keep(home, KEY, Job(with_canary, Path("results.jsonl"), n=1), with_canary.name)
    jobs.start(home, KEY, number, bot.batch)
    wait = threading.Event()
    for _ in range(3000):
        if jobs.view(home, KEY, number).state == "done":
            break
        wait.wait(0.02)
    with result_store.opened(home) as db:
        result_store.add_copies(db, [result_store.Copy("a1", CANARY, "sms", "price", "f", CANARY, "2026-11-01")])
        figure = result_store.Figure("a1", CANARY, "2026-11-01", "2026-11-02", 1000, 90, None, None)
        result_store.add_figures(db, [figure])
    evidence = store_evidence(home)
    assert evidence is not None
    bot.library.add([evidence])
    save_rating(home, "1", _reply(), "down", CANARY)
    add_uploads(bot.library, home, [upload])
    save_profile(home, "书桌", {"product": "木屿书桌"})
    (home / "products" / ".x.tmp").write_text(CANARY, encoding="utf-8")
    yield bot
    bot.library.close()


def _reply() -> dict[str, object]:
    told = {"question": CANARY, "query_used": CANARY, "answered": True, "answer": CANARY, "writer": "rules"}
    return {**told, "citations": []}


def holding(home: Path, word: str) -> list[str]:
    """The files of a home that hold a word, in their names or bytes, as UTF-8 or UTF-16, folded or not."""
    spellings = [form.encode(code) for form in (word, word.lower()) for code in ("utf-8", "utf-16-le")]
    files = [path for path in home.rglob("*") if path.is_file()]
    return [str(p) for p in files if word in p.name or any(form in p.read_bytes() for form in spellings)]


def test_nothing_personal_is_left_on_the_disk(lived_in: Copilot, home: Path) -> None:
    """Neither in files nor in free pages, logs or indexes of the library."""
    assert len(holding(home, CANARY)) > 8
    report = forget(lived_in.settings)
    assert holding(home, CANARY) == []
    assert {data.what for data in report.deleted} == {
        "网页上的批量任务：表格、日志、结果", "写过的文案和投放数据", "对答案的评价", "网页上传的文件的副本",
        "没写完的临时文件", "资料库里的投放结果汇总",
    }  # fmt: skip
    assert report.files == sum(data.files for data in report.deleted) and all(data.bytes for data in report.deleted)
    assert sorted(path.name for path in home.iterdir()) == ["library", "products"]


def test_what_somebody_put_there_stays(lived_in: Copilot, home: Path) -> None:
    """Documents, also those that were sent through the page, and products; it is said how to remove them."""
    report = forget(lived_in.settings)
    assert [document.title for document in lived_in.library.list()] == ["价目"]
    assert lived_in.search("会员价", 1).passages[0].title == "价目"
    assert list_profiles(home) == ["书桌"]
    assert "library remove" in str(report.kept) and "products remove" in str(report.kept)
    assert ".journal" in str(report.elsewhere) and "浏览器" in str(report.elsewhere)
    assert forget(lived_in.settings).deleted == ()


def test_the_program_goes_on_afterwards(lived_in: Copilot, home: Path, tmp_path: Path) -> None:
    """Votes, uploads, figures and batches begin anew."""
    forget(lived_in.settings)
    save_rating(home, "2", _reply(), "up", "")
    assert add_uploads(lived_in.library, home, [tmp_path / "价目.md"]).files[0].status == "unchanged"
    with result_store.opened(home) as db:
        assert result_store.sums(db) == []
    assert jobs.views(home, KEY) == []


def test_a_batch_at_work_is_not_pulled_away(lived_in: Copilot, home: Path) -> None:
    """Whoever works on one holds its journal; then nothing at all is deleted."""
    (journal,) = home.glob("jobs/*/*/*.journal")
    before = holding(home, CANARY)
    with opened(journal), pytest.raises(InputError, match="正在做，什么也没有删") as caught:
        forget(lived_in.settings)
    assert "暂停" in caught.value.hint and holding(home, CANARY) == before


def test_uploads_on_their_way_are_not_pulled_away(lived_in: Copilot, home: Path) -> None:
    """Nor is anything else then."""
    with FileLock(home / "uploads" / "writer.lock"), pytest.raises(InputError, match="正在装入"):
        forget(lived_in.settings)
    assert (home / "ratings.jsonl").is_file()


def test_a_damaged_journal_goes_too(lived_in: Copilot, home: Path) -> None:
    """Nobody can be at work on it."""
    (journal,) = home.glob("jobs/*/*/*.journal")
    journal.write_bytes(b"no database" * 100)
    forget(lived_in.settings)
    assert not (home / "jobs").exists()


def test_links_go_and_what_they_lead_to_stays(lived_in: Copilot, home: Path, tmp_path: Path) -> None:
    """A folder that somebody put elsewhere is not emptied."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "a.txt").write_text("theirs", encoding="utf-8")
    (home / "ratings.jsonl").unlink()
    (home / "ratings.jsonl").symlink_to(tmp_path / "theirs" / "a.txt")
    (home / "jobs" / "link").symlink_to(tmp_path / "theirs")
    forget(lived_in.settings)
    assert (tmp_path / "theirs" / "a.txt").is_file() and not (home / "ratings.jsonl").is_symlink()


def test_temporary_folders_that_nobody_uses_go(home: Path, temporary: Path) -> None:
    """A page that is open holds the lock of its own; one that was killed does not; a batch just begun is left alone."""
    for name in ("ops-copilot-page-open", "ops-copilot-page-dead", "ops-copilot-new", "ops-copilot-old", "other-x"):
        (temporary / name).mkdir()
        (temporary / name / "a.txt").write_text(CANARY, encoding="utf-8")
    (temporary / "ops-copilot-page-dead" / PAGE_LOCK).touch()
    os.utime(temporary / "ops-copilot-old", (0, 0))
    with FileLock(temporary / "ops-copilot-page-open" / PAGE_LOCK):
        report = forget(Settings(home=home))
    assert sorted(path.name for path in temporary.iterdir()) == ["ops-copilot-new", "ops-copilot-page-open", "other-x"]
    assert "2 个文件夹" in str(report.elsewhere) and report.files == 3


def test_a_library_of_another_embedding_is_refused_first(lived_in: Copilot, home: Path) -> None:
    """The summary in it could not be taken out: nothing is deleted, and the way is named."""
    fingerprint = lived_in.library.meta("fingerprint").replace('"chunker": 2', '"chunker": 1')
    lived_in.library.set_meta(fingerprint=fingerprint)
    result = run("doctor", "--forget", "--yes", "--no-handbook")
    assert result.code == 1 and "library rebuild" in result.err and (home / "jobs").is_dir()


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_what_cannot_be_deleted_is_named(tmp_path: Path) -> None:
    """As one error."""
    import multiprocessing

    fork = multiprocessing.get_context("fork")
    tempfile.tempdir = None
    with tempfile.TemporaryDirectory() as folder:
        run("doctor", "--forget", "--yes", "--home", folder)  # all modules are there now
        (Path(folder) / "ratings.jsonl").write_text("{}", encoding="utf-8")
        Path(folder).chmod(0o555)
        ours, theirs = fork.Pipe()
        process = fork.Process(target=run_as_nobody, args=(theirs, "doctor", "--forget", "--yes", "--home", folder))
        process.start()
        assert ours.poll(60)
        done = ours.recv()
        process.join()
        Path(folder).chmod(0o755)
    assert (done.code, done.out) == (1, "") and "没有删干净" in done.err and "ratings.jsonl" in done.err


# The command


def test_without_a_terminal_it_wants_yes(lived_in: Copilot, home: Path) -> None:
    """It lists what would go, deletes nothing and ends with 2; with `--yes` it says what went."""
    refused = run("doctor", "--forget")
    assert refused.code == 2 and refused.out == "" and "--yes" in refused.err and "对答案的评价" in refused.err
    assert (home / "ratings.jsonl").is_file()
    done = run("doctor", "--forget", "--yes")
    assert done.code == 0 and "已删除  对答案的评价：" in done.out and "留着  资料库里的文档" in done.out
    assert CANARY not in done.out and personal_data(home) == ()
    assert "没有个人数据可删" in run("doctor", "--forget").out


def test_as_json(lived_in: Copilot) -> None:
    """One object, with counts and bytes."""
    assert run("doctor", "--forget", "--json").code == 2
    told = run("doctor", "--forget", "--yes", "--json")
    assert told.code == 0 and told.err == ""
    assert told.json.keys() == {"home", "deleted", "files", "bytes", "kept", "elsewhere"}
    assert all(data.keys() == {"what", "path", "files", "bytes"} for data in told.json["deleted"])
    assert told.json["bytes"] == sum(data["bytes"] for data in told.json["deleted"]) > 0


@pytest.mark.parametrize(("answer", "left"), [(b"n\n", True), (b"y\n", False)])
def test_on_a_terminal_it_asks(
    lived_in: Copilot, home: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, left: bool
) -> None:
    """After it has listed what will go."""
    monkeypatch.setattr("copilot.cli.health.on_terminal", lambda: True)
    result = run("doctor", "--forget", stdin=answer)
    assert result.code == 0 and "要删掉的：" in result.err and (home / "jobs").exists() == left
    assert ("什么也没有删" in result.err) == left


def test_yes_alone_is_a_usage_error() -> None:
    """Somebody forgot what it is for."""
    assert run("doctor", "--yes").code == 2


def test_an_empty_home_is_left_alone(home: Path) -> None:
    """Nothing is made by forgetting."""
    assert run("doctor", "--forget", "--yes").code == 0 and not home.exists()


def test_the_summary_is_gone_from_the_catalogue(lived_in: Copilot, home: Path) -> None:
    """Also when somebody has searched, and where the summary was removed by hand before: no page, no index keeps it."""
    lived_in.search("会员价", 1)
    assert holding(home / "library", CANARY)
    lived_in.library.remove([str(home / "results")])
    forget(lived_in.settings)
    with closing(sqlite3.connect(home / "library" / "catalogue.sqlite")) as db:
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
    generation = lived_in.library.stats().generation
    assert [path.name for path in (home / "library" / "index").iterdir()] == [f"{generation:06d}"]
    assert holding(home, CANARY) == [] and json.loads(lived_in.library.meta("fingerprint"))
