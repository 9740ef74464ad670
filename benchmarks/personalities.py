"""Are unmarked sentences of an answer true, whatever the model says? Known by construction, not by a judge.

    python -m benchmarks.personalities                     # every personality
    python -m benchmarks.personalities mixed entity        # these
    python -m benchmarks.personalities --wrong             # also what went wrong, sentence by sentence

A stub server on localhost speaks for each personality of tests/answer_personalities.py and for those of
tests/openai_stub.py that answer. What they say is taken from the passages in the prompt, as it stands or told
otherwise, and of every sentence it is known whether it is true to the passage that it cites. Counted are sentences
shown: precision is the share of true ones among those without a mark. Baseline of the same run: what the model said,
nothing checked, as if all of it were shown without a mark.
Answers that the rule writer gave instead (nothing of the model's was supported) are counted apart.
"""

import argparse
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from copilot import Copilot, Settings
from copilot.evaluation import read_rows
from copilot.library import Library
from copilot.types import Answer, Sentence
from copilot.writers.chat import drafts_of
from copilot.writers.rules.units import plain

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from answer_corruptions import FALSE, TRUE
from answer_personalities import ANSWERS, claims_of
from openai_stub import PERSONALITIES, Passages, Personality, Stub, passages_in, serve

QUESTIONS = Path(__file__).parent / "questions_dev.jsonl"
PLAIN = ("good", "marks_after", "list", "cut", "cut_quietly", "out_of_range", "invented", "wrong_number", "think",
         "reasoning", "too_long", "error_in_stream")  # fmt: skip

Truth = Callable[[str, Sequence[str]], bool]  # a sentence as shown and what it cites


class Told(NamedTuple):
    """A sentence shown, whether it is true, its mark and the question."""

    sentence: Sentence
    true: bool
    question: str


class Run(NamedTuple):
    """What came of a personality; `said` holds the truth of every sentence that it said, shown or not."""

    shown: list[Told]
    said: list[bool]
    outcomes: Counter[str]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="personalities; none: all")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--wrong", action="store_true", help="print false ones unmarked (+) and true ones marked (-)")
    args = parser.parse_args()
    rows = [row for row in read_rows(QUESTIONS) if row["answerable"]]
    questions = [row["q"] for row in rows[:: max(1, len(rows) // args.questions)]][: args.questions]
    personalities = {**{f"stub:{name}": PERSONALITIES[name] for name in PLAIN}, **ANSWERS}
    names = args.names or list(personalities)
    with tempfile.TemporaryDirectory() as home:
        library = Copilot.open(Settings(home=Path(home))).library
        runs = {}
        print(f"{len(questions)} questions\n{'personality':18} shown unmarked precision marked-though-true unchecked")
        for name in names:
            runs[name] = run(name, personalities[name], library, questions)
            print_run(name, runs[name], args.wrong)
        library.close()
    print_sums(runs)


def run(name: str, personality: Personality, library: Library, questions: Sequence[str]) -> Run:
    """Ask all questions of a personality."""
    found = Run([], [], Counter())
    with serve(personality) as stub:
        bot = Copilot(library, Settings(home=Path("unused"), model="openai:stub", base_url=stub.base_url, timeout=10.0))
        for question in questions:
            before = len(stub.billed)
            reply = bot.ask(question)
            if len(stub.billed) == before:
                found.outcomes["refused"] += 1
                continue
            passages = passages_in(stub.billed[before].messages[-1][1])
            truth = truth_of(name, passages)
            found.said.extend(said(stub, before, passages, truth))
            if reply.writer.startswith("rules"):
                found.outcomes["rule writer"] += 1
                continue
            found.outcomes["answered"] += 1
            found.shown.extend(Told(s, truth(s.text, quotes(reply, s)), question) for s in reply.sentences)
    return found


def quotes(reply: Answer, sentence: Sentence) -> list[str]:
    """The quotes that a sentence cites."""
    return [citation.quote for citation in reply.citations if citation.n in sentence.cites]


def said(stub: Stub, at: int, passages: Passages, truth: Truth) -> list[bool]:
    """The truth of every sentence of the model's text, with what it cites whole."""
    text = re.sub(r"(?s)<think>.*?</think>", "", "".join(stub.billed[at].pieces))
    whole = dict(passages)
    return [truth(d.text, [whole[n] for n in d.cites]) for d in drafts_of(iter([text]), frozenset(whole))]


def truth_of(name: str, passages: Passages) -> Truth:
    """How to know what is true: by the claims of the personality, else by standing word for word in what is cited.

    What cites nothing is not borne out, true or not.
    """
    claims = {letters(c.text): c.true for c in claims_of(name, passages)} if name in ANSWERS else {}

    def truth(text: str, cited: Sequence[str]) -> bool:
        key = letters(re.sub(r"\A\d{1,2}\. ", "", text))
        return bool(cited) and claims.get(key, key in letters(plain("".join(cited))))

    return truth


def letters(text: str) -> str:
    """Letters and digits alone."""
    return re.sub(r"[\W_]", "", text)


def print_run(name: str, found: Run, wrong: bool) -> None:
    """Print a line of the table."""
    print(f"{name:18} {line(found)}  {dict(found.outcomes)}")
    for told in found.shown if wrong else ():
        unmarked = told.sentence.support == "supported"
        if unmarked != told.true and told.sentence.cites:
            print(f"    {'+' if unmarked else '-'} {told.sentence.text}")


def line(found: Run) -> str:
    """Shown, unmarked, precision of the unmarked, true ones marked, precision of what was said unchecked."""
    unmarked = [told for told in found.shown if told.sentence.support == "supported"]
    true = [told for told in found.shown if told.true]
    lost = sum(told.sentence.support != "supported" for told in true)
    return (
        f"{len(found.shown):5} {len(unmarked):8} {share(sum(t.true for t in unmarked), len(unmarked)):>9} "
        f"{share(lost, len(true)):>17} {share(sum(found.said), len(found.said)):>9}"
    )


def share(part: int, whole: int) -> str:
    """A share with three decimals."""
    return f"{part / whole:.3f}" if whole else "-"


def print_sums(runs: Mapping[str, Run]) -> None:
    """Print the sums of all, and of those that say something false on purpose."""
    groups = {"all": list(runs), "lying": [n for n in runs if n in FALSE or n in ("mixed", "liar")],
              "telling otherwise": [n for n in runs if n in TRUE]}  # fmt: skip
    for group, names in groups.items():
        whole = Run([t for n in names for t in runs[n].shown], [t for n in names for t in runs[n].said], Counter())
        print(f"{group:18} {line(whole)}")


if __name__ == "__main__":
    main()
