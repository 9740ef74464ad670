"""The tasks of a plan with their dates: the playbook's, each channel's, lead times, materials, checks, the review."""

from collections.abc import Mapping
from datetime import date
from string import Template
from typing import NamedTuple

from copilot.arithmetic.schedule import WINDOWS, Placed, Wanted, milestones, place
from copilot.knowledge import read
from copilot.plans import Task
from copilot.writers.rules.plan.lines import Amount, filled, number, short, slot_names, span
from copilot.writers.rules.plan.scene import Scene, phase_label


class Planned(NamedTuple):
    """The schedule, and for each channel the day on which its material is due."""

    tasks: tuple[Task, ...]
    due: Mapping[str, date]
    squeezed: tuple[str, ...]  # ids of tasks that had no room of their own


def schedule(scene: Scene, rules: int, lines: int, kpis: int) -> Planned:
    """Return the tasks in the order of their dates; `rules`, `lines` and `kpis` are counted in their texts."""
    wanted = _wanted(scene, rules, lines, kpis)
    placed = place(wanted, scene.start, scene.end, scene.brief.kind)
    tasks = [_task(scene, one, where) for one, where in zip(wanted, placed, strict=True)]
    settled = max(task.end for task in tasks)
    due = {
        one.id.removeprefix("material_"): at.end
        for one, at in zip(wanted, placed, strict=True)
        if one.id.startswith("material_")
    }
    approver = scene.owner(read("plan/words")["approver"])
    tasks += [
        Task(
            f"m{n}", phase_label(scene, mile.phase, mile.day),
            f"{approver} {short(mile.day)} 里程碑：{mile.label}，看{scene.metric_said}", approver, mile.day, mile.day,
            "project" if mile.phase == "settle" else "activity", (), 0, scene.metric, True,
        )
        for n, mile in enumerate(milestones(scene.start, scene.end, scene.phases, scene.rounds, settled), 1)
    ]  # fmt: skip
    squeezed = tuple(at.id for at in placed if at.squeezed)
    return Planned(tuple(sorted(tasks, key=lambda t: (t.start, t.end, not t.milestone))), due, squeezed)


def _wanted(scene: Scene, rules: int, lines: int, kpis: int) -> list[Wanted]:
    goal, words = scene.goal, read("plan/words")
    kept = [task for task in goal["tasks"] if not slot_names(task["text"]) & scene.empty_slots]
    ids = {task["id"] for task in kept}
    found = [
        _one(
            task["id"], task["phase"], task["owner"], filled(task["text"], scene.slots), int(task["days"]),
            tuple(a for a in task.get("after", ()) if a in ids), task["metric"],
        )
        for task in kept
    ]  # fmt: skip
    materials = []
    for buy in scene.done.outlay.buys:
        channel = buy.source.channel
        found += _of_channel(scene, channel)
        materials.append(f"material_{channel}")

    def generic(id: str, phase: str, days: int, after: tuple[str, ...], **values: int) -> Wanted:
        text = Template(words["tasks"][id]).substitute({k: str(v) for k, v in values.items()})
        return _one(f"all_{id}", phase, words["owners"][id], text, days, after, words["metrics"][id])

    found.append(generic("compliance", "prepare", 1, tuple(materials), rules=rules))
    found.append(generic("ready", "prepare", 1, ("all_compliance",), channels=len(materials)))
    found.append(generic("settle", "settle", 3, (), lines=lines))
    before = tuple(one.id for one in found if one.phase == "settle")
    found.append(generic("review", "settle", 2, before, kpis=kpis))
    return found


def _of_channel(scene: Scene, channel: str) -> list[Wanted]:
    words, play, info = read("plan/words"), scene.play(channel), scene.done.inputs.info[channel]
    title = scene.title(channel)
    buy = next(b for b in scene.done.outlay.buys if b.source.channel == channel)
    slots = {
        **scene.slots, "quantity": number(buy.quantity), "unit": scene.done.inputs.units[channel],
        "materials": Amount(str(play["material"]["n"]), "份"),
    }  # fmt: skip
    found = []
    lead = info.get("lead")
    if lead:
        text = Template(words["tasks"]["lead"]).substitute(title=title, what=lead["what"], days=lead["days"])
        owner = words["owners"]["lead"]
        found.append(_one(f"lead_{channel}", "prepare", owner, text, int(lead["days"]), (), words["metrics"]["lead"]))
    what = play["material"]["what"]
    of = "" if title in what else f"{title}的"
    text = Template(words["tasks"]["material"]).substitute(of=of, what=what, n=play["material"]["n"])
    owner = words["owners"]["material"]
    found.append(_one(f"material_{channel}", "prepare", owner, text, 3, (), words["metrics"]["material"]))
    for n, task in enumerate(play["tasks"], 1):
        if slot_names(task["text"]) & scene.empty_slots:
            continue
        after: tuple[str, ...] = (f"material_{channel}",) if task["phase"] != "prepare" else ()
        after += (f"lead_{channel}",) if lead and task["phase"] != "prepare" else ()
        text, days = filled(task["text"], slots), int(task["days"])
        if "quantity" in slot_names(task["text"]) and scene.done.inputs.models[channel] != "message":
            days = max(days, scene.days_of(task["phase"]))  # what is bought runs through its phase
        found.append(_one(f"{channel}_{n}", task["phase"], play["owner"], text, days, after, task["metric"]))
    return found


def _one(id: str, phase: str, owner: str, text: str, days: int, after: tuple[str, ...], metric: str) -> Wanted:
    return Wanted(id, phase, owner, text, max(1, days), after, metric, False, WINDOWS[phase])


def _task(scene: Scene, wanted: Wanted, at: Placed) -> Task:
    """Return role + days + what is done + the figure it moves (P2)."""
    owner = scene.owner(wanted.owner)
    metric = filled(wanted.metric, scene.slots)
    text = f"{owner} {span(at.start, at.end)} {wanted.text}，看{' ' if metric[:1].isascii() else ''}{metric}"
    return Task(
        wanted.id, phase_label(scene, wanted.phase, at.start), text, owner, at.start, at.end, wanted.window,
        wanted.after, wanted.days, metric, False, at.critical,
    )  # fmt: skip
