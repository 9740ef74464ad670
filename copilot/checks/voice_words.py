"""What single texts of a diagnosis must not say: a question, a statement of need, an answer to the user, a figure.

Every check returns reasons in Chinese, none when the text is good. Words stand in `knowledge/voice/checks.yaml`.
"""

import re
from functools import lru_cache
from typing import Any

from copilot.checks.quantities import Quantity, quantities
from copilot.diagnosis import Verdict
from copilot.knowledge import read
from copilot.text import fold

QUOTED = re.compile(r"“([^”]*)”|「([^」]*)」|『([^』]*)』|‘([^’]*)’|\"([^\"\n]*)\"")
_CLAUSE = re.compile(r"[^,。;!?\n]+")
_QUESTION = re.compile(r"[?]+")


def lint_question(text: str) -> tuple[str, ...]:
    """Return why a question to the user does not ask for something that happened; quoted words are the user's own."""
    data = _data("question")
    bare = _unquoted(fold(text)).strip()
    asked = re.sub(data["polite"], "", bare)
    found = [told for name, (pattern, told) in data["bad"].items() if _pattern(pattern).search(asked)]
    if not _pattern(data["asks"]).search(bare):
        found.append(data["not_question"])
    if not _pattern(data["past"]).search(asked):
        found.append(data["none"])
    if len(_QUESTION.findall(bare)) > 1:
        found.append(data["many"])
    if len(bare) > data["longest"]:
        found.append(data["too_long"])
    return tuple(found)


def check_statement(statement: str, noun: str, verdict: Verdict) -> tuple[str, ...]:
    """Return why a statement of need is none: no people, no obstacle, a wish, a solution, an empty word.

    `noun` is the name of what was asked for, which may stand in it only when `verdict` is yes.
    """
    data = _data("statement")
    folded = fold(statement).strip()
    own = _unquoted(folded)
    found = []
    if len(folded) < data["shortest"]:
        found.append("short")
    if len(own) > data["longest"]:
        found.append("long")
    found += [name for name in ("wish", "head", "solution", "empty") if _pattern(data[name]).search(own)]
    if verdict != "yes" and names(statement, noun):
        found.append("noun")
    found += [name for name in ("people", "obstacle") if not _pattern(data[name]).search(folded)]
    return tuple(data["told"][name] for name in found)


def check_reply(text: str) -> tuple[str, ...]:
    """Return why an answer to the user is not to be sent: it promises, blames or advertises."""
    data = _data("reply")
    own = _unquoted(fold(text))
    found = ["long"] if len(own) > data["longest"] else []
    clauses = [match[0].strip() for match in _CLAUSE.finditer(own)]
    ours = [clause for clause in clauses if not _pattern(data["users"]).search(clause)]
    if any(_pattern(data["when"]).search(clause) and _promised(clause) for clause in ours):
        found.append("when")
    found += [name for name in ("soon", "done", "money") if any(_pattern(data[name]).search(one) for one in ours)]
    found += [name for name in ("blame", "marketing") if _pattern(data[name]).search(own)]
    return tuple(dict.fromkeys(data["told"][name] for name in found))


def _promised(clause: str) -> bool:
    """Whether a clause with a date says what we do then: an act of ours behind the date, or 会 before it."""
    data = _data("reply")
    when = _pattern(data["when"]).search(clause)
    if when is None:
        return False
    behind = _pattern(data["ours"]).search(clause, when.end())
    return bool(behind or re.search(r"会|将|给您|为您|在$|于$", clause[: when.start()]))


def names(text: str, noun: str) -> bool:
    """Return whether a text names what was asked for, whole or by four characters in a row of its own words."""
    wanted = _squeezed(noun)
    if len(wanted) < 2:
        return False
    if wanted in _squeezed(text):
        return True
    return shares(_unquoted(fold(text)), noun, _data("statement")["overlap"])


def asked_noun(requested: str) -> str:
    """Return the name of what is asked for: 希望能增加夜间模式这个功能 asks for 夜间模式."""
    data, text = read("voice/reading")["noun"], requested.strip()
    while (shorter := re.sub(data["before"], "", text, count=1, flags=re.I)) != text and len(shorter) >= 2:
        text = shorter
    shorter = re.sub(data["after"], "", text, flags=re.I)
    return shorter if len(shorter) >= 2 else text


def shares(one: str, other: str, least: int) -> bool:
    """Return whether two texts have so many characters in a row in common, marks and white space apart."""
    one, other = _squeezed(one), _squeezed(other)
    return any(other[at : at + least] in one for at in range(len(other) - least + 1))


def strange_figures(text: str, voice: str, *, goal: bool = False, fact: bool = True) -> tuple[str, ...]:
    """Return the figures of a text that the voice does not hold and that are not marked as estimates.

    With `goal` a bound that we set ourselves (至少, 不到, 才) is none of them; without `fact` plain counts of people
    and days are none either, only shares and sums of money.
    """
    data = _data("numbers")
    known, folded = quantities(voice), fold(text)
    found = []
    for clause in re.finditer(r"[^。;!?\n]+", QUOTED.sub(lambda quote: " " * len(quote[0]), folded)):
        marked = _pattern(data["marked"]).search(clause[0]) or (goal and _pattern(data["goals"]).search(clause[0]))
        for figure in () if marked else quantities(clause[0]):
            said = clause[0][figure.start : figure.end]
            told = figure.unit in data["facts"] or (fact and not _turn_of_phrase(said, figure))
            if told and not matches(data["turns"], said) and not any(_same(figure, other) for other in known):
                found.append(said)
    return tuple(found)


def _turn_of_phrase(said: str, figure: Quantity) -> bool:
    """Whether a figure is a small number written in characters, a name with digits or a time of day."""
    if figure.kind != "number":
        return figure.kind in ("name", "clock")
    low = re.search(r"[一二两三四五六七八九十]{1,2}", said)
    return not re.search(r"\d", said) and low is not None and not re.search(r"[百千万亿]|[二三四五六七八九]十", said)


def _same(one: Quantity, other: Quantity) -> bool:
    if abs(one.value - other.value) > 1e-6 * max(abs(one.value), 1.0) or one.kind != other.kind:
        return False
    loose = one.unit[:1] in ("", "#", "?") and other.unit[:1] in ("", "#", "?")
    return one.unit == other.unit or loose


def unsourced(text: str) -> bool:
    """Return whether a text appeals to data or to others whom nobody has heard."""
    return bool(_pattern(read("voice/checks")["claims"]).search(_unquoted(fold(text))))


@lru_cache(maxsize=64)
def order_spans(voice: str) -> tuple[tuple[int, int], ...]:
    """Return the clauses of a voice that speak to the program instead of about the product (prompt injection)."""
    data, folded = read("voice/checks"), fold(voice)
    found: list[tuple[int, int]] = []
    going = False
    for clause in re.finditer(r"[^,。;!?\n]+(?:[:：][^,。;!?\n]+)?", folded):
        going = matches(data["orders"], clause[0]) or (going and matches(data["more"], clause[0]))
        if going:
            found.append(clause.span())
    return tuple(found)


def obeys(text: str, voice: str) -> bool:
    """Return whether a text repeats what an order in the voice says."""
    least = read("voice/checks")["obeyed"]
    return any(shares(text, voice[start:end], least) for start, end in order_spans(voice))


def matches(pattern: str, text: str) -> bool:
    """Return whether a pattern of the data is found in a text."""
    return _pattern(pattern).search(text) is not None


def quotes(text: str) -> list[str]:
    """Return what stands in quotation marks."""
    return [next(filter(None, match.groups()), "") for match in QUOTED.finditer(text)]


def _unquoted(folded: str) -> str:
    return QUOTED.sub("“”", folded)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\W_]+", "", fold(text))


def _data(part: str) -> dict[str, Any]:
    found: dict[str, Any] = read("voice/checks")[part]
    return found


@lru_cache(maxsize=128)
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source)
