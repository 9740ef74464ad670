"""The journal beside an output: the rows of the input as read, and what became of each, in one SQLite file.

A group of rows is one transaction, synced to the disk, so that `kill -9` costs what is in flight and nothing else. What
a row became stands under its key, not under its number: an input with a row more, or in another order, finds all
that was done before. Only this process uses the file while it is open.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from copilot.errors import DataError, InputError

FORMAT = 1  # Bump when the tables change.
_PAGE = 500  # rows fetched at once while others are written
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (
    row INTEGER PRIMARY KEY, key BLOB NOT NULL, cells TEXT NOT NULL, problem TEXT NOT NULL,
    chosen INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS rows_key ON rows (key);
CREATE TABLE IF NOT EXISTS results (
    key BLOB PRIMARY KEY, status TEXT NOT NULL, body TEXT NOT NULL, columns TEXT NOT NULL, tokens INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS texts (
    key BLOB NOT NULL, place INTEGER NOT NULL, heap TEXT NOT NULL, opening TEXT NOT NULL, sketch BLOB NOT NULL,
    PRIMARY KEY (key, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spending (id INTEGER PRIMARY KEY, key BLOB NOT NULL, allowed TEXT NOT NULL, spent TEXT);
PRAGMA user_version = {FORMAT};
COMMIT;
"""


class Read(NamedTuple):
    """A row as read: `digest` names what it says, `cells` is JSON, `problem` why it cannot be worked on."""

    row: int
    digest: bytes
    cells: str
    problem: str


class Text(NamedTuple):
    """What is compared with the other rows: where it is shown, how it begins, its sketch (`batch.repeats`)."""

    heap: str
    opening: str
    sketch: bytes


class Kept(NamedTuple):
    """What became of a row. `body` is the JSON object of result or error, writer and tokens; `columns` its flat names.

    `spent` is yuan, `trouble` what kept it from ending: "" (nothing, or the row itself), "model", "hopeless" (a model
    that will not do for any row), "budget" and "stopped" (it is to be begun anew).
    """

    row: int
    key: bytes
    status: str
    body: str
    columns: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    tokens: int = 0
    spent: Decimal = Decimal(0)
    trouble: str = ""


class Ended(NamedTuple):
    """A row of the output: as read, with what became of it; `status` "" is a row that was never worked on."""

    row: int
    key: bytes
    cells: str
    problem: str
    status: str
    body: str


class Journal:
    """An opened journal; see `opened`."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def meta(self, name: str) -> str:
        """Return a stored value, "" if there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set_meta(self, name: str, value: str) -> None:
        """Store a value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def read_in(self, rows: Iterable[Read], make_key: Any, limit: int = 0, sample: int = 0) -> int:
        """Take the rows of an input in place of those before, and return how many there are.

        `make_key(digest, occurrence)` is the key of the n-th row (1 = first) that says the same. Of `limit` rows from
        the beginning `sample` are chosen, by their keys: as good as by lot, and the same every time.
        """
        db, count = self._db, 0
        db.execute("CREATE TEMP TABLE IF NOT EXISTS seen (digest BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID")
        upsert = "INSERT INTO seen VALUES (?, 1) ON CONFLICT (digest) DO UPDATE SET n = n + 1 RETURNING n"
        with self._transaction():
            db.execute("DELETE FROM rows")
            db.execute("DELETE FROM seen")
            for read in rows:
                n = db.execute(upsert, (read.digest,)).fetchone()[0]
                key = make_key(read.digest, n)
                db.execute("INSERT INTO rows VALUES (?, ?, ?, ?, 1)", (read.row, key, read.cells, read.problem))
                count += 1
                if limit and count == limit:
                    break
            if sample:
                db.execute("UPDATE rows SET chosen = row IN (SELECT row FROM rows ORDER BY key LIMIT ?)", (sample,))
            db.execute("DELETE FROM seen")
        return count

    def pending(self, only_failed: bool = False) -> Iterator[tuple[int, bytes, str]]:
        """Yield row, key and cells of the chosen rows to be worked on: those without result, and failed ones.

        A page at a time: what is stored meanwhile is seen.
        """
        wanted = "r.status = 'failed'" if only_failed else "(r.status IS NULL OR r.status = 'failed')"
        sql = f"""SELECT w.row, w.key, w.cells FROM rows w LEFT JOIN results r USING (key)
            WHERE w.row > ? AND w.chosen AND w.problem = '' AND {wanted} ORDER BY w.row LIMIT {_PAGE}"""
        last = 0
        while page := self._db.execute(sql, (last,)).fetchall():
            yield from page
            last = page[-1][0]

    def cells(self, row: int) -> str:
        """Return the cells of a row, as JSON."""
        return str(self._db.execute("SELECT cells FROM rows WHERE row = ?", (row,)).fetchone()[0])

    def count(self) -> dict[str, int]:
        """Return how many chosen rows there are: `ok`, `failed` (at the last try), `broken` (as read), `new`."""
        sql = """SELECT CASE WHEN problem <> '' THEN 'broken' ELSE coalesce(r.status, 'new') END, count(*)
            FROM rows LEFT JOIN results r USING (key) WHERE chosen GROUP BY 1"""
        return dict.fromkeys(("ok", "failed", "broken", "new"), 0) | dict(self._db.execute(sql).fetchall())

    def add(self, kept: Sequence[Kept], settled: Sequence[tuple[int, Decimal]] = ()) -> None:
        """Store what became of rows and what they did cost, all or nothing, on the disk when this returns.

        `settled` are numbers that `allow` returned, each with the yuan spent.
        """
        with self._transaction():
            for one in kept:
                columns = json.dumps(one.columns, ensure_ascii=False)
                values = (one.key, one.status, one.body, columns, one.tokens)
                self._db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?)", values)
                self._db.execute("DELETE FROM texts WHERE key = ?", (one.key,))
                texts = [(one.key, place, *text) for place, text in enumerate(one.texts, 1)]
                self._db.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", texts)
            for number, spent in settled:
                self._db.execute("UPDATE spending SET spent = ? WHERE id = ?", (str(spent), number))

    def ended(self) -> Iterator[Ended]:
        """Yield the chosen rows in input order."""
        sql = """SELECT w.row, w.key, w.cells, w.problem, coalesce(r.status, ''), coalesce(r.body, '')
            FROM rows w LEFT JOIN results r USING (key) WHERE w.chosen ORDER BY w.row"""
        for row in self._db.execute(sql):
            yield Ended(*row)

    def columns(self) -> list[tuple[str, ...]]:
        """Return the different sets of flat columns, in the order of the rows that first have them."""
        sql = """SELECT columns FROM rows JOIN results USING (key) WHERE chosen AND problem = ''
            GROUP BY columns ORDER BY min(row)"""
        return [tuple(json.loads(row[0])) for row in self._db.execute(sql)]

    def texts(self) -> Iterator[tuple[int, int, str, str, bytes]]:
        """Yield row, place, heap, opening and sketch of all texts of the chosen rows, in input order."""
        sql = """SELECT row, place, heap, opening, sketch FROM rows JOIN texts USING (key)
            WHERE chosen AND problem = '' ORDER BY row, place"""
        yield from self._db.execute(sql)

    def tokens(self) -> int:
        """Return the tokens of the chosen rows."""
        sql = "SELECT coalesce(sum(tokens), 0) FROM rows JOIN results USING (key) WHERE chosen"
        return int(self._db.execute(sql).fetchone()[0])

    # Money

    def allow(self, key: bytes, amount: Decimal) -> int:
        """Write down what a row may cost before it is begun; a run that is killed has spent all of it."""
        sql = "INSERT INTO spending (key, allowed) VALUES (?, ?)"
        return int(self._db.execute(sql, (key, str(amount))).lastrowid or 0)

    def spent(self) -> Decimal:
        """Return the yuan spent for this output by all runs so far."""
        rows = self._db.execute("SELECT coalesce(spent, allowed) FROM spending")
        return sum((Decimal(row[0]) for row in rows), Decimal(0))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def journal_path(output: Path) -> Path:
    """Return where the journal of an output lies: beside it; csv, xlsx and jsonl of one name share theirs."""
    return output.with_suffix(".journal")


@contextmanager
def opened(path: Path | None) -> Iterator[Journal]:
    """Open a journal, making it if need be; None is one for the time being, for a dry run.

    :raises InputError: another process is using it
    :raises DataError: it is damaged, of a newer version, no journal at all, or cannot be written
    """
    try:
        # a name of "" is SQLite's temporary file, which goes when it is closed
        with closing(sqlite3.connect(path or "", timeout=1, isolation_level=None)) as db:
            _prepare(db, path)
            yield Journal(db)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise InputError(f"另一个 batch 正在写 {path}", "等它结束，或换一个输出文件名。") from error
        raise _broken(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _broken(path, error) from error


def _prepare(db: sqlite3.Connection, path: Path | None) -> None:
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    version = db.execute("PRAGMA user_version").fetchone()[0]  # before anything is written into what may not be ours
    if version > FORMAT:
        hint = "升级后再用：pip install --upgrade ops-copilot；或换一个输出文件名，从头做起。"
        raise DataError(f"日志 {path} 来自更新的版本（格式 {version}，这个程序只认得到 {FORMAT}）", hint)
    if not version and db.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise DataError(f"{path} 是别的程序的数据库，不是 batch 的日志", "换一个输出文件名，或把它移走。")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.executescript(_SCHEMA)


def _broken(path: Path | None, error: sqlite3.DatabaseError) -> DataError:
    hint = "检查磁盘空间和权限；日志若已损坏，移走它再运行一次，会从头做起。"
    return DataError(f"日志 {path} 打不开或写不进：{error}", hint)
