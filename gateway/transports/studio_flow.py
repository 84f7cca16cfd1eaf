"""The Studio flow that we ship, as Twilio takes it."""

from __future__ import annotations

import json
from pathlib import Path

FILE = Path(__file__).with_name("twilio_flow.json")
CALLING = "make-outgoing-call-v2"


def definition(detect_machines: bool = True) -> str:
    """Return the flow as JSON text.

    Args:
        detect_machines: tell voicemail from people before a word is said (some three seconds of
            silence, and Twilio charges for it); otherwise the flow begins to speak at once.
    """
    flow = json.loads(FILE.read_text("utf-8"))
    for state in flow["states"]:
        if state["type"] == CALLING:
            state["properties"]["detect_answering_machine"] = detect_machines
    return json.dumps(flow, ensure_ascii=False, separators=(",", ":"))
