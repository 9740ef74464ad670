"""A diagnosis by a chat model, and whether a voice is worth the call; the rules' own stands where the model fails."""

from collections.abc import Sequence
from dataclasses import replace
from string import Template

from copilot.diagnosis import Diagnosis
from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, replaceable
from copilot.prompts import load_prompt
from copilot.types import Citation, Passage
from copilot.writers.chat_voice import write_diagnosis


def worth_asking(ruled: Diagnosis) -> bool:
    """Say whether a model could add to what the rules found: not for junk, praise, plain bugs and plain questions.

    A voice whose sentences differ in kind is not plain.
    """
    if not ruled.enough or ruled.kind == "praise":
        return False
    kinds = {ruled.kind, *(part.kind for part in ruled.parts)}
    return bool(kinds & {"request", "complaint"})


def improved(
    chat: Chat, ruled: Diagnosis, passages: Sequence[Passage], citations: Sequence[Citation] = ()
) -> Diagnosis:
    """Return the model's diagnosis of the voice of `ruled`; what fails the checks is the rules' own.

    Needs cite only numbers of `citations`. Where somebody watches, a model that cannot be reached leaves the rules'
    diagnosis with the reason in `dropped`.

    :raises ModelError: nobody watches (the chat has a meter), and the model could not be reached
    :raises OverBudget: nobody watches, and the call could cost more than is left
    """
    ruled = replace(ruled, citations=tuple(citations) or ruled.citations)
    chat = chat.counted()
    made = _improved(chat, ruled, passages)
    usage, unseen = chat.tally.usage(), tuple(chat.tally.left_out)
    return replace(made, prompt=load_prompt("diagnose").label, usage=usage, left_out=unseen) if usage else made


def _improved(chat: Chat, ruled: Diagnosis, passages: Sequence[Passage]) -> Diagnosis:
    try:
        return write_diagnosis(chat, ruled.voice, passages, ruled)
    except ModelError as error:
        if not replaceable(chat, error):
            raise
        line = Template(read("voice/chat")["trouble"]["instead"]).substitute(reason=error.message)
        return replace(ruled, dropped=(*ruled.dropped, line), writer=f"rules（chat:{chat.name} 没有用上）")
