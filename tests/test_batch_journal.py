"""The journal: rows and keys, what is pending, what survives, money, two at once, damage."""

import hashlib
import itertools
import sqlite3
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.batch.journal import Journal, Kept, Read, Text, journal_path, opened
from copilot.errors import DataError, InputError


def key_of(digest: bytes, occurrence: int) -> bytes:
    """A key as a batch makes it."""
    return hashlib.sha256(digest + bytes([occurrence])).digest()[:16]


def reads(*texts: str) -> list[Read]:
    """Rows that say these texts; one that begins with ! has a problem."""
    return [
        Read(number, text.encode(), f'["{text}"]', text[1:] if text.startswith("!") else "")
        for number, text in enumerate(texts, 1)
    ]


def kept(journal: Journal, statuses: Iterable[str], tokens: int = 0) -> list[bytes]:
    """Let the pending rows end so, in their order; return their keys."""
    found = []
    for (row, key, _), status in zip(journal.pending(), statuses, strict=False):
        journal.add([Kept(row, key, status, f'{{"result": {row}}}', ("v1.title",), tokens=tokens)])
        found.append(key)
    return found


def test_equal_rows_are_two_rows(tmp_path: Path) -> None:
    """Each gets a key of its own, by its occurrence."""
    with opened(tmp_path / "j") as journal:
        assert journal.read_in(reads("甲", "乙", "甲"), key_of) == 3
        assert len({key for _, key, _ in journal.pending()}) == 3


def test_finished_rows_are_found_after_a_change_of_order(tmp_path: Path) -> None:
    """What was done stands under what a row says, not where it stood."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲", "乙", "丙"), key_of)
        kept(journal, ["ok", "ok", "ok"])
        journal.read_in(reads("新的", "丙", "甲"), key_of)
        assert [row for row, _, _ in journal.pending()] == [1]
        assert [(one.row, one.status) for one in journal.ended()] == [(1, ""), (2, "ok"), (3, "ok")]


def test_failed_rows_are_pending_again(tmp_path: Path) -> None:
    """By default with the new ones, with `only_failed` alone."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲", "乙", "丙"), key_of)
        kept(journal, ["ok", "failed"])
        assert [row for row, _, _ in journal.pending()] == [2, 3]
        assert [row for row, _, _ in journal.pending(only_failed=True)] == [2]
        assert journal.count() == {"ok": 1, "failed": 1, "broken": 0, "new": 1}


def test_broken_rows_are_never_pending(tmp_path: Path) -> None:
    """They are in the output with their problem."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲", "!多出 2 格"), key_of)
        assert [row for row, _, _ in journal.pending()] == [1]
        assert [one.problem for one in journal.ended()] == ["", "多出 2 格"]


def test_what_is_stored_is_there_after_opening_anew(tmp_path: Path) -> None:
    """Results, texts, meta values."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲"), key_of)
        (row, key, _), *_ = journal.pending()
        journal.add([Kept(row, key, "ok", "{}", ("a", "b"), (Text("sms", "开头", b"12"),), tokens=7)])
        journal.set_meta("sealed", "abc")
    with opened(tmp_path / "j") as journal:
        assert [one.status for one in journal.ended()] == ["ok"]
        assert list(journal.texts()) == [(1, 1, "sms", "开头", b"12")]
        assert (journal.columns(), journal.tokens(), journal.meta("sealed")) == ([("a", "b")], 7, "abc")


def test_a_row_tried_again_leaves_nothing_of_its_first_try(tmp_path: Path) -> None:
    """One result and its texts."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲"), key_of)
        (row, key, _), *_ = journal.pending()
        journal.add([Kept(row, key, "failed", "{}", texts=(Text("a", "x", b""), Text("a", "y", b"")))])
        journal.add([Kept(row, key, "ok", "{}", texts=(Text("a", "z", b""),))])
        assert [text[3] for text in journal.texts()] == ["z"]


def test_limit_takes_the_first_rows(tmp_path: Path) -> None:
    """And does not read the others."""
    with opened(tmp_path / "j") as journal:
        endless = (Read(number, b"%d" % number, "[]", "") for number in itertools.count(1))
        assert journal.read_in(endless, key_of, limit=5) == 5


def test_sample_is_the_same_every_time_and_spread(tmp_path: Path) -> None:
    """Rows from the beginning and from the end are among it; the others are not in the output."""
    with opened(tmp_path / "j") as journal:
        rows = reads(*map(str, range(400)))
        journal.read_in(rows, key_of, sample=20)
        first = [row for row, _, _ in journal.pending()]
        journal.read_in(rows, key_of, sample=20)
        assert [row for row, _, _ in journal.pending()] == first == [one.row for one in journal.ended()]
        assert len(first) == 20 and min(first) < 100 and max(first) > 300


def test_more_rows_than_a_page_while_they_end(tmp_path: Path) -> None:
    """Each pending row comes once, though results are stored meanwhile."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads(*map(str, range(1203))), key_of)
        seen = []
        for row, key, _ in journal.pending():
            seen.append(row)
            journal.add([Kept(row, key, "failed" if row % 3 else "ok", "{}")])
        assert seen == list(range(1, 1204))


def test_what_may_be_spent_counts_as_spent_until_it_is_settled(tmp_path: Path) -> None:
    """A killed run has spent all that it was allowed."""
    with opened(tmp_path / "j") as journal:
        first, _ = journal.allow(b"1", Decimal("0.5")), journal.allow(b"2", Decimal("0.25"))
        assert journal.spent() == Decimal("0.75")
        journal.add([], [(first, Decimal("0.0125"))])
    with opened(tmp_path / "j") as journal:
        assert journal.spent() == Decimal("0.2625")


@given(amounts=st.lists(st.decimals(0, 1000, places=9), max_size=20))
def test_money_adds_up_exactly(amounts: list[Decimal]) -> None:
    """Nothing is rounded on the way."""
    with opened(None) as journal:
        for number, amount in enumerate(amounts):
            journal.allow(b"%d" % number, amount)
        assert journal.spent() == sum(amounts, Decimal(0))


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    """The second one is told that the first is at work."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲"), key_of)
        with pytest.raises(InputError, match="另一个 batch 正在写"), opened(tmp_path / "j"):
            raise AssertionError("opened twice")


def test_a_failed_transaction_stores_nothing(tmp_path: Path) -> None:
    """A fault while rows are read leaves those of before."""
    with opened(tmp_path / "j") as journal:
        journal.read_in(reads("甲", "乙"), key_of)
        with pytest.raises(ZeroDivisionError):
            journal.read_in((Read(1, b"", "[]", str(1 // (2 - n))) for n in (1, 2)), key_of)
        assert journal.count()["new"] == 2


def test_no_journal_at_all(tmp_path: Path) -> None:
    """A file of something else is named, and left alone."""
    (tmp_path / "j").write_text("这不是日志" * 100, encoding="utf-8")
    with pytest.raises(DataError, match="打不开或写不进"), opened(tmp_path / "j"):
        raise AssertionError("opened")
    assert (tmp_path / "j").read_text(encoding="utf-8").startswith("这不是日志")


def test_a_newer_journal_is_refused(tmp_path: Path) -> None:
    """With what to do."""
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DataError, match="更新的版本"), opened(tmp_path / "j"):
        raise AssertionError("opened")


def test_journal_lies_beside_the_output() -> None:
    """Another format of the same name has the same one: what was paid for is not paid for twice."""
    assert journal_path(Path("a/文案.xlsx")) == journal_path(Path("a/文案.csv")) == Path("a/文案.journal")
