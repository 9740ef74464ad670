"""Checking people's own copy against the advertising law; a channel that is named brings its own duties."""

from collections.abc import Mapping

from copilot.channels import Channel, find_channel
from copilot.checks.adlaw import check_law
from copilot.errors import InputError
from copilot.text import normalise
from copilot.types import CheckReport


def check(text: str, channels: Mapping[str, Channel], *, platform: str = "", industry: str = "") -> CheckReport:
    """Return findings with their article, what an exception exempts, and what was not looked at.

    :raises InputError: the text is empty, or there is no such channel
    """
    text = normalise(text)
    if not text.strip():
        raise InputError("没有要检查的文字", '在引号里写上文案，或用 - 从标准输入读，例如 ops-copilot check "…"。')
    channel = find_channel(platform, channels) if platform else None
    return check_law(text, platform=channel.platform if channel else "", industry=industry)
