"""One fall told by several: a radar, a pendant and a wearable agree within minutes.

Each says so on its own and knows nothing of the others. Together they are one incident that
says how many agree; and what each alone would have somebody verify is then beyond doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alerting.events import Finding
from alerting.household import IncidentKind
from alerting.words import Words

SAME_FALL = timedelta(minutes=5)
"""What is told so soon after another source told it is the same fall."""
SHORT_CHARACTERS_MAX = 12


def remembered(falls: Sequence[Finding], finding: Finding) -> tuple[Finding, ...]:
    """Return what told of a fall within the last minutes, with `finding`; each device once."""
    if finding.what is not IncidentKind.FALL:
        return ()
    recent = [
        one for one in falls if one.subject != finding.subject and finding.at - one.at <= SAME_FALL
    ]
    return (*recent, finding)


def agreeing(causes: Sequence[Finding], finding: Finding) -> list[Finding]:
    """Return the sources that tell of the fall of `finding`, oldest first, itself the last.

    Sources are devices: what one device says twice, or by two detectors, is one source.
    """
    if finding.what is not IncidentKind.FALL:
        return [finding]
    others = [
        cause
        for cause in causes
        if cause.subject != finding.subject and finding.at - cause.at <= SAME_FALL
    ]
    return [*sorted(others, key=lambda cause: cause.at), finding]


def together(sources: Sequence[Finding]) -> dict[str, Words]:
    """Return the reason and the short of an incident of which several `sources` tell."""
    count = len(sources)
    zh = "；".join(source.reason.zh for source in sources)
    en = "; ".join(source.reason.en for source in sources)
    first = sources[0].short
    short = f"{first.zh}，{count}处印证"
    return {
        "reason": Words(
            f"{count}处设备相互印证：{zh}",
            f"{count} sources agree: {en}",
        ),
        "short": Words(
            short if len(short) <= SHORT_CHARACTERS_MAX else f"有人跌倒，{count}处印证",
            f"{first.en}, {count} sources agree",
        ),
    }
