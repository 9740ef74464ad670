"""What a channel's copy would need and the brief does not hold: told beside the copy, never as a placeholder in it."""

from copilot.briefs import AdBrief
from copilot.channels import Channel


def open_items(brief: AdBrief, channel: Channel) -> tuple[str, ...]:
    """Return what is still to be settled before the copy of this channel goes out."""
    if channel.platform in ("activity_rules", "event_page"):
        from copilot.writers.rules.copy.pages import missing_rules

        return missing_rules(brief)
    return ()
