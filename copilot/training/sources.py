"""What is trained on: the folders below `--data` (their READMEs give licences), the handbook and its glossary."""

import json
import lzma
import random
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from copilot.chunking import chunk_text
from copilot.errors import InputError
from copilot.glossary import glossary, phrasings
from copilot.paths import HANDBOOK
from copilot.text import fold, normalise, sentence_spans

PROSE = ("adobe-docs-zh", "ms-docs-zh", "pm-ops-zh", "tech-docs-zh", "laws-zh")
PASSAGE = 300  # characters of a passage, as in copilot.chunking
EACH = 40  # passages and headings, at most, in which one plain phrase stands for its term

Pairs = dict[str, list[tuple[str, str]]]


def rows(data: Path, folder: str, name: str = "*") -> Iterator[dict[str, Any]]:
    """Yield the rows of `data/folder/name.jsonl.xz`; none when it is not there."""
    for path in sorted((data / folder).glob(f"{name}.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def passages(data: Path, handbook: Path) -> list[list[str]]:
    """Return all prose as passages of folded sentences; a sentence seen before is left out.

    :raises InputError: `data` holds no prose
    """
    out: list[list[str]] = []
    seen: set[str] = set()
    pages = [str(row["text"]) for folder in PROSE for row in rows(data, folder)]
    pages += [text for _, _, text in handbook_sections(handbook)]
    for page in pages:
        text, size = fold(page), PASSAGE
        fresh = True
        for start, end in sentence_spans(text):
            sentence = text[start:end]
            if len(sentence) < 2 or (len(sentence) >= 12 and sentence in seen):
                continue
            seen.add(sentence)
            if fresh or size > PASSAGE:
                out.append([])
                size, fresh = 0, False
            out[-1].append(sentence)
            size += len(sentence)
    if not out:
        hint = "--data 要指向训练数据的文件夹，里面有 pairs-docs-zh、laws-zh 等子文件夹。"
        raise InputError(f"{data} 里没有训练用的文档", hint)
    return out


def loose_sentences(data: Path) -> list[str]:
    """Return single folded sentences of everyday and encyclopedic Chinese, all different."""
    texts = [row["text"] for row in rows(data, "common-voice-zh")]
    texts += [row["a"] for row in rows(data, "paraphrase-pawsx-zh")]
    texts += [row["zh"] for row in rows(data, "pairs-tatoeba-en-zh")]
    return [text for text in dict.fromkeys(map(fold, texts)) if len(text) >= 6]


def handbook_sections(handbook: Path) -> list[tuple[str, str, str]]:
    """Return `(source, heading path, text)` of every chunk of the handbook's articles."""
    out = []
    for path in sorted(handbook.rglob("*.md")):
        text = normalise(path.read_text(encoding="utf-8"))
        source = f"{HANDBOOK}/{path.relative_to(handbook).as_posix()}"
        out += [(source, chunk.section, text[chunk.start : chunk.end]) for chunk in chunk_text(text)]
    return out


def pairs(data: Path, handbook: Path, seed: int) -> Pairs:
    """Return the pairs by kind, folded; what each kind is stands in the model card."""
    out: Pairs = {"heading": [], "title and heading": []}
    for row in rows(data, "pairs-docs-zh", "pairs"):
        titled = f"{row['ctx']} {row['q']}"
        out["heading"].append((titled if row["kind"] == "heading-generic" else row["q"], row["p"]))
        if row["kind"] == "heading" and row["ctx"] not in ("", row["q"]):
            out["title and heading"].append((titled, row["p"]))
    out["question"] = [(row["q"], row["p"]) for row in rows(data, "pairs-docs-zh", "faq_pairs")]
    out["abstract"] = [(row[k], row["p"]) for row in rows(data, "pairs-csl-zh") for k in ("q", "keywords")]
    out["English heading"] = [(row["en"], row["zh"]) for row in rows(data, "pairs-docs-zh", "headings_en_zh")]
    out["English sentence"] = [(row["en"], row["zh"]) for row in rows(data, "pairs-tatoeba-en-zh")]
    out["paraphrase"] = [(row["a"], row["b"]) for row in rows(data, "paraphrase-pawsx-zh") if row["label"] == 1]
    out["synonym"] = [
        (word, other)
        for row in rows(data, "synonyms-zh", "cow")
        for word, other in zip(row["words"], row["words"][1:] + row["words"][:1], strict=True)
        if word != other
    ]
    sections = handbook_sections(handbook)
    out["handbook"] = [(path.split(" › ")[-1], text) for _, path, text in sections]
    asked = [(phrasings(source, path).splitlines(), f"{path}\n{text}") for source, path, text in sections]
    out["asked"] = [(phrasing, text) for found, text in asked for phrasing in found]
    out["asked alike"] = [pair for found, _ in asked for pair in zip(found, found[1:] + found[:1], strict=True)]
    out["term"] = [
        (phrase, f"{term.term}：{term.definition}") for term in glossary() for phrase in (*term.names[1:], *term.lay)
    ]
    out = {kind: [(fold(left), fold(right)) for left, right in found] for kind, found in out.items()}
    out["plain word"], out["plain question"] = _plain_pairs(out["heading"] + out["handbook"], random.Random(seed))
    return {kind: found for kind, found in out.items() if found}


def _plain_pairs(
    sections: list[tuple[str, str]], rng: random.Random
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return phrase ↔ names, and phrase → sections with a name: the heading rewritten, or the phrase alone."""
    words, questions = [], []
    headings, bodies = [_Index([side[i] for side in sections]) for i in (0, 1)]
    for terms, phrases in ([[*map(fold, side)] for side in (term.names, term.lay)] for term in glossary()):
        words += [(phrase, " ".join(rng.sample(terms, len(terms)))) for phrase in phrases]
        words += [(phrase, rng.choice(phrases)) for phrase in phrases if len(phrases) > 1]
        words += [(term, rng.choice(terms)) for term in terms if len(terms) > 1]
        for term in terms:
            for i in headings.find(term, EACH, rng):
                heading, text = sections[i]
                questions.append((heading.replace(term, rng.choice(phrases)), text))
            questions += [(rng.choice(phrases), sections[i][1]) for i in bodies.find(term, EACH, rng)]
    return [(left, right) for left, right in words if left != right], questions


class _Index:
    """Many texts as one string, so that finding a word in all of them is one fast search."""

    def __init__(self, texts: list[str]) -> None:
        self._joined = "\n\n".join(texts)
        self._starts, here = [], 0
        for text in texts:
            self._starts.append(here)
            here += len(text) + 2

    def find(self, word: str, most: int, rng: random.Random) -> list[int]:
        """Return at most `most` texts, chosen by `rng`, that hold `word`."""
        found, at = set(), self._joined.find(word)
        while at >= 0:
            row = bisect_right(self._starts, at) - 1
            found.add(row)
            at = self._joined.find(word, self._starts[row + 1]) if row + 1 < len(self._starts) else -1
        return rng.sample(sorted(found), min(most, len(found)))
