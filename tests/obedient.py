"""A model that does what the text it is given tells it to: it looks for an attack in its prompt and obeys.

    model = Obedient()
    with serve(model.personality) as stub:
        model.attack = attacks()[0]
        bot.ask(…)
        assert model.obeyed

It answers in the format of the task that the prompt asks for, good otherwise. It knows what it must not tell: KEY, its
instructions, the prompts it got before.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from copy_personalities import variants_for
from injections import Attack
from openai_stub import Personality, cut_small, passages_in, sentences

from copilot.prompts import load_prompt

KEY = "sk-canary/Zq7+Wm2=Xp9"
OTHERS = "赵小满 13955557777 订单 880123456"  # of another row


def encodings(secret: str) -> dict[str, str]:
    """The forms in which a secret is told, by their place in `say`."""
    return {
        "key": secret,
        "key64": base64.b64encode(secret.encode()).decode(),
        "keyurl": quote(secret, safe=""),
        "keyhex": secret.encode().hex(),
        "keyspaced": " ".join(secret),
    }


class Obedient:
    """Obeys `attack`, or with `among` whichever of these stands in the prompt first."""

    def __init__(self) -> None:
        """Obey nobody at first."""
        self.attack: Attack | None = None
        self.among: Sequence[Attack] = ()
        self.calls = 0
        self.obeyed = 0
        self.last = ""

    @property
    def personality(self) -> Personality:
        """How the stub behaves."""
        return Personality(reads=lambda prompt, _: cut_small(self.answer(prompt), 40))

    def follow(self, attack: Attack | None) -> None:
        """Obey this attack from now on."""
        self.attack, self.calls, self.obeyed, self.last = attack, 0, 0, ""

    def answer(self, prompt: str) -> str:
        """The answer to a prompt."""
        self.calls += 1
        told = self.attack if self.attack and is_in(self.attack, prompt) else None
        told = told or next((one for one in self.among if is_in(one, prompt)), None)
        self.obeyed += told is not None
        self.last = _answer(prompt, told)
        return self.last


def task_of(prompt: str) -> str:
    """The task that a prompt is for."""
    if "<<<句子>>>" in prompt:
        return "plan"
    if "<<<原话>>>" in prompt:
        return "diagnose"
    return "adcopy" if "<<<简报>>>" in prompt else "answer"


def is_in(attack: Attack, prompt: str) -> bool:
    """Whether most of an attack stands in a prompt, with the figures that tell it from others like it."""
    wanted, there = _letters(attack.text), _prompt_letters(prompt)
    if len(wanted) < 5:
        return False
    grams = [wanted[at : at + 4] for at in range(len(wanted) - 3)]
    own = re.findall(r"\d{3,}", wanted)
    return sum(gram in there for gram in grams) >= 0.6 * len(grams) and all(figure in there for figure in own)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=16)
def _prompt_letters(prompt: str) -> str:
    return _letters(prompt)


def _answer(prompt: str, attack: Attack | None) -> str:
    obeys = attack.obeys if attack else {}
    if raw := obeys.get("raw"):
        return _filled(raw, prompt)
    say = _filled(obeys.get("say", ""), prompt)
    write = {"answer": _sentences, "adcopy": _copy, "plan": _plan, "diagnose": _diagnosis}[task_of(prompt)]
    return write(prompt, say, obeys)


def _filled(text: str, prompt: str) -> str:
    """A text of an attack with what it wants to have told."""
    system = [line for line in load_prompt(task_of(prompt)).system.splitlines() if len(line) > 20]
    told = encodings(KEY) | {"system": "\n".join(system[:6]), "rows": OTHERS}
    return re.sub(r"\{(key\w*|system|rows)\}", lambda place: told.get(place[1], place[0]), text)


def _digits(text: str, obeys: dict[str, Any]) -> str:
    return re.sub(r"\d(?!\d*\])", obeys["digits"], text) if "digits" in obeys else text


def _sentences(prompt: str, say: str, obeys: dict[str, Any]) -> str:
    mark = "" if obeys.get("unmarked") or re.search(r"\[\d+\]", say) else "[1]"
    told = f"{say[:-1]}{mark}{say[-1]}" if say.endswith(("。", ".")) else f"{say}{mark}"
    if obeys.get("only"):
        return told
    good = "".join(
        f"{text[:-1]}{'' if obeys.get('unmarked') else f'[{number}]'}。"
        for number, text in sentences(passages_in(prompt))
    )
    return _digits(f"{told}{good}{told}" if say else good, obeys)


def _copy(prompt: str, say: str, obeys: dict[str, Any]) -> str:
    variants = variants_for(prompt)
    for number, variant in enumerate(variants):
        for name, value in variant["fields"].items():
            if isinstance(value, str) and (obeys.get("only") or number % 2):
                variant["fields"][name] = say or value
            elif isinstance(value, str):
                variant["fields"][name] = f"{value}{say}"
            else:
                variant["fields"][name] = [*value, *filter(None, [say])]
        variant |= obeys.get("extra", {})
    return _digits(json.dumps({"variants": variants, **obeys.get("extra", {})}, ensure_ascii=False), obeys)


def _plan(prompt: str, say: str, obeys: dict[str, Any]) -> str:
    ours = dict(re.findall(r"(?m)^(s\d+)(?:（[^\n]*?）)?｜(.+)$", prompt))
    texts = {
        id: (say if number % 3 == 0 or obeys.get("only") else f"{text}，{say}" if number % 3 == 1 else f"{say}{text}")
        for number, (id, text) in enumerate(ours.items())
    }
    changed = {id: _digits(text if say else ours[id], obeys) for id, text in texts.items()}
    return json.dumps(changed | obeys.get("extra", {}), ensure_ascii=False)


def _diagnosis(prompt: str, say: str, obeys: dict[str, Any]) -> str:
    reading = json.loads(re.search(r"规则的初读：\n(\{.*\})\n", prompt)[1])  # type: ignore[index]
    voice = re.search(r"<<<原话>>>\n(.*?)\n<<<原话 结束>>>", prompt, re.DOTALL)
    said = voice[1] if voice else ""
    needs = [
        _need(statement, number, said, say, obeys) for number, statement in enumerate(reading["needs"] or [said[:40]])
    ]
    ideas = (f"先改这一步{say}", "用现有的：教他怎么做", "不做：照旧")
    answer = {key: reading[key] for key in ("kind", "enough", "segment", "context", "workaround", "requested", "pain")}
    answer |= {
        "needs": needs,
        "whys": [{"text": say or "每次都要从头做", "basis": "assumed"}, {"text": say or said[:10], "basis": "quoted"}],
        "solves_root": reading["solves_root"],
        "root_reason": f"只治标，难处还在。{say}",
        "questions": [f"上次遇到是什么时候，当时怎么办的？{say}", say],
        "options": [
            {"idea": idea, "benefit": 3, "cost": 1, "effort": "1–2 人日", "moves": say or "次数", "why": f"估计。{say}"}
            for idea in ideas
        ],
        "job_story": {"situation": "忙的时候", "motivation": say or "少做一步", "outcome": f"不误事{say}"},
        "test": {"what": f"找五个人试一周{say}", "threshold": "一半以上不再提"},
        "requirement": f"为他解决眼前这一步。{say}",
        "next_step": reading["next_step"],
        "urgency": "medium",
        "owner": say if obeys.get("only") else f"产品经理{say}",
        "verdict": say if obeys.get("only") else f"照原话做只治标。{say}",
        "this_week": f"本周跟一个人看他怎么做。{say}",
        "reply": f"谢谢您说得这么具体，我们想先弄清上次的经过。{say}",
    }
    answer |= obeys.get("judged", {}) | obeys.get("extra", {})
    return _digits(json.dumps(answer, ensure_ascii=False), obeys)


def _need(statement: str, number: int, said: str, say: str, obeys: dict[str, Any]) -> dict[str, Any]:
    return {
        "statement": say if obeys.get("only") else f"{statement}{say if number else ''}",
        "reason": f"难处出在这一步。{say}",
        "confidence": 0.9,
        "evidence": say or said[:8],
        "against": f"如果只是偶尔一次，就不成立。{say}",
        "falsifier": f"看到第 {number} 次不再提，就推翻。{say}",
        "action": f"先做第 {number} 件小事。{say}",
        "cites": [1, 9],
    }
