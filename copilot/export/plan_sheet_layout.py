"""Where each figure of a plan stands in its workbook, so that the formulas of one sheet find those of another."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from openpyxl.utils import get_column_letter

from copilot.arithmetic.budget import Buy
from copilot.arithmetic.outcome import Outcome, work_out
from copilot.export.plan_sheet_cells import address
from copilot.export.plan_sheet_chain import Node, chain
from copilot.export.plan_sheet_names import (
    BUDGET,
    BUDGET_COLUMNS,
    FIRST_ROW,
    FUNNEL,
    FUNNEL_COLUMNS,
    INPUT_COLUMNS,
    INPUTS,
    KPI_COLUMNS,
    KPIS,
    LIFETIME,
    MONEY_INPUTS,
    ORDER,
    RETURN_COLUMNS,
    RETURNS,
    SALES,
)
from copilot.plans import BudgetLine, Kpi, Measure, Plan

Key = tuple[str, str]  # channel, id


def letter(columns: tuple[tuple[str, float], ...], name: str) -> str:
    """Return the letter of a column."""
    return str(get_column_letter([one for one, _ in columns].index(name) + 1))


@dataclass(frozen=True)
class Layout:
    """A plan, worked out again: the record says what came out, this says what it follows from."""

    plan: Plan
    done: Outcome

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """The measures of the plan by id."""
        return {measure.id: measure for measure in self.plan.measures}

    # 输入

    @cached_property
    def input_rows(self) -> dict[Key, int]:
        """Rows of all inputs: budget and target, those for all channels, those that are missing, those by channel."""
        known = list(self.done.inputs.inputs)
        keys: list[Key] = [("", "budget")]
        keys += [("", "target")] if self.done.wanted is not None else []
        keys += [("", "baseline")] if "net" in self.measures or self.plan.brief.baseline is not None else []
        keys += [key for key in known if not key[0]]
        keys += [("", id) for id in MONEY_INPUTS if "gmv" in self.measures and ("", id) not in known]
        for channel in self.plan.brief.channels:
            keys += [key for key in known if key[0] == channel]
        return {key: row for row, key in enumerate(keys, FIRST_ROW)}

    def key(self, id: str, channel: str = "") -> Key | None:
        """Return the input that holds for a channel: its own, else that for all."""
        return next((key for key in ((channel, id), ("", id)) if key in self.input_rows), None)

    def input(self, id: str, channel: str = "", instead: Mapping[Key, str] | None = None) -> str:
        """Return the cell of an input, or what stands `instead` of it; "" where there is none."""
        key = self.key(id, channel)
        if key is None:
            return ""
        return (instead or {}).get(key) or address(INPUTS, letter(INPUT_COLUMNS, "值"), self.input_rows[key])

    def amount(self, id: str, channel: str = "") -> Decimal | None:
        """Return the value of an input."""
        return self.done.inputs.value(id, channel)

    # 预算

    @cached_property
    def buys(self) -> dict[str, Buy]:
        """What is bought, by channel."""
        return {buy.source.channel: buy for buy in self.done.outlay.buys}

    @property
    def lines(self) -> tuple[BudgetLine, ...]:
        """The lines of the budget."""
        return self.plan.budget

    @cached_property
    def bought(self) -> dict[str, int]:
        """The row in the budget of each channel; `budget_lines` puts them first, in the order of the funnels."""
        return {buy.source.channel: FIRST_ROW + at for at, buy in enumerate(self.done.outlay.buys)}

    def line(self, category: str) -> int | None:
        """Return the row of the only line of a category."""
        return next((FIRST_ROW + at for at, line in enumerate(self.lines) if line.category == category), None)

    def budget(self, column: str, row: int) -> str:
        """Return a cell of the budget."""
        return address(BUDGET, letter(BUDGET_COLUMNS, column), row)

    def foot(self, name: str) -> int:
        """Return the row of a figure below the budget."""
        return FIRST_ROW + len(self.lines) + ("total", "limit", "left", "reserve", "spend", "media").index(name)

    def sum(self, name: str) -> str:
        """Return the cell of a figure below the budget."""
        return self.budget("小计（元）", self.foot(name))

    def price(self, channel: str, instead: Mapping[Key, str] | None = None) -> str:
        """Return the formula of what a unit costs; "" where nobody gave or assumed a price."""
        if (channel, "price") in self.input_rows:
            return self.input("price", channel, instead)
        if (channel, "commission") in self.input_rows:
            order, share = self.input("aov", "", instead), self.input("commission", channel, instead)
            return f"ROUND(ROUND({order}*{share},6),2)"
        return ""

    # 漏斗

    def nodes(self, channel: str) -> list[Node]:
        """Return the cells of a channel's funnel."""
        counted, waved = ((one, id) in self.input_rows for one, id in ((channel, "reach"), ("", "waves")))
        return chain(self.done.inputs.steps, self.buys[channel].source, counted, waved)

    @cached_property
    def funnel_rows(self) -> dict[Key, int]:
        """Rows of the funnel by channel ("" = all) and name of the count: count0 …, invite1 …."""
        keys = [("", f"count{at}") for at in range(len(self.done.inputs.steps))]
        for channel in self.buys:
            names = [node.name for node in self.nodes(channel) if not node.name.startswith("raw")]
            keys += [(channel, name) for name in sorted(names, key=lambda name: not name.startswith("count"))]
        return {key: row for row, key in enumerate(keys, FIRST_ROW)}

    def count(self, at: int, channel: str = "") -> str:
        """Return the cell of the count at a step."""
        return address(FUNNEL, letter(FUNNEL_COLUMNS, "数量"), self.funnel_rows[channel, f"count{at}"])

    def step(self, id: str) -> int | None:
        """Return the place of a step, None where the goal has none of that name."""
        return next((at for at, step in enumerate(self.done.inputs.steps) if step.id == id), None)

    def outside(self, channel: str, instead: Mapping[Key, str] | None = None) -> dict[str, str]:
        """Return what a channel's funnel takes from other sheets: quantity, output, pool, control, waves, rates."""
        done, source = self.done, self.buys[channel].source
        found = {
            "quantity": self.budget("数量", self.bought[channel]), "output": self.output(channel, instead),
            "pool": self.input("reach", channel, instead), "control": self.input("control", "", instead),
            "waves": self.input("waves", "", instead),
        }  # fmt: skip
        rates = {f"rate{at}": self.input(s.rate, channel, instead) for at, s in enumerate(done.inputs.steps) if s.rate}
        return found | {name: cell or f"{source.rates[done.inputs.steps[int(name[4:])].rate]:f}"
                        for name, cell in rates.items()}  # fmt: skip

    def output(self, channel: str, instead: Mapping[Key, str] | None = None) -> str:
        """Return what a unit brings at the step where it enters."""
        model, source = self.done.inputs.models[channel], self.buys[channel].source
        if (channel, "output") in self.input_rows:
            return self.input("output", channel, instead)
        if model == "message":
            return self.input("delivery_rate", channel, instead)
        if self.thinned(channel):
            often = self.input("frequency", channel, instead)
            return f"IF({often}>0,1000/{often},0)"
        return f"{source.output:f}"

    def thinned(self, channel: str) -> bool:
        """Whether shows are bought for known people, of whom each sees several."""
        return self.done.inputs.models[channel] == "cpm" and self.done.inputs.steps[0].id == "pool"

    # 回报, KPI

    @cached_property
    def return_rows(self) -> dict[str, int]:
        """Rows of the measures, also of those that follow only when a missing input is filled in."""
        ids = set(self.measures)
        ids |= set(SALES) | set(LIFETIME) if "gmv" in ids else set()
        unknown = sorted(ids - set(ORDER))
        return {id: row for row, id in enumerate([*(id for id in ORDER if id in ids), *unknown], FIRST_ROW)}

    def measure(self, id: str) -> str:
        """Return the cell of a measure."""
        return address(RETURNS, letter(RETURN_COLUMNS, "数值"), self.return_rows[id])

    @cached_property
    def kpis(self) -> list[Kpi]:
        """The main figure, the tree below it, the guards."""
        main = [kpi for kpi in self.plan.targets if not kpi.guard]
        return [*main, *(kpi for kpi in self.plan.kpis if kpi.id not in {one.id for one in main})]

    def kpi(self, column: str, at: int) -> str:
        """Return a cell of the tree of figures."""
        return address(KPIS, letter(KPI_COLUMNS, column), FIRST_ROW + at)


def layout_of(plan: Plan) -> Layout:
    """Return the layout of a plan."""
    assert plan.brief.start and plan.brief.end  # the reading of a brief assumes them
    return Layout(plan, work_out(plan.brief, (plan.brief.end - plan.brief.start).days + 1))
