"""Text without what cannot be seen: orders, addresses and keys are hidden in it, and it turns round what is shown."""

import re
import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# One look decides for nearly every text that there is nothing to be done.
_SUSPECT = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0300-\u036f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u20d0-\u20ff\u3164\ue000-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff]|[\U000e0000-\U0010ffff]"
)
_ESCAPES = re.compile(r"\x1b(?:\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\[[0-?]*[ -/]*[@-~]|[@-Z\\-_])")  # of a terminal
_BLANKS = "\u115f\u1160\u3164\uffa0"  # letters by their category, and blank
_MARKS = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{2})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")


def visible(text: str) -> str:
    """Return `text` without control, format, private and broken characters and without terminal escapes.

    Line breaks and tabs stay, joiners and variation selectors where they belong to a picture or a Han character, and
    two marks over a letter. U+2028 and U+2029 become line breaks. `visible(visible(x)) == visible(x)`.
    """
    if not _SUSPECT.search(text):
        return text
    text = _MARKS.sub(r"\1", _ESCAPES.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n")))
    kept: list[str] = []
    for at, c in enumerate(text):
        if c in "\n\t" or _belongs(c, kept[-1] if kept else "", text[at + 1 : at + 2]):
            kept.append(c)
    return "".join(kept)


def _belongs(c: str, before: str, after: str) -> bool:
    if c == "\u200d":  # a family is four pictures joined
        return (before == "\ufe0f" or _is_picture(before)) and _is_picture(after)
    if "\ufe00" <= c <= "\ufe0f":
        return c in "\ufe0e\ufe0f" and (_is_picture(before) or before in tuple("0123456789#*‼⁉"))
    if "\U000e0100" <= c <= "\U000e01ef":  # 葛󠄀: one behind a Han character picks its form
        return "㐀" <= before <= "鿿"
    return c not in _BLANKS and unicodedata.category(c) not in _UNSEEN


def _is_picture(c: str) -> bool:
    return c != "" and unicodedata.category(c) in ("So", "Sk", "Sm")
