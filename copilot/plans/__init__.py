"""The records of a campaign plan: what was asked, every figure with its basis, every sentence with its ground.

Money is yuan as Decimal with two digits, counts are whole, rates lie in 0…1. `to_dict` gives JSON numbers.
"""

from copilot.plans.brief import OwnChannel, PlanBrief, Target
from copilot.plans.figures import Assumption, BudgetLine, ChannelFunnel, GapReport, Lever, Measure, Stage, Swing
from copilot.plans.plan import Duty, Event, Kpi, Material, Plan, PlanGap, PlanSection, Risk, Rule, Task
from copilot.plans.record import EVERYWHERE, GOALS, KINDS, Basis, Planned, Window, plain

__all__ = [
    "EVERYWHERE",
    "GOALS",
    "KINDS",
    "Assumption",
    "Basis",
    "BudgetLine",
    "ChannelFunnel",
    "Duty",
    "Event",
    "GapReport",
    "Kpi",
    "Lever",
    "Material",
    "Measure",
    "OwnChannel",
    "Plan",
    "PlanBrief",
    "PlanGap",
    "PlanSection",
    "Planned",
    "Risk",
    "Rule",
    "Stage",
    "Swing",
    "Target",
    "Task",
    "Window",
    "plain",
]
