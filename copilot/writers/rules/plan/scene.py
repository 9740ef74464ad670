"""All that the sections of one plan draw on: brief, figures, phases, owners, and the slots of the playbook's texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from copilot.arithmetic.budget import yuan
from copilot.arithmetic.funnel import treated
from copilot.arithmetic.outcome import MONEY_TARGETS, Outcome, cost_per_result
from copilot.arithmetic.returns import money, spoken
from copilot.arithmetic.schedule import Cycle, Span, cycles, phase_spans, runs_in_cycles
from copilot.knowledge import read
from copilot.plans import PlanBrief
from copilot.writers.rules.plan.lines import Amount, number


@dataclass(frozen=True)
class Scene:
    """A brief worked out, with its period. `given` are the keys that the user really gave."""

    brief: PlanBrief
    given: frozenset[str]
    done: Outcome
    start: date
    end: date

    @property
    def goal(self) -> Mapping[str, Any]:
        """The playbook."""
        return self.done.inputs.goal

    @property
    def metric(self) -> str:
        """What the target counts, in the user's words."""
        if self.brief.target:
            return self.brief.target.metric
        return str(self.goal["metrics"][self.done.inputs.steps[self.done.stage].id][0])

    @property
    def unit(self) -> str:
        """The unit of what the target counts, as it is said."""
        return spoken(self.done.inputs.steps[self.done.stage].unit)

    @property
    def subsidy(self) -> Decimal:
        """Yuan that one result costs besides the channels."""
        return self.done.inputs.costs.subsidy

    @property
    def game(self) -> str:
        """What the way of playing is called: the brief's own offer, or the playbook's."""
        return "简报里的优惠" if self.brief.offer else str(self.done.inputs.mechanic["name"])

    @property
    def gift(self) -> str:
        """What one share of the subsidy is."""
        return self.brief.offer.rstrip("。") if self.brief.offer else str(self.done.inputs.mechanic["what"])

    @property
    def control(self) -> int:
        """People held back to compare with."""
        return sum(
            b.source.pool - treated(b.source.pool, b.source.control) for b in self.done.outlay.buys if self.pooled
        )

    @property
    def pooled(self) -> bool:
        """Whether the goal works on people who are known already."""
        return self.done.inputs.steps[0].id == "pool"

    @cached_property
    def in_cycles(self) -> bool:
        """Whether the phases are quarters, months or weeks."""
        return runs_in_cycles(self.start, self.end, self.brief.kind)

    @cached_property
    def phases(self) -> Mapping[str, Span]:
        """First and last day of warm, main and encore."""
        return phase_spans(self.start, self.end, self.brief.kind)

    def days_of(self, phase: str) -> int:
        """Return how many days a phase of the period has; 1 for the phases around it."""
        if phase not in self.phases:
            return 1
        first, last = self.phases[phase]
        return (last - first).days + 1

    @property
    def in_yuan(self) -> bool:
        """Whether the target is money (GMV, 实收) and is counted in orders."""
        return self.brief.target is not None and self.brief.target.metric in MONEY_TARGETS

    @property
    def metric_said(self) -> str:
        """The metric within a sentence: a space before GMV, none before 注册人数."""
        return f" {self.metric}" if self.metric[0].isascii() else self.metric

    @property
    def aim(self) -> str:
        """The target as it is said."""
        if self.in_yuan and self.brief.target:
            return f"{money(self.brief.target.value)} 元（{number(self.done.wanted or 0)} {self.unit}）"
        return f"{number(self.done.wanted or 0)} {self.unit}"

    def counted(self, count: int) -> str:
        """Return a count of results as it is said; of a target in money with what it comes to."""
        told = f"{number(count)} {self.unit}"
        aov = self.done.inputs.value("aov")
        if not self.in_yuan or aov is None:
            return told
        return f"{money(yuan(aov * count))} 元（{told}）"

    @cached_property
    def rounds(self) -> tuple[Cycle, ...]:
        """Quarters, months or weeks of a plan that runs in them."""
        return cycles(self.start, self.end) if self.in_cycles else ()

    @cached_property
    def slots(self) -> dict[str, str | Amount]:
        """What the texts of the playbook may name."""
        outlay = self.done.outlay
        materials = sum(int(self.play(b.source.channel)["material"]["n"]) for b in outlay.buys)
        return {
            "product": self.brief.product,
            "audience": self.brief.audience or str(self.goal["segments"][0]["name"]),
            "segment": str(self.goal["segments"][0]["name"]),
            "metric": self.metric,
            "pool": Amount(number(outlay.totals[0]), "人"),
            "control": Amount(number(self.control), "人"),
            "quota": Amount(number(outlay.quota), "份"),
            "subsidy": Amount(money(self.subsidy), "元"),
            "target": Amount(number(self.done.wanted or self.done.count), self.unit),
            "outcome": Amount(number(self.done.count), self.unit),
            "materials": Amount(str(materials), "份"),
        }

    @property
    def empty_slots(self) -> set[str]:
        """Slots that mean nothing here: a text that names one of them is left out."""
        found = set() if self.pooled else {"pool"}
        found |= set() if self.control else {"control"}
        return found | (set() if self.done.outlay.quota else {"quota", "subsidy"})

    @property
    def utm(self) -> dict[str, tuple[str, str, str]]:
        """Source, medium and campaign of the links by channel; places inside one's own product have none."""
        campaign = f"{read('plan/figures')['goals'][self.brief.goal]}-{self.start:%Y%m%d}"
        found = {}
        for buy in self.done.outlay.buys:
            tags = self.done.inputs.info[buy.source.channel].get("utm")
            if tags:
                found[buy.source.channel] = (str(tags["source"]), str(tags["medium"]), campaign)
        return found

    def promises(self, text: str) -> bool:
        """Return whether a text speaks of gifts although this plan gives none."""
        return not self.done.outlay.quota and any(word in text for word in read("plan/words")["gifts"])

    def play(self, channel: str) -> Mapping[str, Any]:
        """Return what the playbook says of a channel."""
        entry: Mapping[str, Any] = self.goal["channels"].get(channel, self.goal["channels"]["other"])
        return entry

    def title(self, channel: str) -> str:
        """Return what a channel is called."""
        return str(self.done.inputs.info[channel]["title"])

    def owner(self, role: str) -> str:
        """Return who has a role: by name, if the brief's team says so."""
        for member in self.brief.team:
            named, _, name = member.replace(":", "：").partition("：")
            if name and (named.strip() in role or role in named.strip()):
                return f"{role}{name.strip()}"
        return role

    def cost_slots(self, channel: str) -> dict[str, str | Amount]:
        """Return what the lines for adding and stopping money may name: yuan a result a fifth below and above plan."""
        buy = next(b for b in self.done.outlay.buys if b.source.channel == channel)
        count = buy.counts[self.done.stage]
        each = buy.spend / count if count else cost_per_result(self.done) or buy.spend
        bad = self.done.budget / self.done.wanted if self.done.wanted else each * Decimal("1.2")
        bad = bad if bad > each else each * Decimal("1.2")
        figures = {"cost_good": each * Decimal("0.8"), "cost_bad": bad, "half": buy.spend / 2}
        amounts = {name: Amount(money(yuan(value)), "元") for name, value in figures.items()}
        return {"metric": self.metric, **amounts}


def phase_label(scene: Scene, phase: str, day: date) -> str:
    """Return what a phase is called in this plan; in cycles the label of the one in which `day` lies."""
    labels: dict[str, str] = read("plan/words")["phases"]
    if scene.in_cycles and phase in ("warm", "main", "encore"):
        return next((label for label, first, last in scene.rounds if first <= day <= last), labels[phase])
    return labels[phase]
