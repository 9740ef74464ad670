"""Reworking existing copy: freed of what must not be said, shortened, moved to another channel, written like a sample.

What is only edited keeps its words; what is written anew comes from the brief that came with the copy, or from the one
that the copy itself tells. Everything goes through the checks of `adcopy`, with the copy as the only further source.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from copilot.briefs import AdBrief, AdCopy
from copilot.channels import Channel, find_channel
from copilot.checks.fields import field_texts
from copilot.errors import InputError, ModelError
from copilot.knowledge import read
from copilot.profiles import list_profiles, load_voice
from copilot.tasks.adcopy import with_usage
from copilot.tasks.approach import library_state
from copilot.tasks.claims import without_claims
from copilot.tasks.revise_anew import Anew, written_anew
from copilot.tasks.revise_brief import derived, tags_in
from copilot.tasks.revise_edit import Piece, by_rules, cleaned, original_notes
from copilot.tasks.revise_edit import kept as kept_piece
from copilot.tasks.revise_finish import Edit
from copilot.tasks.revise_read import PLAIN, Copy, Given, read_copies
from copilot.tasks.rulecopy import Checked, Writing, variant_of
from copilot.types import Variant
from copilot.writers.rules.copy.manner import Manner, manner_in, told

_LEAST = 10  # characters: below it nothing says what and for whom
_MOST = 20  # variants written anew at once, as in adcopy


class Wanted(NamedTuple):
    """What is to be done: `keep` are numbers from 1, `like` a sample text, `n` how many there are to be in the end."""

    shorten: int = 0
    platform: str = ""
    keep: tuple[int, ...] = ()
    like: str = ""
    n: int | None = None
    product: str = ""


def revise(text: str, wanted: Wanted, writing: Writing) -> AdCopy:
    """Return the copies in `text` reworked, each checked, in their order; what changed stands in `notes`.

    A copy that no rework makes fit to be shown is in `dropped` with its `number`.

    :raises InputError: there is no copy, a number or a channel is unknown, or nothing tells what the product is
    """
    start = time.perf_counter()
    model = writing.model.counted() if writing.model else None
    writing = writing._replace(state=library_state(writing.library), model=model)
    given = read_copies(text, writing.channels)
    target = find_channel(wanted.platform, writing.channels) if wanted.platform else None
    _check_wanted(wanted, len(given.copies))
    job = _prepared(given, target, wanted, writing)
    found, dropped, notes, writer = _edited(job)
    if job.anew:
        more, lost, told_, writer = _anew(job)
        found |= more
        dropped += [row for row in lost if not any(_same_claim(row, old) for old in (*job.dropped, *dropped))]
        notes += told_
    took = round((time.perf_counter() - start) * 1000, 2)
    variants = tuple(found[place] for place in sorted(found))
    brief = replace(job.brief, platform=tuple(dict.fromkeys(variant.platform for variant in variants)))
    told = tuple(dict.fromkeys((*job.notes, *notes)))
    made = AdCopy(brief, variants, (*job.dropped, *dropped), writer, (), told, timings_ms={"total": took})
    return with_usage(made, writing)


class _Job(NamedTuple):
    """A request made ready: copies as given and freed of claims, places written anew (from 0), the brief."""

    copies: tuple[Copy, ...]
    clean: tuple[Copy, ...]
    keep: frozenset[int]
    anew: tuple[int, ...]
    channel: Channel
    brief: AdBrief
    briefs: tuple[AdBrief, ...]  # of each copy alone
    is_derived: bool
    edit: Edit
    dropped: tuple[dict[str, str], ...]
    notes: tuple[str, ...]


def _prepared(given: Given, target: Channel | None, wanted: Wanted, writing: Writing) -> _Job:
    copies = given.copies
    known = given.known | ({"product": wanted.product} if wanted.product else {})
    brief = given.brief or derived(copies, known)
    dropped: list[dict[str, str]] = []
    clean: list[Copy] = []
    for number, copy in enumerate(copies, 1):
        free, rows = (copy, []) if number in wanted.keep else cleaned(copy, brief, number)
        clean.append(free)
        dropped += rows
    if given.brief is None and dropped:
        brief = derived([copy for copy in clean if copy.text.strip()] or copies, known)
    brief = replace(brief, product=wanted.product) if wanted.product else brief
    manner = manner_in(_samples(wanted.like)) if wanted.like.strip() else None
    keep = frozenset(number - 1 for number in wanted.keep)
    anew = [n for n in range(len(copies)) if n not in keep and (keep or _moves(copies[n], target))]
    anew += range(len(copies), wanted.n or 0) if anew or keep else ()
    return _Job(
        copies,
        tuple(clean),
        keep,
        tuple(anew),
        target or copies[min(anew[0], len(copies) - 1) if anew else 0].channel,
        brief,
        tuple(given.brief or derived([copy], {"product": brief.product} | known) for copy in copies),
        given.brief is None,
        Edit(wanted.shorten, manner, tuple(text for copy in copies for _, text in field_texts(copy.fields)), writing),
        tuple(dropped),
        (*given.notes, *_told(given.brief, brief, manner, wanted)),
    )


def _edited(job: _Job) -> tuple[dict[int, Variant], list[dict[str, str]], list[str], str]:
    """The copies that keep their words, by place; those that cannot be shown; notes; who wrote."""
    work = [(n, copy, n in job.keep) for n, copy in enumerate(job.clean) if n not in job.anew]
    pieces, writer = _by_writer(work, job.copies, job.briefs, job.edit)
    notes: list[str] = []
    for place, piece in pieces.items():
        copy, brief = job.copies[place], job.briefs[place]
        notes += [*original_notes(copy, brief, place + 1, job.edit, piece.check.findings), *piece.notes]
    found = {place: _variant(piece) for place, piece in pieces.items() if piece.lost is None}
    return found, [piece.lost for piece in pieces.values() if piece.lost], notes, writer


def _by_writer(
    work: Sequence[tuple[int, Copy, bool]], originals: Sequence[Copy], briefs: Sequence[AdBrief], edit: Edit
) -> tuple[dict[int, Piece], str]:
    """Return each copy edited, those that are kept as they are, and who wrote."""
    found: dict[int, Piece] = {}
    for place, copy, is_kept in work:
        original, brief = originals[place], briefs[place]
        found[place] = (
            kept_piece(original, brief, place, edit) if is_kept else by_rules(copy, original, brief, place, edit)
        )
    model = edit.writing.model
    if model is None or not (edit.shorten or edit.manner):
        return found, "rules"
    from copilot.models import replaceable
    from copilot.tasks.revise_chat import by_chat

    try:
        return by_chat([entry for entry in work if not entry[2]], found, briefs, edit)
    except ModelError as error:
        if not replaceable(model, error):
            raise
        first = next(iter(found))
        found[first] = found[first]._replace(notes=(*found[first].notes, f"{error.message}；已改用规则改写"))
        return found, f"rules（chat:{model.name} 没有用上）"


def _anew(job: _Job) -> tuple[dict[int, Variant], list[dict[str, str]], list[str], str]:
    """The copies written anew, by place; what is missing and why; notes; who wrote.

    :raises InputError: nothing tells what the product is
    """
    brief, notes = _for_channel(job)
    safe, dropped = without_claims(brief)
    kept = [job.copies[n] for n in sorted(job.keep)]
    pieces, lost, writer = written_anew(safe, Anew(len(job.anew), job.channel, kept, job.edit.manner, job.edit))
    found: dict[int, Variant] = {}
    for place, piece in zip(job.anew, pieces, strict=False):
        found[place] = _variant(piece)
        notes += [f"第 {place + 1} 条：{note}" for note in ("重新写过", *piece.notes)]
    gone = [place + 1 for place in job.anew[len(pieces) :] if place < len(job.copies)]
    rows = [{"reason": f"第 {n} 条没有重写出来，原因见上一条", "number": str(n)} for n in gone]
    return found, [*dropped, *lost, *rows], notes, writer


def sample_text(like: str, home: Path) -> str:
    """Return a sample: the texts of a saved voice when `like` is its name, else `like` itself.

    :raises InputError: the voice has no samples
    """
    if like.strip() and like.strip() in list_profiles(home, "voice"):
        voice = load_voice(home, like.strip())
        if voice is None or not voice.samples:
            raise InputError(f"品牌声音“{like.strip()}”没有样本", "给它加上 samples，或用 --like 给一个样本文件。")
        return "\n———\n".join(voice.samples)
    return like


def _samples(like: str) -> list[str]:
    return [copy.text for copy in read_copies(like, {}).copies]


def _check_wanted(wanted: Wanted, number: int) -> None:
    if wanted.shorten and wanted.shorten < _LEAST:
        raise InputError(f"缩到 {wanted.shorten} 字太短", f"最少 {_LEAST} 字。")
    wrong = [str(n) for n in wanted.keep if not 1 <= n <= number]
    if wrong:
        raise InputError(f"没有第 {'、'.join(wrong)} 条", f"一共 {number} 条，从 1 数起。")
    if wanted.n is not None and not 1 <= wanted.n <= _MOST:
        raise InputError(f"要 {wanted.n} 条", f"可以要 1–{_MOST} 条。")
    if wanted.n is not None and len(wanted.keep) > wanted.n:
        raise InputError(f"留下 {len(wanted.keep)} 条，却只要 {wanted.n} 条", "去掉 -n，或少留几条。")


def _moves(copy: Copy, target: Channel | None) -> bool:
    return target is not None and copy.channel.platform != target.platform


def _told(given: AdBrief | None, brief: AdBrief, manner: Manner | None, wanted: Wanted) -> list[str]:
    notes = []
    if given is None and (wanted.platform or wanted.keep):
        parts = [
            ("产品", brief.product),
            ("卖点", "；".join(brief.selling_points)),
            ("优惠", str(brief.offer)),
            ("价格", brief.price),
        ]
        read = "，".join(f"{name} {value}" for name, value in parts if value)
        notes.append(f"从原文读出：{read or '没有读出能用的内容'}。不对就在文案前加一行“产品：…”")
    if manner is not None:
        notes.append(f"样本的写法：{told(manner)}")
    return notes


def _for_channel(job: _Job) -> tuple[AdBrief, list[str]]:
    """The brief for what is written anew, and what did not come along.

    The tags of the copy come along where the channel has tags, its call where the channel allows the act (C10).

    :raises InputError: nothing tells what the product is
    """
    brief, channel = job.brief, job.channel
    if job.is_derived and not brief.product:
        raise InputError("从原文看不出写的是什么产品", "在文案前加一行“产品：…”，或用 --product 给出。")
    if job.is_derived and not (brief.selling_points or brief.offer or brief.price):
        raise InputError("原文里没有能改写的内容：没有卖点，也没有优惠", "补上一句说产品做什么的话，再改写。")
    notes: list[str] = []
    if channel.platform == "sms" and not brief.sms_sign:
        notes.append(f"短信签名没有给，先用“{brief.brand or brief.product}”；发之前换成报备过的签名。")
    family = "push" if channel.platform.startswith("push") else channel.platform
    barred = read("style")["not_allowed"].get(family, "")
    if job.is_derived and brief.cta and barred and re.search(barred, brief.cta):
        notes.append(f"“{brief.cta}”在{channel.title}里做不到，没有带过去；用这里能做的动作补上一句。")
        brief = replace(brief, cta="")
    if job.is_derived and channel.platform != PLAIN.platform and any(field.name == "tags" for field in channel.fields):
        brief = replace(brief, keywords=_tags(job.copies))
    return replace(brief, platform=(channel.platform,)), notes


def _tags(copies: Sequence[Copy]) -> tuple[str, ...]:
    words = [
        word
        for copy in copies
        for word in (*tags_in(copy.text), *(tag.strip("#") for tag in copy.fields.get("tags", ())))
    ]
    return tuple(dict.fromkeys(words))[:4]


def _same_claim(row: dict[str, str], old: dict[str, str]) -> bool:
    one, other = row.get("text", ""), old.get("text", "")
    return bool(one and other) and (one in other or other in one)


def _variant(piece: Piece) -> Variant:
    check = piece.check._replace(findings=(*piece.extra, *piece.check.findings))
    return variant_of(Checked(piece.draft, check, piece.citations, piece.ai_generated), piece.channel)
