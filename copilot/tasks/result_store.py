"""`results.sqlite` in the home folder: which variants were written, and what they brought. SQLite in WAL mode.

One figure is kept for each variant, campaign and period. What is imported later replaces what it overlaps in time,
so that a day is never counted twice, whichever of a day's exports it came from; a file without dates is taken for the
total so far, which overlaps everything.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from copilot.errors import DataError

FORMAT = 1  # Bump when the tables change.
_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS copies (
    id TEXT PRIMARY KEY, product TEXT NOT NULL, platform TEXT NOT NULL, angle TEXT NOT NULL, formula TEXT NOT NULL,
    opening TEXT NOT NULL, written TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS imports (
    id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL, imported TEXT NOT NULL,
    failed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS figures (
    variant TEXT NOT NULL, campaign TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, shows INTEGER NOT NULL,
    clicks INTEGER NOT NULL, orders INTEGER, cost INTEGER, PRIMARY KEY (variant, campaign, first, last)) WITHOUT ROWID;
PRAGMA user_version = {FORMAT};
COMMIT;
"""
_OVERLAP = """
SELECT campaign, first, last, shows, clicks, orders, cost FROM figures WHERE variant = :variant
    AND (campaign = :campaign OR campaign = '' OR :campaign = '')
    AND (first = '' OR :first = '' OR (first <= :last AND last >= :first))
"""
_SUMS = """
SELECT c.platform, c.product, c.angle, COUNT(DISTINCT c.id), SUM(f.shows), SUM(f.clicks), SUM(f.orders),
    SUM(CASE WHEN f.orders IS NOT NULL THEN f.clicks END), SUM(CASE WHEN f.orders IS NOT NULL THEN f.shows END),
    SUM(f.cost), MIN(NULLIF(f.first, '')), MAX(NULLIF(f.last, '')), SUM(f.first = '')
FROM figures f JOIN copies c ON c.id = f.variant GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


class Copy(NamedTuple):
    """A variant as remembered; `opening` is how its text begins, `written` an ISO date."""

    id: str
    product: str
    platform: str
    angle: str
    formula: str
    opening: str
    written: str


class Figure(NamedTuple):
    """What a variant brought in a campaign and period; dates "" for the total so far, `cost` in 分."""

    variant: str
    campaign: str
    first: str
    last: str
    shows: int
    clicks: int
    orders: int | None
    cost: int | None


class Sums(NamedTuple):
    """What an angle brought on a platform; `order_clicks`, `order_shows`: where orders were counted too."""

    platform: str
    product: str
    angle: str
    variants: int
    shows: int
    clicks: int
    orders: int | None
    order_clicks: int | None
    order_shows: int | None
    cost: int | None
    first: str | None
    last: str | None
    undated: int


@contextmanager
def opened(home: Path) -> Iterator[sqlite3.Connection]:
    """Open the store, making it if need be; what is done inside is one transaction.

    :raises DataError: the file is damaged, of a newer version, or cannot be written
    """
    path = home / "results.sqlite"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
            _prepare(db, path)
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
    except (sqlite3.DatabaseError, OSError) as error:
        hint = "检查磁盘空间和权限；文件若已损坏，移走它，再导入一次投放数据。"
        raise DataError(f"投放记录 {path} 打不开或写不进：{error}", hint) from error


def exists(home: Path) -> bool:
    """Return whether anything was ever stored."""
    return (home / "results.sqlite").is_file()


def add_copies(db: sqlite3.Connection, copies: Iterable[Copy]) -> None:
    """Remember variants; one that was written before keeps its first date."""
    db.executemany("INSERT OR IGNORE INTO copies VALUES (?, ?, ?, ?, ?, ?, ?)", copies)


def copy_ids(db: sqlite3.Connection) -> list[str]:
    """Return the ids of all remembered variants."""
    return [row[0] for row in db.execute("SELECT id FROM copies")]


def imported(db: sqlite3.Connection, digest: str) -> tuple[str, int] | None:
    """Return when a file of these bytes was imported, and how many of its rows failed; None: never."""
    row = db.execute("SELECT imported, failed FROM imports WHERE digest = ?", (digest,)).fetchone()
    return (row[0], row[1]) if row else None


def add_import(db: sqlite3.Connection, digest: str, name: str, when: str, failed: int) -> None:
    """Remember that a file was imported; the first time counts."""
    db.execute(
        "INSERT INTO imports (digest, name, imported, failed) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (digest) DO UPDATE SET failed = excluded.failed",
        (digest, name, when, failed),
    )


def add_figures(db: sqlite3.Connection, figures: Sequence[Figure]) -> dict[str, int]:
    """Store the figures of one file; return how many were `added`, `updated` and `unchanged`."""
    totals = {"added": 0, "updated": 0, "unchanged": 0}
    overlapped: set[tuple[str, ...]] = set()
    for figure in figures:
        old = db.execute(_OVERLAP, figure._asdict()).fetchall()
        same = old == [tuple(figure)[1:]]
        totals["unchanged" if same else "updated" if old else "added"] += 1
        overlapped |= {(figure.variant, *row[:3]) for row in old}
    delete = "DELETE FROM figures WHERE variant = ? AND campaign = ? AND first = ? AND last = ?"
    db.executemany(delete, sorted(overlapped))  # after all were looked up: rows of one file do not replace each other
    db.executemany("INSERT INTO figures VALUES (?, ?, ?, ?, ?, ?, ?, ?)", figures)
    return totals


def sums(db: sqlite3.Connection) -> list[Sums]:
    """Return what every angle brought, by platform and product."""
    return [Sums(*row) for row in db.execute(_SUMS)]


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > FORMAT:
        hint = "升级后再用：pip install --upgrade ops-copilot。"
        raise DataError(f"投放记录 {path} 来自更新的版本（格式 {version}，这个程序只认得到 {FORMAT}）", hint)
    if not version and db.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise DataError(f"{path} 是别的程序的数据库，不是投放记录", "把它移走，再导入一次投放数据。")
    db.execute("PRAGMA synchronous = NORMAL")  # with WAL safe when the program dies, and no waiting for the disk
    if version < FORMAT:
        db.execute("PRAGMA journal_mode = WAL")
        db.executescript(_SCHEMA)
