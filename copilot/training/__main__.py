"""Train the built-in embedding: vocabulary, token vectors, export.

    python -m copilot.training --data ../shared/data/train --out copilot/embedding/builtin

A GPU is used when there is one; without, `OMP_NUM_THREADS` bounds the cores.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from copilot.errors import CopilotError
from copilot.glossary import glossary
from copilot.paths import shipped
from copilot.text import fold
from copilot.training import sources
from copilot.training.card import model_card
from copilot.training.contrast import Options, PairSet, Passages, Ragged, train
from copilot.training.export import export
from copilot.training.vocabulary import train_vocabulary

PIECES = 32000
LONGEST = 600  # characters of a paired text that are read
TOGETHER = 8  # loose sentences put together to a passage of about the usual length
# Share of the paired half of a batch, and neighbours drawn together (near texts are the better wrong answers).
SHARES = {
    "heading": (0.50, 8),
    "title and heading": (0.13, 8),
    "question": (0.03, 8),
    "abstract": (0.03, 1),
    "English heading": (0.04, 1),
    "English sentence": (0.05, 1),
    "paraphrase": (0.03, 1),
    "synonym": (0.12, 1),
    "handbook": (0.06, 8),
    "asked": (0.40, 8),
    "asked alike": (0.10, 1),
    "term": (0.10, 4),
    "plain word": (0.03, 1),
    "plain question": (0.06, 1),
}
QUESTION_WORDS = [
    "什么",
    "哪些",
    "如何",
    "怎么",
    "多少",
    "哪一年",
    "谁",
    "为什么",
    "哪里",
    "是什么",
    "有哪些",
    "怎么办",
    "哪个",
    "是谁",
    "什么时候",
    "几个",
    "什么意思",
    "怎样",
    "吗",
    "有什么区别",
    "什么原因",
    "怎么做",
    "什么地方",
    "哪几个",
]


def build(data: Path, handbook: Path, options: Options, pieces: int = PIECES) -> tuple[Tokenizer, NDArray[np.float32]]:
    """Return the vocabulary and its vectors, shape `(pieces, options.dimension)`; progress goes to stderr."""
    tokenizer, sets, prose, singles = prepare(data, handbook, options.seed, pieces)
    questions = tuple(tuple(tokenizer.encode(word).ids) for word in QUESTION_WORDS)
    vectors = train(sets, prose, singles, tokenizer.get_vocab_size(), replace(options, questions=questions))
    vectors[0] = 0.0  # the unknown piece says nothing
    return tokenizer, vectors


def prepare(data: Path, handbook: Path, seed: int, pieces: int) -> tuple[Tokenizer, list[PairSet], Passages, Passages]:
    """Return the vocabulary, and everything that is trained on as piece numbers."""
    began = perf_counter()
    prose, loose = sources.passages(data, handbook), sources.loose_sentences(data)
    np.random.default_rng(seed).shuffle(loose)
    found = sources.pairs(data, handbook, seed)
    _say(f"{len(prose)} passages, {len(loose)} sentences, {sum(map(len, found.values()))} pairs", began)
    tokenizer = vocabulary(data, handbook, prose, loose, pieces)
    _say(f"{tokenizer.get_vocab_size()} pieces", began)
    text = Passages(_ids(tokenizer, [s for p in prose for s in p]), np.cumsum([0, *map(len, prose)]))
    lone = _ids(tokenizer, loose)
    singles = Passages(lone, np.minimum(np.arange(0, len(lone) + TOGETHER, TOGETHER), len(lone)))
    sets = []
    for kind, (share, block) in SHARES.items():
        if kind in found:
            left, right = (_ids(tokenizer, [pair[side][:LONGEST] for pair in found[kind]]) for side in (0, 1))
            sets.append(PairSet(left, right, share, block))
    _say("tokenised", began)
    return tokenizer, sets, text, singles


def vocabulary(data: Path, handbook: Path, prose: list[list[str]], loose: list[str], pieces: int) -> Tokenizer:
    """Return the tokenizer over everything that is read; the handbook counts eight times."""
    lines = [*dict.fromkeys(s for p in prose for s in p), *loose]
    lines += [fold(text) for _, path, body in sources.handbook_sections(handbook) for text in [path, body] * 8]
    lines += [fold(phrase) for term in glossary() for phrase in (*term.names, *term.lay)] * 2
    lines += [fold(row[k]) for row in sources.rows(data, "pairs-csl-zh") for k in ("q", "p")]
    lines += list(dict.fromkeys(fold(row["en"]) for row in sources.rows(data, "pairs-tatoeba-en-zh")))
    words = {fold(w) for row in sources.rows(data, "synonyms-zh") for w in row.get("words", [row.get("word", "")])}
    terms = {fold(name) for term in glossary() for name in term.names}
    return train_vocabulary(lines, words, terms, pieces)


def _ids(tokenizer: Tokenizer, texts: Sequence[str]) -> Ragged:
    flat, ends = [np.zeros(0, dtype=np.int64)], [0]
    for start in range(0, len(texts), 4000):
        for encoding in tokenizer.encode_batch_fast(list(texts[start : start + 4000]), add_special_tokens=False):
            flat.append(np.array(encoding.ids, dtype=np.int64))
            ends.append(ends[-1] + len(encoding.ids))
    return Ragged(np.concatenate(flat), np.array(ends))


def _say(what: str, began: float) -> None:
    sys.stderr.write(f"{what} ({perf_counter() - began:.0f} s)\n")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m copilot.training", description="训练内置的中文向量模型")
    parser.add_argument("--data", type=Path, required=True, help="训练数据的文件夹")
    parser.add_argument("--out", type=Path, required=True, help="模型写到哪里；已有的整个换掉")
    parser.add_argument("--seed", type=int, default=Options().seed, help="随机种子")
    parser.add_argument("--mine", type=int, nargs="*", default=Options().mined, help="在这些步之前重新找难的反例")
    parser.add_argument("--steps", type=int, default=Options().steps, help="训练步数")
    arguments = parser.parse_args()
    options = replace(Options(), seed=arguments.seed, steps=arguments.steps, mined=tuple(arguments.mine))
    try:
        tokenizer, vectors = build(arguments.data, shipped("corpus"), options)
    except CopilotError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return error.exit_code
    export(vectors, tokenizer, model_card(options, tokenizer.get_vocab_size()), arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
