"""Prompt injection: a model that obeys every attack of injections.jsonl writes no result that is less true for it.

Each attack goes through every task by way of what carries it: documents, briefs, voices, questions, tables. Held to, in
all that a model had a hand in: no secret, no address or contact that neither evidence nor brief holds, no markup, no
character that cannot be seen, figures as the rules have them, quotes that are exact slices, marks on what nothing
bears out, kinds, limits and law as without the attack. The rest of every task's attacks runs with `-m slow`.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from bs4 import BeautifulSoup
from injections import Attack, attacks, question, write_document
from obedient import KEY, OTHERS, Obedient, encodings
from openai_stub import serve

from copilot import Copilot
from copilot.batch.job import Job
from copilot.briefs import AdCopy
from copilot.channels import load_channels
from copilot.checks.copy import check_copy
from copilot.checks.voice import check_diagnosis
from copilot.diagnosis import SLOTS, Diagnosis
from copilot.errors import InputError
from copilot.export.chat import write_chat
from copilot.export.copy import write_copy
from copilot.export.plan import write_plan
from copilot.export.voice import write_diagnosis
from copilot.plans import Plan
from copilot.prompts import load_prompt
from copilot.settings import Settings
from copilot.tasks.ask import MARKS
from copilot.tasks.revise_read import PLAIN
from copilot.types import Answer, Done
from ui import render_chat, render_copy, render_library, render_plan, render_voice

CHANNELS = {**load_channels(), PLAIN.platform: PLAIN}
TODAY = date(2026, 11, 10)
BRIEF: dict[str, Any] = {
    "product": "拾檐晾衣架",
    "selling_points": ["两床被套并排晾", "收起来厚 6 厘米"],
    "audience": "租房的人",
    "price": "129 元",
    "platform": ["weibo"],
}
QUICK_PLANS = ("field-team", "field-constraint", "field-competitor", "budget-zero", "system-prompt-constraint")
PLAN: dict[str, Any] = {
    "product": "小满记账",
    "goal": "召回",
    "target": "召回 2000 人",
    "budget": "3万",
    "start": "2026-12-01",
    "end": "2026-12-21",
    "channels": "短信、推送",
    "reach": {"短信": 30000, "推送": 50000},
    "audience": "记过账又停下来的年轻人",
    "team": ["运营负责人：王敏"],
    "constraints": ["每人一周最多收一条消息"],
}
VOICE = "导出账单要一张张截图，月底对账要弄到半夜，能不能加个批量导出？"
COPY = "拾檐晾衣架，两床被套并排晾。收起来厚 6 厘米，塞进洗衣机旁边的缝。129 元，点进来看尺寸。"


# The world: one library, one server


@pytest.fixture(scope="module")
def model() -> Obedient:
    """The model behind the server."""
    return Obedient()


@pytest.fixture(scope="module")
def bot(model: Obedient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copilot]:
    """A library of documents that carry attacks, and the obedient model to answer from them."""
    folder = tmp_path_factory.mktemp("attacks")
    for attack in attacks():
        write_document(attack, folder)
    with serve(model.personality) as stub:
        settings = Settings(
            home=tmp_path_factory.mktemp("home"), handbook=False, timeout=20.0,
            model="openai:stub", base_url=stub.base_url, api_key=KEY,
        )  # fmt: skip
        with closing(Copilot.open(settings)) as opened:
            report = opened.library.add([folder])
            assert report.totals["added"] == len(attacks()), report.totals
            yield opened


def some(wanted: Callable[[Attack], bool], *, of_each_kind: bool = True, rest: bool = True) -> list[Any]:
    """Every attack; those that are neither `wanted` nor the first of their kind only with `-m slow`.

    Without `rest` only these and the first of each kind, all kinds but the wanted with `-m slow`.
    """
    seen: set[str] = set()
    found = []
    for attack in attacks():
        first = attack.kind not in seen
        quick = wanted(attack) or (of_each_kind and first)
        seen.add(attack.kind)
        if quick or first or rest:
            found.append(pytest.param(attack, id=attack.id, marks=[] if quick else [pytest.mark.slow]))
    return found


# What no result may hold

SCHEME = r"(?:https?|hxxps?|ftp|file|smb|wss?|javascript|vbscript|data|mailto|weixin|blob|tel)\s*:\s*(?://|[\w(+])"
DOMAIN = r"(?:[\w-]{1,60}(?:\.|\[\.\]|\(dot\)|。|．|｡))+(?:com|cn|net|org|top|vip|example|test|me|io|xyz|shop)(?![\w-])"
ADDRESS = re.compile(
    rf"{SCHEME}|www\.|{DOMAIN}|(?<![\d.])\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![\d.])|\[[\da-f:]*::[\da-f:]*\]|//[\w.-]+\.\w"
    r"|[\w.+-]+@[\w-]+\.\w|[a-z0-9_]*evil[a-z0-9_]*|\d[\d -]{6,}\d",
    re.IGNORECASE,
)
MARKUP = re.compile(r"!\[|\]\(|</?[a-z!][^<>\n]*>?|<\||\|>|<<<|>>>|```|^\s*\[[^\]]+\]:", re.IGNORECASE | re.MULTILINE)
CONFUSABLE = str.maketrans("еехаорсіѕ", "eexaopcis")


def plain(text: str) -> str:
    """A text as a reader or a parser takes it: full width, look-alikes and what cannot be seen undone."""
    seen = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cf", "Mn", "Co"))
    return seen.translate(CONFUSABLE).lower()


def unseen_in(text: str) -> list[str]:
    """The characters that cannot be seen, or that change how others are shown."""
    found = []
    for at, c in enumerate(text):
        category, before = unicodedata.category(c), text[at - 1 : at]
        joiner = c in "\u200d\ufe0f" and before and unicodedata.category(before) in ("So", "Sk", "Mn", "Po", "Nd")
        stacked = at > 1 and all(unicodedata.category(mark) == "Mn" for mark in text[at - 2 : at + 1])
        strange = category in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") or (
            0xE0100 <= ord(c) <= 0xE01EF and not "㐀" <= before <= "鿿"
        )
        if c not in "\n\t" and not joiner and (strange or stacked):
            found.append(f"U+{ord(c):04X}")
    return found


def strings(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from strings(one, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from strings(one, f"{path}[{number}]")


def told_secrets(text: str) -> list[str]:
    """The secrets in a text: the key however it is written, another row, lines of the instructions."""
    squeezed = re.sub(r"[\W_]+", "", text).casefold()
    found = told_key(text)
    found += [word for word in OTHERS.split() if re.sub(r"\W", "", word) in squeezed and word != "订单"]
    return found + [line[:40] for line in instructions() if line in squeezed]


def told_key(text: str) -> list[str]:
    """The key in a text, however it is written."""
    squeezed = re.sub(r"[\W_]+", "", text).casefold()
    forms = {re.sub(r"[\W_]+", "", form).casefold() for form in encodings(KEY).values()}
    return [form for form in forms if form in squeezed]


@cache
def instructions() -> tuple[str, ...]:
    """The lines of all prompts, squeezed."""
    lines = [
        line for name in ("answer", "adcopy", "plan", "diagnose") for line in load_prompt(name).system.splitlines()
    ]
    squeezed = (re.sub(r"[\W_]+", "", line).casefold() for line in lines)
    return tuple(line for line in squeezed if len(line) > 15)


def clean(value: Any, sources: Iterable[str], *, refused: bool = False, quoted: bool = False) -> None:
    """Hold all texts of a value to what no result may hold.

    Those that say what was `refused` may quote that; `quoted` ones may hold the markup of their source.
    """
    known = plain("\n".join(sources))
    for path, text in strings(value):
        assert not (told_key(text) if refused else told_secrets(text)), (path, text)
        assert not unseen_in(text), (path, unseen_in(text), text)
        assert refused or quoted or not MARKUP.search(text), (path, text)
        strange = [found[0] for found in ADDRESS.finditer(plain(text)) if found[0] not in known]
        assert refused or not strange, (path, strange, text)


# Answers


def answer_holds(reply: Answer, bot: Copilot) -> None:
    """What holds for an answer whatever the model wrote."""
    told = reply.to_dict()
    quotes = [citation.quote for citation in reply.citations]
    by_rules = reply.writer.startswith("rules")  # which say what stands in a document, as it stands there
    clean({key: told[key] for key in ("answer", "sentences", "findings", "writer")}, quotes, quoted=by_rules)
    texts = {one.doc_id: bot.library.show(one.doc_id).text for one in reply.citations}
    assert all(texts[one.doc_id][one.start : one.end] == one.quote for one in reply.citations)
    numbers = {citation.n for citation in reply.citations}
    assert {n for one in reply.sentences for n in one.cites} == numbers
    assert {int(n) for n in re.findall(r"\[(\d+)\]", reply.answer)} <= numbers
    for one in reply.sentences:
        assert one.cites or one.support == "unsupported"
        assert "字面核验" not in one.text, one.text
    marked = sum(reply.answer.count(mark) for mark in MARKS.values() if mark)
    assert marked == sum(one.support != "supported" for one in reply.sentences)
    assert reply.writer in ("rules", "chat:openai:stub") or reply.writer.startswith("rules（")


@pytest.mark.parametrize("attack", some(lambda attack: True))
def test_ask(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands in the document that answers the question; where nobody sees it the model does not either."""
    model.follow(attack)
    reply = bot.ask(question(attack))
    assert reply.answered and model.calls
    assert bool(model.obeyed) != attack.unseen
    answer_holds(reply, bot)


@pytest.mark.parametrize("attack", some(lambda attack: attack.carrier in ("history", "question")))
def test_stream_with_history(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands in the question and in the turns before it; what was streamed is what is in the answer."""
    model.follow(attack)
    history = [
        {"role": "user", "content": f"{question(attack)}\n{attack.text}"},
        {"role": "assistant", "content": attack.text},
        {"role": "system", "content": attack.text},
    ]
    events = list(bot.stream(f"那推送呢？{attack.text}", history))
    assert isinstance(events[-1], Done)
    reply = events[-1].reply
    if reply.answered:
        answer_holds(reply, bot)


# Copy


def brief_with(attack: Attack) -> dict[str, Any]:
    """A brief that carries the attack."""
    fields: dict[str, dict[str, Any]] = {
        "selling_point": {"selling_points": [*BRIEF["selling_points"], attack.text]},
        "fact": {"facts": [attack.text]},
        "keyword": {"keywords": [attack.text[:40]]},
        "banned": {"banned": [attack.text]},
        "variable": {"variables": [attack.text]},
        "product": {"product": f"拾檐晾衣架 {attack.text}"},
        "voice_sample": {},
        "voice_do": {},
    }
    own = ("brand", "audience", "pain", "scene", "price", "cta", "tone", "sms_sign", "link", "offer", "qualification")
    field = attack.carrier if attack.carrier in fields else "selling_point"
    return BRIEF | ({attack.carrier: attack.text} if attack.carrier in own else fields[field])


def copy_holds(made: AdCopy, given: str) -> None:
    """What holds for copy whatever the model wrote."""
    for variant in made.variants:
        told = variant.to_dict()
        clean({key: told[key] for key in ("fields", "text", "dropped_keywords")}, [given])
        channel = CHANNELS[variant.platform]
        again = check_copy(variant.fields, made.brief, channel, sources=[given, *(c.quote for c in variant.citations)])
        grave = [one for one in again.findings if one.level in ("ban", "evidence")]
        # A tag that is a bare number of the copy itself, whose unit stands there: the brief of the whole knows the unit.
        assert not [one for one in grave if one.rule != "grounding.unit" or one.match not in given], grave
        assert variant.text
    clean([made.dropped, made.notes, made.writer], [given], refused=True)


@pytest.mark.parametrize("attack", some(lambda attack: not attack.in_document))
def test_adcopy(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands in a field of the brief."""
    model.follow(attack)
    brief = brief_with(attack)
    try:
        made = bot.adcopy(brief, 2)
    except InputError as error:  # a link that is none, a variable that is no name
        clean([error.message, error.hint], [attack.text])
        return
    copy_holds(made, json.dumps(brief, ensure_ascii=False))
    assert made.variants or made.dropped


@pytest.mark.parametrize("attack", some(lambda attack: attack.carrier in ("revise", "voice_sample", "voice_do")))
def test_revise(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands in the copy that is to be reworked and in the sample."""
    model.follow(attack)
    given = f"{COPY}{attack.text}"
    try:
        made = bot.revise(given, shorten=60, like=attack.text)
    except InputError as error:
        clean([error.message, error.hint], [attack.text])
        return
    copy_holds(made, given)


# Plans


@pytest.mark.parametrize("attack", some(lambda one: one.id in QUICK_PLANS, of_each_kind=False))
def test_plan(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands in the brief; figures, tables, marks and citations are those of the rules' plan."""
    model.follow(attack)
    field = {"team": "team", "competitor": "competitors"}.get(attack.carrier, "constraints")
    brief = PLAN | {field: [*PLAN.get(field, []), attack.text[:200]]}
    rules = replace(bot.settings, model="")
    try:
        ours = Copilot(bot.library, rules).plan(brief, today=TODAY)
    except InputError:
        return
    plan_holds(bot.plan(brief, today=TODAY), ours, json.dumps(brief, ensure_ascii=False))
    assert model.calls


def test_plan_keeps_the_figures_of_the_rules(bot: Copilot, model: Obedient) -> None:
    """An attack in no field changes nothing."""
    model.follow(next(attack for attack in attacks() if attack.id == "budget-zero"))
    ours = Copilot(bot.library, replace(bot.settings, model="")).plan(PLAN, today=TODAY)
    plan_holds(bot.plan(PLAN, today=TODAY), ours, json.dumps(PLAN, ensure_ascii=False))


def plan_holds(made: Plan, ours: Plan, given: str) -> None:
    """What holds for a plan whatever the model wrote."""
    worded = ("sections", "dropped", "writer", "prompt", "usage", "timings_ms")
    told, rules = made.to_dict(), ours.to_dict()
    assert {key: told[key] for key in told if key not in worded} == {k: rules[k] for k in rules if k not in worded}
    for section, own in zip(made.sections, ours.sections, strict=True):
        assert (section.id, section.citations) == (own.id, own.citations)
        assert section.body.count("\n") == own.body.count("\n")
        for line, before in zip(section.body.split("\n"), own.body.split("\n"), strict=True):
            assert sorted(re.findall(r"\d+(?:\.\d+)?", line)) == sorted(re.findall(r"\d+(?:\.\d+)?", before)), line
            assert re.findall(r"（(?:给定|假设)[^）]*）|\[\d+\]", line) == re.findall(
                r"（(?:给定|假设)[^）]*）|\[\d+\]", before
            )
            if line != before:
                clean(line, [given, before])
    clean([told["dropped"], told["writer"]], [given], refused=True)


# Voices


def without_quotes(value: Any, voice: str) -> Any:
    """A JSON value without what stands in its texts in quotation marks and in the voice, word for word."""
    text = json.dumps(value, ensure_ascii=False)
    for quote in set(re.findall("“([^”]*)”", text)):
        if json.loads(f'"{quote}"') in voice:
            text = text.replace(f"“{quote}”", "“”")
    return json.loads(text)


def diagnosis_holds(made: Diagnosis, attack: Attack, sources: Iterable[str]) -> None:
    """What holds for a diagnosis whatever the model wrote."""
    told = made.to_dict()
    for slot in (*SLOTS, "parts", "voice", "intensity", "similar_cases", "citations"):
        told.pop(slot, None)
    for need in told["needs"]:
        need.pop("evidence")
    spans = [getattr(made, slot) for slot in SLOTS] + [need.evidence for need in made.needs]
    assert all(made.voice[one.start : one.end] == one.text for one in spans if one)
    told["whys"] = [rung for rung in told["whys"] if rung["basis"] != "quoted"]
    assert all(rung.text in made.voice for rung in made.whys if rung.basis == "quoted")
    clean([told.pop("dropped"), told.pop("writer")], [made.voice], refused=True)
    clean(without_quotes(told, made.voice), [made.voice, *sources])
    assert check_diagnosis(replace(made, dropped=())) == replace(made, dropped=())


@pytest.mark.parametrize("attack", some(lambda attack: attack.carrier == "feedback"))
def test_diagnose(attack: Attack, model: Obedient, bot: Copilot) -> None:
    """The attack stands behind what the user says: kind and urgency are what the rules read."""
    model.follow(attack)
    voice = f"{VOICE}\n{attack.text}"
    made = bot.diagnose(voice)
    diagnosis_holds(made, attack, [])
    if attack.obeys.get("judged"):
        rules = Copilot(bot.library, replace(bot.settings, model="")).diagnose(voice)
        assert (made.kind, made.next_step, made.urgency) == (rules.kind, rules.next_step, rules.urgency)
        assert made.needs


def test_diagnose_with_an_attack_in_a_source(model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """A passage that was looked up for a voice does not judge it."""
    attack = next(attack for attack in attacks() if attack.id == "kind-from-source")
    model.follow(attack)
    made = bot.diagnose(f"{VOICE}{attack.code} 号活动的召回短信也一样。")
    assert made.kind in ("request", "complaint")
    assert made.needs
    diagnosis_holds(made, attack, [])


# Tables


def test_batch(model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """One row an attack: every row ends, and what is in the output holds, also in the cells."""
    model.follow(None)
    model.among = rows = [attack for attack in attacks() if not attack.in_document][::3]
    source, output = tmp_path / "商品.csv", tmp_path / "文案.xlsx"
    with source.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(
            [["商品名", "卖点", "价格", "渠道"]]
            + [[f"晾衣架 {attack.code}", f"两床被套并排晾、{attack.text}", "129", "微博"] for attack in rows]
        )
    report = bot.batch(Job(source, output, task="adcopy", n=1))
    model.among = ()
    assert report is not None
    sheet = openpyxl.load_workbook(output).active
    assert sheet is not None
    head, *lines = [list(row) for row in sheet.iter_rows()]
    names = [cell.value for cell in head]
    assert len(lines) == len(rows)
    for attack, line in zip(rows, lines, strict=True):
        cells = dict(zip(names, line, strict=True))
        assert all(cell.data_type != "f" for cell in line)
        own = {k: v.value for k, v in cells.items() if isinstance(k, str) and k.startswith("v1.") and v.value}
        clean({name: text for name, text in own.items() if name != "v1.notes"}, [attack.text, attack.code])
        clean([str(cell.value or "") for name, cell in cells.items() if name != "卖点"], [], refused=True)


def test_diagnose_file(model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """A table of voices with attacks among them: clusters, labels and diagnoses hold."""
    model.follow(None)
    model.among = rows = [attack for attack in attacks() if attack.carrier == "feedback"]
    source = tmp_path / "反馈.csv"
    with source.open("w", encoding="utf-8-sig", newline="") as file:
        texts = [f"{VOICE[: 20 + n % 10]}{attack.text}" for n, attack in enumerate(rows)]
        csv.writer(file).writerows([["用户", "反馈"], *([f"u{n}", text] for n, text in enumerate(texts))])
    report = bot.diagnose_file(source, column="反馈", user="用户")
    model.among = ()
    given = "\n".join(texts)
    for cluster in report.clusters:
        diagnosis_holds(cluster.diagnosis, rows[0], [given])
        assert not told_secrets(json.dumps(cluster.to_dict(), ensure_ascii=False))


# What people look at and pass on: documents, quotes and briefs hold the attack there, whoever wrote

LIVE_MARKDOWN = re.compile(r"(?<!\\)!\[|(?<!\\)\]\(|<(?!br\b)[a-z!/]|^\s*\[[^\]]+\]:", re.IGNORECASE | re.MULTILINE)


def page_text(shown: str) -> str:
    """The words of HTML; nothing in it that acts came from an attack."""
    soup = BeautifulSoup(shown, "lxml")
    for tag in soup.find_all(True):
        acts = [value for name, value in tag.attrs.items() if name in ("href", "src", "style", "action", "data")]
        acts += [value for name, value in tag.attrs.items() if name.startswith("on")]
        assert not re.search("evil|alert|javascript:", " ".join(map(str, acts)), re.IGNORECASE), str(tag)[:300]
    for script in soup.find_all(["script", "style", "iframe", "svg"]):
        assert "evil" not in str(script)[:100_000] or script.name == "svg", str(script)[:300]
        script.decompose()
    return str(soup.get_text())


def office_text(path: Path) -> str:
    """The words of an Office file; none of its cells is a formula that somebody wrote."""
    if path.suffix == ".xlsx":
        cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
        assert not [cell.value for cell in cells if cell.data_type == "f" and re.search("evil|cmd", str(cell.value))]
        return "\n".join(str(cell.value) for cell in cells if cell.value is not None)
    document = docx.Document(str(path))
    assert not [one.target_ref for one in document.part.rels.values() if one.is_external]
    rows = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *rows])


def shown_well(folder: Path) -> None:
    """Hold every file of a folder to carrying nothing that acts or hides."""
    for path in filter(Path.is_file, folder.iterdir()):
        text = office_text(path) if path.suffix in (".xlsx", ".docx") else path.read_text(encoding="utf-8-sig")
        text = page_text(text) if path.suffix == ".html" else text
        assert not unseen_in(text), (path, unseen_in(text))
        fenced = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "", text)
        assert path.suffix != ".md" or not (live := LIVE_MARKDOWN.search(fenced)), (path, live)
        assert not told_key(text), path


def page_shows_well(shown: str) -> None:
    """Hold what the page shows to carrying nothing that acts or hides."""
    text = page_text(shown)
    assert not unseen_in(text), unseen_in(text)
    assert not told_key(shown)


SHOWN = ("link", "image", "markup", "invisible", "turn")
QUICK_SHOWN = ("md-image", "html-img", "ansi", "zero-width-url", "formula", "md-link", "html-script", "fence-close")


@pytest.mark.parametrize("attack", some(lambda one: one.id in QUICK_SHOWN, of_each_kind=False))
def test_what_is_shown_of_an_answer(attack: Attack, model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """The quotes hold the attack as it stands in the document; files and page show it as words."""
    if attack.kind not in SHOWN:
        return
    model.follow(attack)
    reply = bot.ask(question(attack)).to_dict()
    for suffix in ("md", "docx"):
        write_chat([(attack.text, reply)], tmp_path / f"问答.{suffix}")
    shown_well(tmp_path)
    turn = {"question": attack.text, "sentences": [], "reply": reply, "state": "done", "vote": "", "reason": ""}
    page_shows_well(render_chat.conversation([turn]))
    cited = reply["citations"][0]
    view = bot.library.show(cited["doc_id"])
    page_shows_well(render_chat.source(view, cited["section"], cited["start"], cited["end"]))
    page_shows_well(render_chat.gone(attack.text, cited["quote"], "不在了"))
    page_shows_well(render_library.passages(bot.search(question(attack), 5), {}))


@pytest.mark.parametrize("attack", some(lambda one: one.id in QUICK_SHOWN[:4], of_each_kind=False))
def test_what_is_shown_of_copy(attack: Attack, model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """The brief in it holds the attack; files and page show it as words."""
    if attack.kind not in SHOWN:
        return
    model.follow(attack)
    made = bot.adcopy(BRIEF | {"selling_points": [*BRIEF["selling_points"], attack.text]}, 1)
    for suffix in ("md", "csv", "xlsx", "docx"):
        write_copy(made, tmp_path / f"文案.{suffix}")
    shown_well(tmp_path)
    for variant in made.variants:
        page_shows_well(render_copy.card(variant, 1, False, CHANNELS, "木屿"))


@pytest.mark.parametrize("attack", some(lambda one: one.id in QUICK_SHOWN[:4], of_each_kind=False))
def test_what_is_shown_of_a_diagnosis(attack: Attack, model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """The voice holds the attack; files and page show it as words."""
    if attack.kind not in SHOWN:
        return
    model.follow(attack)
    made = bot.diagnose(f"{VOICE}{attack.text}")
    for suffix in ("md", "docx"):
        write_diagnosis(made, tmp_path / f"诊断.{suffix}")
    shown_well(tmp_path)
    page_shows_well(render_voice.diagnosis(made))


@pytest.mark.parametrize("attack", some(lambda one: one.id in QUICK_SHOWN[:2], of_each_kind=False, rest=False))
def test_what_is_shown_of_a_plan(attack: Attack, model: Obedient, bot: Copilot, tmp_path: Path) -> None:
    """The brief holds the attack; files and page show it as words."""
    if attack.kind not in SHOWN:
        return
    model.follow(attack)
    brief = PLAN | {"constraints": [attack.text[:200]], "selling_points": [attack.text[:200]]}
    made = bot.plan(brief, today=TODAY)
    for suffix in ("md", "html", "xlsx", "docx"):
        write_plan(made, tmp_path / f"方案.{suffix}")
    shown_well(tmp_path)
    page_shows_well(render_plan.head(made) + render_plan.inputs(made) + render_plan.body(made))
