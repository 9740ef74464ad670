"""Reworking existing copy: freed of what must not be said, shortened, moved to another channel, written like a sample.

What is only edited keeps its words; what is written anew comes from the brief that came with the copy, or from the one
that the copy itself tells. Everything goes through the checks of `adcopy`, with the copy as the only further source.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from copilot.briefs import AdBrief, AdCopy
from copilot.channels import Channel, find_channel
from copilot.errors import InputError
from copilot.profiles import list_profiles, load_voice
from copilot.tasks.adcopy import clean_text
from copilot.tasks.approach import library_state
from copilot.tasks.claims import without_claims
from copilot.tasks.revise_anew import Anew, written_anew
from copilot.tasks.revise_brief import derived, tags_in
from copilot.tasks.revise_edit import Edit, Piece, cleaned, edited, original_notes, sources_of
from copilot.tasks.revise_read import Copy, read_copies
from copilot.tasks.rulecopy import Writing, variant_id
from copilot.types import CopyDraft, Variant
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
    writing = writing._replace(state=library_state(writing.library))
    given = read_copies(text, writing.channels)
    copies = given.copies
    target = find_channel(wanted.platform, writing.channels) if wanted.platform else None
    _check_wanted(wanted, len(copies))
    known = given.known | ({"product": wanted.product} if wanted.product else {})
    brief = given.brief or derived(copies, known)
    brief = replace(brief, product=wanted.product) if wanted.product else brief
    manner = manner_in(_samples(wanted.like)) if wanted.like.strip() else None
    notes = [*given.notes, *_told(given.brief, brief, manner, wanted)]
    dropped: list[dict[str, str]] = []
    clean: list[Copy] = []
    for number, copy in enumerate(copies, 1):
        free, rows = (copy, []) if number in wanted.keep else cleaned(copy, brief, number)
        clean.append(free)
        dropped += rows
    if given.brief is None and dropped:
        brief = derived([copy for copy in clean if copy.text.strip()] or copies, known)
    keep = {number - 1 for number in wanted.keep}
    anew = {n for n in range(len(copies)) if n not in keep and (wanted.keep or _moves(copies[n], target))}
    extra = max(0, (wanted.n or 0) - len(copies)) if anew else 0
    edit = Edit(wanted.shorten, manner, sources_of(brief, copies), writing)
    found: dict[int, Variant] = {}
    briefs = [brief if given.brief else derived([copy], {"product": brief.product} | known) for copy in copies]
    writer = "rules"
    edits = [n for n in range(len(copies)) if n not in anew]
    done, writer = edited([(n, clean[n], n in keep) for n in edits], copies, briefs, edit)
    for place, one in done.items():
        notes += [*original_notes(copies[place], briefs[place], place + 1, edit, one.check.findings), *one.notes]
        if one.lost:
            dropped.append(one.lost)
        else:
            found[place] = _variant(one.draft, one.channel, one)
    if anew or extra:
        places = [*sorted(anew), *range(len(copies), len(copies) + extra)]
        safe, rows = without_claims(
            _for_channel(brief, given.brief is None, copies, target or copies[places[0]].channel)
        )
        dropped += [row for row in rows if not any(_same_claim(row, old) for old in dropped)]
        kept = [copies[n] for n in sorted(keep)]
        work = Anew(len(places), target or copies[places[0]].channel, kept, manner, edit)
        pieces, lost, writer = written_anew(safe, work)
        dropped += lost
        for place, piece in zip(places, pieces, strict=False):
            found[place] = _variant(piece.draft, piece.channel, piece)
            notes += [f"第 {place + 1} 条：{note}" for note in ("重新写过", *piece.notes)]
    took = round((time.perf_counter() - start) * 1000, 2)
    variants = tuple(found[place] for place in sorted(found))
    shown = replace(brief, platform=tuple(dict.fromkeys(v.platform for v in variants)))
    return AdCopy(shown, variants, tuple(dropped), writer, (), tuple(dict.fromkeys(notes)), {"total": took})


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


def _for_channel(brief: AdBrief, is_derived: bool, copies: Sequence[Copy], channel: Channel) -> AdBrief:
    """The brief for what is written anew; the tags of the copy come along where the channel has tags.

    :raises InputError: nothing tells what the product is
    """
    if is_derived and not brief.product:
        raise InputError("从原文看不出写的是什么产品", "在文案前加一行“产品：…”，或用 --product 给出。")
    if is_derived and not (brief.selling_points or brief.offer or brief.price):
        raise InputError("原文里没有能改写的内容：没有卖点，也没有优惠", "补上一句说产品做什么的话，再改写。")
    if is_derived and any(field.name == "tags" for field in channel.fields):
        tags = [
            tag
            for copy in copies
            for tag in (*tags_in(copy.text), *(t.strip("#") for t in copy.fields.get("tags", ())))
        ]
        return replace(brief, platform=(channel.platform,), keywords=tuple(dict.fromkeys(tags))[:4])
    return replace(brief, platform=(channel.platform,))


def _same_claim(row: dict[str, str], old: dict[str, str]) -> bool:
    one, other = row.get("text", ""), old.get("text", "")
    return bool(one and other) and (one in other or other in one)


def _variant(draft: CopyDraft, channel: Channel, piece: Piece) -> Variant:
    check = piece.check
    return Variant(
        variant_id(draft), draft.platform, draft.angle, draft.formula, draft.fields, check.counts, clean_text(draft.fields, channel),
        check.dropped_keywords, (*piece.extra, *check.findings), piece.citations, piece.ai_generated,
    )  # fmt: skip
