"""What written variants brought: remember them, import figures, say which angle led and whether that is more than luck.

`remember` when copy is written, `read_results` when figures come back, `angle_report` to judge, `as_evidence` for the
library. Angles are compared within one platform and one product only: pooled over platforms, the angle that happened
to run where people click more would win.
"""

import datetime
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot.channels import load_channels
from copilot.knowledge import read
from copilot.tasks import result_store as store
from copilot.tasks.result_angles import AngleFigures, AngleGroup, AngleReport, Comparison, group_of, percent
from copilot.tasks.result_rows import Row, read_table
from copilot.tasks.result_text import DOCUMENT, as_evidence, as_tables
from copilot.text import fold
from copilot.types import Record, Variant

__all__ = [
    "DOCUMENT",
    "AngleFigures",
    "AngleGroup",
    "AngleReport",
    "Comparison",
    "ImportReport",
    "all_leading_angles",
    "angle_report",
    "as_evidence",
    "as_tables",
    "copies_of",
    "percent",
    "product_key",
    "read_results",
    "remember",
    "remember_copies",
    "store_evidence",
]

_UNDATED = "没有日期列：按到目前为止的累计数处理，取代这些文案以前导入的数字。要逐日累加，请加“日期”列。"


@dataclass(frozen=True, slots=True)
class ImportReport(Record):
    """What became of a file: `rows` = `counted` + `failed` + `skipped`.

    `added`, `updated`, `unchanged` count figures (one for each variant, campaign and period); `updated` ones replaced
    what they overlap in time. `already` is the day on which the same file was imported before: then nothing is counted
    again. `failed` and `skipped` are `{row, id, reason}`; `columns` says which column was taken for what.
    """

    file: str
    rows: int
    counted: int
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    already: str = ""
    failed: tuple[dict[str, str], ...] = ()
    skipped: tuple[dict[str, str], ...] = ()
    columns: dict[str, str] | None = None
    notes: tuple[str, ...] = ()


def remember(home: Path, product: str, variants: Iterable[Variant], written: str = "") -> None:
    """Remember variants by id, so that figures can be laid to their angle; `written` is an ISO date, "" today.

    :raises DataError: the store cannot be written
    """
    remember_copies(home, copies_of(product, variants, written or datetime.date.today().isoformat()))


def copies_of(product: str, variants: Iterable[Variant], written: str) -> list[store.Copy]:
    """Return variants as they are remembered."""
    name, length = " ".join(product.split()), read("results")["opening"]
    return [store.Copy(v.id, name, v.platform, v.angle, v.formula, v.text[:length], written) for v in variants]


def remember_copies(home: Path, copies: Sequence[store.Copy]) -> None:
    """Remember many at once, in one transaction: one for each row of a batch would take 2 ms a row.

    :raises DataError: the store cannot be written
    """
    if copies:
        with store.opened(home) as db:
            store.add_copies(db, copies)


def read_results(path: Path, home: Path) -> ImportReport:
    """Import shows, clicks, orders and cost of remembered variants from a csv or xlsx file.

    A row that cannot be counted is named with its reason and stops nothing. The same file counts once.

    :raises InputError: the file cannot be read, or has no header with id, shows and clicks
    :raises DataError: the store cannot be read or written
    """
    table, data = read_table(path)
    digest, today = hashlib.sha256(data).hexdigest(), datetime.date.today().isoformat()
    skipped = _told(table.skipped)
    with store.opened(home) as db:
        before = store.imported(db, digest)
        if before and not before[1]:  # one with failed rows is read again: the variants may be known by now
            counted = len(table.rows)
            return ImportReport(path.name, table.total, counted, 0, 0, 0, before[0], (), skipped, table.columns)
        named, unknown = _matched(table.rows, store.copy_ids(db))
        failed = _told([*table.failed, *unknown])
        figures = _figures(named)
        totals = store.add_figures(db, figures)
        store.add_import(db, digest, path.name, today, len(failed))
    undated = "date" not in table.columns and figures
    return ImportReport(
        path.name,
        table.total,
        len(named),
        added=totals["added"],
        updated=totals["updated"],
        unchanged=totals["unchanged"],
        failed=failed,
        skipped=skipped,
        columns=table.columns,
        notes=(_UNDATED,) if undated else (),
    )


def angle_report(home: Path, product: str = "", platform: str = "") -> AngleReport:
    """Return what every angle brought, by platform and product, and which one led; both filters "" for all.

    :raises DataError: the store cannot be read
    """
    if not store.exists(home):
        return AngleReport(product, platform, (), ("还没有导入过投放数据。",))
    with store.opened(home) as db:
        rows = store.sums(db)
    wanted = [
        row
        for row in rows
        if (not product or product_key(row.product) == product_key(product))
        and (not platform or row.platform == platform)
    ]
    groups: dict[tuple[str, str], list[store.Sums]] = defaultdict(list)
    for row in wanted:
        groups[row.platform, row.product].append(row)
    if wanted:
        titles = {name: channel.title for name, channel in load_channels(home).items()}
        compared = tuple(group_of(rows, titles.get(name, name)) for (name, _), rows in groups.items())
        return AngleReport(product, platform, compared, tuple(read("results")["caveats"]))
    if not rows:
        return AngleReport(product, platform, (), ("还没有导入过投放数据。",))
    known = "、".join(sorted({f"{row.product}（{row.platform}）" for row in rows}))
    return AngleReport(product, platform, (), (f"没有符合条件的投放数据；已有的：{known}。",))


def leading_angles(home: Path, product: str) -> dict[str, tuple[str, ...]]:
    """Return for each channel the angle that led for a product, where that is more than chance.

    :raises DataError: the store cannot be read
    """
    return all_leading_angles(home, product).get(product_key(product), {}) if product else {}


def all_leading_angles(home: Path, product: str = "") -> dict[str, dict[str, tuple[str, ...]]]:
    """Return for each product, by `product_key`, what `leading_angles` returns for it; `product`: only for this one.

    :raises DataError: the store cannot be read
    """
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    if store.exists(home):
        for group in angle_report(home, product).groups:
            if group.verdict in ("distinct", "above_rest"):
                found[product_key(group.product)][group.platform] = (group.leader,)
    return found


def product_key(name: str) -> str:
    """Return the name of a product as products are told apart by."""
    return fold(" ".join(name.split()))


def store_evidence(home: Path) -> Path | None:
    """Write all results to `results/投放结果.md` in the home folder, for `library.add`; None when there are none.

    :raises DataError: the store cannot be read
    """
    report = angle_report(home)
    if not report.groups:
        return None
    path = home / "results" / f"{DOCUMENT}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(as_evidence(report), encoding="utf-8")
    fresh.replace(path)
    return path


def _told(rows: Iterable[tuple[str, str, str]]) -> tuple[dict[str, str], ...]:
    return tuple({"row": place, "id": name, "reason": reason} for place, name, reason in rows)


def _matched(rows: Sequence[Row], known: Sequence[str]) -> tuple[list[tuple[str, Row]], list[tuple[str, str, str]]]:
    """Return the rows with the variant each belongs to, and those whose variant is unknown."""
    exact = {fold(name): name for name in known}
    named: list[tuple[str, Row]] = []
    unknown: list[tuple[str, str, str]] = []
    for row in rows:
        found = next((name for cell in row.ids if (name := _variant(cell, exact))), "")
        if found:
            named.append((found, row))
        else:
            reason = "没有这个文案编号的记录：不是这里写出来的，或是在另一个资料目录（--home）里写的"
            unknown.append((row.place, row.ids[0], reason))
    return named, unknown


def _variant(cell: str, known: dict[str, str]) -> str:
    """Return the id that a cell is, or the only one that it holds as a part of its own (`618_小红书_ab12cd34`)."""
    text = fold(cell).strip()
    if text in known:
        return known[text]
    held = [name for key, name in known.items() if key in text and _stands_alone(key, text)]
    return held[0] if len(held) == 1 else ""


def _stands_alone(key: str, text: str) -> bool:
    at = text.find(key)
    before, after = text[at - 1 : at], text[at + len(key) : at + len(key) + 1]
    return not any(side.isascii() and side.isalnum() for side in (before, after))


def _figures(named: Iterable[tuple[str, Row]]) -> list[store.Figure]:
    """Add up rows of the same variant, campaign and period: an export split by place, hour or device."""
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for variant, row in named:
        groups[variant, row.campaign, row.first, row.last].append(row)
    return [
        store.Figure(
            *key,
            sum(row.shows for row in rows),
            sum(row.clicks for row in rows),
            None if all(row.orders is None for row in rows) else sum(row.orders or 0 for row in rows),
            None if all(row.cost is None for row in rows) else sum(row.cost or 0 for row in rows),
        )
        for key, rows in groups.items()
    ]
