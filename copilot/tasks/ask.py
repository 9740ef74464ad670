"""Answering a question: retrieve, decide whether the library answers it, write, check every sentence."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from copilot.checks.citations import check_citation, locate_quote
from copilot.checks.intrusions import intrusions, recites
from copilot.errors import ModelError
from copilot.library import Library
from copilot.retrieval import Evidence, retrieve
from copilot.tasks.answerable import answerable
from copilot.tasks.followup import standalone
from copilot.text import normalise
from copilot.text.visible import visible
from copilot.types import Answer, Citation, Done, Draft, Finding, Passage, Sentence, Support
from copilot.writers.rules.answers import write_answer
from copilot.writers.rules.units import plain

if TYPE_CHECKING:
    from copilot.embedding.reranker import Reranker
    from copilot.models import Chat

PASSAGES = 8  # what a writer gets to see
NEAREST = 5  # what is shown when nothing supports an answer
REFUSAL = "资料库里没有能支持回答这个问题的内容。"
# How a sentence that is not borne out is marked, wherever plain text is shown. Supported ones carry no mark.
MARKS: dict[Support, str] = {
    "supported": "",
    "partial": "〔字面核验：部分支持〕",
    "unsupported": "〔字面核验：无依据〕",
}

_LIST_MARK = re.compile(r"(?:- |\d{1,3}(?:[、)）]|\.(?!\d))|[（(]\d{1,2}[）)]|[①-⑳])\s*(?=\S)")


def ask(
    library: Library,
    question: str,
    *,
    long: bool = False,
    model: "Chat | None" = None,
    reranker: "Reranker | None" = None,
) -> Answer:
    """Return a cited answer, or `answered=False` with what was looked at.

    :raises InputError: the question is empty
    :raises ModelError: the model has a meter, and the call failed
    :raises OverBudget: the model has a meter, and the call could cost more than may be spent
    """
    for event in stream(library, question, long=long, model=model, reranker=reranker):
        if isinstance(event, Done):
            return event.reply
    raise AssertionError("stream ends with Done")


def stream(
    library: Library,
    question: str,
    history: Sequence[dict[str, str]] = (),
    *,
    long: bool = False,
    model: "Chat | None" = None,
    reranker: "Reranker | None" = None,
) -> Iterator[Sentence | Done]:
    """Yield each sentence as soon as it is checked, then `Done` with the whole answer.

    `history` holds earlier turns as `{"role": "user" | "assistant", "content": …}`; a follow-up question is made to
    stand alone by rule, see `query_used` of the answer.

    :raises InputError: the question is empty
    :raises ModelError: the model has a meter, and the call failed
    :raises OverBudget: the model has a meter, and the call could cost more than may be spent
    """
    clock = _Clock()
    question = normalise(question).strip()
    query = standalone(question, history)
    evidence = retrieve(library, query, PASSAGES, reranker=reranker)
    clock.lap("retrieve")
    if not answerable(query, evidence):
        yield Done(_refused(question, query, evidence, clock))
        return
    checked = _Checked(evidence)
    writer, findings, made = "rules", [], dict[str, Any]()
    if model is None:
        yield from checked.sentences_of(write_answer(query, evidence, long))
    else:
        from copilot.models import replaceable
        from copilot.prompts import load_prompt
        from copilot.writers import chat
        from copilot.writers.chat_room import shown

        model, writer = model.counted(), f"chat:{model.name}"
        messages = partial(chat.prompt_messages, query, long=long)
        kept = shown(model, evidence.passages, messages, "long" if long else "answer")
        checked.instructions = messages(kept)[0][1]
        try:
            yield from checked.sentences_of(chat.write_answer(model, query, kept, long))
        except ModelError as error:
            if not replaceable(model, error):  # in a batch: the row is to fail and be asked again later
                raise
            findings.append(_broken_off(error, bool(checked.supported)))
        findings += [_taken_out(checked.taken_out)] if checked.taken_out else []
        if not checked.supported:
            # Nothing the model said is borne out: the rule writer answers, and the result says so.
            findings = findings or [_nothing_supported()]
            writer = f"rules（{writer} 的回答没有采用）"
            checked = _Checked(evidence)
            yield from checked.sentences_of(write_answer(query, evidence, long))
        if usage := model.tally.usage():
            unseen = tuple(model.tally.left_out)
            made = {"prompt": load_prompt("answer").label, "usage": usage, "left_out": unseen}
    clock.lap("write_and_check")
    if not checked.sentences:  # nothing but headings, table heads or pointers to other articles
        yield Done(_refused(question, query, evidence, clock))
        return
    sentences = tuple(checked.sentences)
    answer = render(sentences)
    citations = tuple(checked.citations.values())
    reply = Answer(question, query, True, answer, sentences, citations, (), tuple(findings), writer, **made)
    yield Done(replace(reply, timings_ms=clock.laps))


def _refused(question: str, query: str, evidence: Evidence, clock: "_Clock") -> Answer:
    return Answer(question, query, False, REFUSAL, nearest=evidence.passages[:NEAREST], timings_ms=clock.laps)


def render(sentences: Iterable[Sentence]) -> str:
    """Return the answer as text: `[n]` behind every sentence, marks on what is not borne out, lists in lines.

    What comes from another passage stands in a paragraph of its own.
    """
    text, before = "", None
    for sentence in sentences:
        is_item = bool(_LIST_MARK.match(sentence.text))
        was_item = before is not None and bool(_LIST_MARK.match(before.text))
        new_source = before is not None and before.cites != sentence.cites
        if before is not None and (is_item or was_item or new_source):
            text += "\n\n" if new_source else "\n"
        cites = "".join(f"[{n}]" for n in sentence.cites)
        text += f"{sentence.text}{cites}{MARKS[sentence.support]}"
        before = sentence
    return text


@dataclass(slots=True)
class _Checked:
    """Drafts → sentences: quotes located, statement checked against quote, citations numbered in order of use."""

    evidence: Evidence
    instructions: str = ""  # of the model that writes; "" for the rules
    taken_out: int = 0
    sentences: list[Sentence] = field(default_factory=list)
    citations: dict[tuple[int, int, int], Citation] = field(default_factory=dict)
    supported: int = 0

    def sentences_of(self, drafts: Iterable[Draft]) -> Iterator[Sentence]:
        """Yield the checked sentences of a writer's drafts."""
        for draft in drafts:
            if self.instructions:
                draft = replace(draft, text=visible(draft.text))
                if self._is_foreign(draft):
                    self.taken_out += 1
                    continue
            sentence = self._sentence(draft)
            self.sentences.append(sentence)
            self.supported += sentence.support == "supported"
            yield sentence

    def _is_foreign(self, draft: Draft) -> bool:
        """Whether a model brings in its instructions, or an address, an account or code that no cited passage holds."""
        passages = self.evidence.passages
        known = [f"{one.title}\n{one.section}\n{one.text}" for one in passages]
        cited = [known[rank - 1] for rank in draft.cites if 0 < rank <= len(known)]
        return bool(intrusions(draft.text, cited)) or recites(draft.text, self.instructions, known)

    def _sentence(self, draft: Draft) -> Sentence:
        passages = self.evidence.passages
        cited = [(rank, passages[rank - 1]) for rank in draft.cites if 0 < rank <= len(passages)]
        mark = _LIST_MARK.match(draft.text)
        statement = draft.text[mark.end() :] if mark else draft.text  # the number of an item states nothing
        spans = draft.quotes or tuple(locate_quote(statement, passage.text) for _, passage in cited)
        if not cited:
            return Sentence(draft.text, (), "unsupported")
        quotes = [
            f"{self.evidence.context[rank - 1]}\n{plain(passage.text[a:b])}"  # a row is read with its column names
            for (rank, passage), (a, b) in zip(cited, spans, strict=True)
        ]
        support = check_citation(statement, "\n".join(quotes)).support
        numbers = [self._number(rank, passage, span) for (rank, passage), span in zip(cited, spans, strict=True)]
        return Sentence(draft.text, tuple(dict.fromkeys(numbers)), support)

    def _number(self, rank: int, passage: Passage, span: tuple[int, int]) -> int:
        key = (rank, *span)
        if key not in self.citations:
            start, end = span
            self.citations[key] = Citation(
                len(self.citations) + 1,
                passage.doc_id,
                passage.source,
                passage.title,
                passage.section,
                passage.text[start:end],
                passage.start + start,
                passage.start + end,
                passage.score,
            )
        return self.citations[key].n


class _Clock:
    """Milliseconds of each step."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._since) * 1000, 2)
        self._since = now


def _broken_off(error: ModelError, kept: bool) -> Finding:
    """What became of the model; `kept`: what it had said by then is the answer."""
    advice = f"{error.hint}{'以上内容到中断处为止。' if kept else '这次的回答由规则写。'}"
    return Finding("model-failed", "model", "caution", "answer", 0, 0, error.message, "", advice)


def _taken_out(number: int) -> Finding:
    advice = "资料或问题里可能夹带了写给模型的指令，打开出处看一看。"
    match = f"模型的回答去掉了 {number} 句：里面有资料里没有的网址、账号、代码，或照抄了提示词"
    return Finding("model-intrusion", "model", "caution", "answer", 0, 0, match, "", advice)


def _nothing_supported() -> Finding:
    advice = "已改用规则写作；换一个模型，或检查资料库里有没有直接的依据。"
    match = "模型的回答没有一句得到引文支持"
    return Finding("model-unsupported", "model", "caution", "answer", 0, 0, match, "", advice)
