"""Every check of one variant, whoever wrote it: limits, keywords, banned words, grounding, law, style."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from copilot.briefs import AdBrief
from copilot.channels import Channel
from copilot.checks import adlaw
from copilot.checks.fields import field_texts
from copilot.checks.grounding import Sources, ungrounded_fields
from copilot.checks.limits import banned_findings, field_count, limit_findings, missing_keywords
from copilot.checks.style import style_findings
from copilot.text.counters import count
from copilot.types import Count, Finding

MANY = 1_000  # faults: more than any text has
Fields = Mapping[str, str | tuple[str, ...]]


class CopyCheck(NamedTuple):
    """What the checks say; with a `ban` or an `evidence` finding the variant is not to be shown."""

    findings: tuple[Finding, ...]
    counts: dict[str, Count]
    dropped_keywords: tuple[dict[str, str], ...]

    @property
    def faults(self) -> int:
        """How many things are to be said about it."""
        return len(self.findings) + len(self.dropped_keywords)

    @property
    def passes(self) -> bool:
        return not any(finding.level in ("ban", "evidence") for finding in self.findings)


def check_copy(
    fields: Fields, brief: AdBrief, channel: Channel, *, sources: Sequence[str] = (), enough: int = MANY
) -> CopyCheck:
    """Check a variant. `sources` are further texts it may take figures from; a voice's words stand in the brief.

    With so many faults as `enough` it is of no use: the check may stop there and return what it has.
    """
    dropped = _dropped(fields, brief, channel)
    law = law_findings(fields, brief, channel.platform)
    if len(dropped) + len(law) >= enough:  # what every draft about an offer has in common is said here: 2 of 5 checks
        return CopyCheck(tuple(law), {}, dropped)
    specs = {spec.name: spec for spec in channel.fields}
    known = Sources.of(brief) if not sources else Sources.from_texts((*Sources.of(brief).texts, *sources))
    findings = [
        *limit_findings(fields, channel),
        *banned_findings(fields, brief.banned),
        *ungrounded_fields(fields, known),
        *law,
        *style_findings(fields, brief, channel.platform),
    ]
    counts = {name: field_count(value, specs[name]) for name, value in fields.items() if name in specs}
    return CopyCheck(tuple(findings), counts, dropped)


def law_findings(fields: Fields, brief: AdBrief, platform: str) -> list[Finding]:
    """Return what the law says to a whole variant; each finding names the field it stands in."""
    texts = list(field_texts(fields))
    if not texts:
        return []
    starts, whole = [0], ""
    for _, text in texts:
        whole += text + "\n"
        starts.append(len(whole))
    known = (*brief.facts, brief.qualification)
    found = []
    for finding in adlaw.law_findings(whole, industry=brief.industry, platform=platform, known=known):
        place = min(bisect_right(starts, finding.start) - 1, len(texts) - 1)
        name, text = texts[place]
        start = finding.start - starts[place]
        end = min(finding.end - starts[place], len(text))
        level = finding.level
        if finding.rule == "disclosure.sms" and not (brief.sms_sign or brief.brand or brief.product):
            level = "caution"  # nobody named the sender: many services put the signature before the text themselves
        found.append(replace(finding, field=name, start=start, end=max(start, end), level=level))
    return found


def _dropped(fields: Fields, brief: AdBrief, channel: Channel) -> tuple[dict[str, str], ...]:
    """Name the keywords that are missing, and why: no room, or, where there is room, the writer's fault."""
    dropped = []
    for keyword in missing_keywords(fields, brief.keywords):
        room = any(
            isinstance(value := fields.get(spec.name), str)
            and (not spec.limit or count(f"{value} {keyword}", spec.counter) <= spec.limit)
            for spec in channel.fields
        )
        reason = "字段里放不下"
        if room:
            reason = "放进去会多计一条短信费" if channel.platform == "sms" else "写进去读不通，没有放"
        dropped.append({"keyword": keyword, "reason": reason})
    return tuple(dropped)
