"""A plan worded by a chat model; the rules' own stands where the model fails."""

from dataclasses import replace
from string import Template

from copilot.errors import ModelError
from copilot.knowledge import read
from copilot.models import Chat, replaceable
from copilot.plans import Plan
from copilot.prompts import load_prompt
from copilot.writers.chat_plan import write_plan_prose


def reworded(chat: Chat, plan: Plan) -> Plan:
    """Return the plan with its sentences worded by the model; figures, tables, marks and citations stay as they are.

    Where somebody watches, a model that cannot be reached leaves the rules' plan with the reason in `dropped`.

    :raises ModelError: nobody watches (the chat has a meter), and the model could not be reached
    :raises OverBudget: nobody watches, and a call could cost more than is left
    """
    chat = chat.counted()
    made = _reworded(chat, plan)
    usage = chat.tally.usage()
    return replace(made, prompt=load_prompt("plan").label, usage=usage) if usage else made


def _reworded(chat: Chat, plan: Plan) -> Plan:
    try:
        return write_plan_prose(chat, plan)
    except ModelError as error:
        if not replaceable(chat, error):
            raise
        line = Template(read("plan/chat")["told"]["instead"]).substitute(reason=error.message)
        return replace(plan, dropped=(*plan.dropped, line), writer=f"rules（chat:{chat.name} 没有用上）")
