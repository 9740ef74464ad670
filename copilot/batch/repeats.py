"""What the rows of a whole output repeat of each other: openings, texts that differ in a few characters, equal texts.

Each text is boiled down where it is made, to its opening and a sketch of 72 bytes. The sketches are compared here, on
disk and by sorting, so that time grows with their number and not with how alike they are, and memory by some 60 bytes
for each.
"""

import struct
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import IO, TYPE_CHECKING, Any

from copilot.briefs import AdBrief, AdCopy
from copilot.channels import Channel, load_channels
from copilot.checks.diversity import masked, opening
from copilot.checks.pieces import Piece, pieces
from copilot.knowledge import read
from copilot.types import Answer, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from copilot.batch.heaps import Heaps

# MinHash: two texts share as large a part of 64 hashes as of their pairs of characters, J = Dice / (2 - Dice). Bands of
# four, one of which must agree wholly, find 99.9 of 100 pairs of Dice .88 and 97 of .8; the 64 decide (`heaps`).
_HASHES, _BAND = 64, 4
_DIGEST = 8  # bytes
_SIGNED = _HASHES + _DIGEST  # length of a sketch; of a text without pairs it is the digest alone
_NAMED = 20  # openings and groups that are told
_ROWS = 10  # rows told of each
_ENTRY = struct.Struct("<IH8s32sB64s8s")  # as in _layout


@dataclass(frozen=True, slots=True)
class Repeated(Record):
    """What stands in two or more rows: how many texts, and the first of the rows; `group` is a channel or "answer".

    `text` is an opening; "" where whole texts are meant.
    """

    group: str
    text: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Repeats(Record):
    """What `texts` texts repeat across rows, each list largest first and at most 20 long.

    `opening_texts` begin like one of another row in their channel. `alike_texts` differ from one of an earlier row in
    a few characters when product, brand, keywords, price and offer are left out (Dice over pairs about .8 and more);
    `equal_texts` do not differ from one of an earlier row at all, and are counted nowhere else among the texts.
    """

    texts: int
    opening_texts: int = 0
    openings: tuple[Repeated, ...] = ()
    alike_texts: int = 0
    alike: tuple[Repeated, ...] = ()
    equal_texts: int = 0
    equal: tuple[Repeated, ...] = ()


def texts_of(result: AdCopy | Answer) -> list[tuple[str, str, str]]:
    """Return what is compared across rows: channel (or "answer"), opening, and what `sketch` is made of.

    That is the masked text and, behind a line end, a digest of the text itself, for masked texts are equal where the
    texts are not. A refusal to answer is no text.
    """
    if isinstance(result, Answer):
        parts = pieces({"answer": "\n".join(sentence.text for sentence in result.sentences)})
        return [_told("answer", parts, AdBrief(""))] if result.answered and parts else []
    exempt = read("style")["exempt_fields"]
    told = []
    for variant in result.variants:
        if parts := [piece for piece in pieces(variant.fields) if piece.name not in exempt]:
            told.append(_told(variant.platform, parts, result.brief))
    return told


def _told(group: str, parts: list[Piece], brief: AdBrief) -> tuple[str, str, str]:
    text = "\n".join(piece.text for piece in parts)
    digest = blake2b(text.encode(errors="replace"), digest_size=_DIGEST).hexdigest()
    return group, opening(parts[0]), f"{masked(text, brief)}\n{digest}"


def sketch(text: str) -> bytes:
    """Return the sketch of a text from `texts_of`: 64 hashes of a byte, then the digest. The same on every machine."""
    import numpy as np

    body, _, hexed = text.partition("\n")
    digest = bytes.fromhex(hexed) if hexed else blake2b(body.encode(errors="replace"), digest_size=_DIGEST).digest()
    points = np.frombuffer(body.encode("utf-32-le", "surrogatepass"), np.uint32)
    if len(points) < 2:
        return digest
    pairs = points[:-1].astype(np.uint64)
    pairs <<= 21
    pairs |= points[1:]
    pairs.sort()
    again = pairs[1:] == pairs[:-1]
    if again.any():  # the second 好好 of a text is another element than the first: sets overlap as the counts do
        at = np.arange(len(pairs), dtype=np.uint64)
        begun = np.maximum.accumulate(np.where(np.append(False, again), 0, at))
        pairs |= (at - begun) << 42
    pairs *= 0xBF58476D1CE4E5B9  # the factors of splitmix64, which scatter what lies close together
    pairs ^= pairs >> 32
    pairs *= 0x94D049BB133111EB
    least = (_factors() * (pairs >> 32).astype(np.uint32)).min(axis=1)
    least >>= 8  # above are the bits that are nought in every least one, below those that a factor hardly moves
    signature: bytes = least.astype(np.uint8).tobytes()
    return signature + digest


@cache
def _factors() -> "NDArray[np.uint32]":
    import numpy as np

    # of numpy's generators only the raw bits are promised to stay the same
    return np.random.PCG64(20261122).random_raw(_HASHES).astype(np.uint32)[:, None] | np.uint32(1)


def find_repeats(texts: Iterable[tuple[int, int, str, str, bytes]]) -> Repeats:
    """Return what repeats among texts given as row, place in the row, group, opening and sketch, rows ascending."""
    import numpy as np

    from copilot.batch.heaps import heaps_of, later, owners_of, roots_of

    with tempfile.TemporaryFile() as file:
        groups = _written(file, texts)
        if not file.tell():
            return Repeats(0)
        file.flush()
        entries = np.memmap(file, _layout(), "r")  # pages of the file, that the system may take back
        rows = entries["row"].astype(np.int64)
        same_text = heaps_of(entries["digest"], np.arange(len(rows)), rows)
        equal = later(same_text, rows)
        alike_opening = heaps_of(entries["key"], np.flatnonzero((entries["key"] != 0) & ~equal), rows)
        owners = owners_of(entries, np.flatnonzero((entries["signed"] == 1) & ~equal), rows)
        alike_text = heaps_of(roots_of(owners), np.arange(len(rows)), rows)
        return Repeats(
            texts=len(rows),
            opening_texts=int(alike_opening.sizes.sum()),
            openings=_largest(alike_opening, entries, groups, opened=True),
            alike_texts=int((owners >= 0).sum()),
            alike=_largest(alike_text, entries, groups),
            equal_texts=int(equal.sum()),
            equal=_largest(same_text, entries, groups),
        )


def _written(file: IO[bytes], texts: Iterable[tuple[int, int, str, str, bytes]]) -> list[str]:
    """Write the texts as entries of `_layout`; return the groups, which stand there as numbers."""
    groups: dict[str, int] = {}
    for row, _, group, begins, drawn in texts:
        number = groups.setdefault(group, len(groups))
        key = blake2b(f"{number} {begins}".encode(errors="replace"), digest_size=8).digest() if begins else bytes(8)
        signed, signature = len(drawn) == _SIGNED, drawn[:-_DIGEST]
        file.write(_ENTRY.pack(row, number, key, begins.encode(errors="replace"), signed, signature, drawn[-_DIGEST:]))
    return list(groups)


def _largest(
    heaps: "Heaps", entries: "np.memmap[Any, Any]", groups: list[str], *, opened: bool = False
) -> tuple[Repeated, ...]:
    """Return the largest heaps, of equal ones the earliest."""
    import numpy as np

    told = []
    for heap in np.lexsort((heaps.order[heaps.starts], -heaps.sizes))[:_NAMED]:
        members = heaps.order[heaps.starts[heap] :][: heaps.sizes[heap]]
        first = entries[members[0]]
        rows = np.unique(entries["row"][members])[:_ROWS].tolist()
        text = bytes(first["opening"]).decode() if opened else ""
        told.append(Repeated(groups[int(first["group"])], text, len(members), tuple(rows)))
    return tuple(told)


def _layout() -> "np.dtype[np.void]":
    import numpy as np

    bands = ("bands", "<u4", (_HASHES // _BAND,))
    key = [("row", "<u4"), ("group", "<u2"), ("key", "<u8"), ("opening", "S32"), ("signed", "u1")]
    return np.dtype([*key, bands, ("digest", "<u8")])


def repeats_lines(repeats: Repeats, channels: Mapping[str, Channel] | None = None) -> list[str]:
    """Return in Chinese, in eight lines at most, what an operator should know of the repeats."""
    titles = {c.platform: c.title for c in (load_channels() if channels is None else channels).values()}
    lines = []
    if repeats.openings:
        first = repeats.openings[0]
        lines.append(
            f"有 {repeats.opening_texts} 条的开头与别行一样，最多的是“{first.text}”（{_where(first, titles)}）。"
        )
        if more := [f"“{other.text}”（{_where(other, titles)}）" for other in repeats.openings[1:3]]:
            lines.append(f"其次是{'、'.join(more)}。")
    if repeats.alike:
        largest = _where(repeats.alike[0], titles)
        lines.append(
            f"有 {repeats.alike_texts} 条与前面某行只差几个字（产品名、价格、优惠不算），最大的一组 {largest}。"
        )
    if repeats.equal:
        largest = _where(repeats.equal[0], titles)
        lines.append(f"有 {repeats.equal_texts} 条与前面某行一字不差，多半是输入里有重复的行；最大的一组 {largest}。")
    if repeats.openings or repeats.alike:
        lines.append("发布前先改这些：给这些行不同的卖点、人群或场景再写，或每行多写几条来挑。")
    if not lines and repeats.texts > 1:
        lines.append(f"比较了 {repeats.texts} 条：没有与别行一样的开头，也没有只差几个字的。")
    return lines


def _where(heap: Repeated, titles: Mapping[str, str]) -> str:
    title = f"{titles[heap.group]}，" if heap.group in titles else ""
    rows = "、".join(map(str, heap.rows[:3]))
    return f"{title}{heap.count} 条：第 {rows} 行{'…' if len(heap.rows) > 3 else ''}"
