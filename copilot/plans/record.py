"""What the records of a plan have in common: the words for their grounds, and how they become JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from copilot.types import Record

Basis = Literal["given", "cited", "assumed"]
Window = Literal["activity", "project"]
KINDS = ("activity", "annual", "online", "platform", "sales", "launch")
EVERYWHERE = "全部渠道"  # the channel of a rule that holds for all
GOALS = ("拉新", "激活", "促活", "留存", "复购", "转化", "召回", "裂变", "留资", "品牌")


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: records and dates as text, Decimal as number, tuples as lists."""
    if isinstance(value, Record):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return value


@dataclass(frozen=True, slots=True)
class Planned(Record):
    """A record with money and dates: Decimals become numbers, dates text."""

    def to_dict(self) -> dict[str, Any]:
        return {f.name: plain(getattr(self, f.name)) for f in fields(self)}
