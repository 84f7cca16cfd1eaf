"""Messages as bridges and devices send them, one per line, for the tests of the families."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from devices.observation import AnyObservation
from devices.profile import Profile, Wire
from devices.profiles import BY_MODEL
from devices.topic import part_of

FOLDER = Path(__file__).parent / "recorded"
AT = datetime(2026, 11, 23, 1, 0, 1, tzinfo=UTC)
DEVICE = "dev-1"


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    topic: str
    payload: msgspec.Raw = msgspec.Raw()
    text: str | None = None
    retained: bool = False
    base: str = ""
    """The device's topic; empty: the first two levels, as zigbee2mqtt has it."""

    @property
    def raw(self) -> bytes:
        return bytes(self.payload) if self.text is None else self.text.encode()


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def profile_of(name: str) -> Profile:
    return BY_MODEL[name.partition(".")[0]]


def lines(name: str) -> list[Line]:
    text = (FOLDER / f"{name}.jsonl").read_bytes()
    return msgspec.json.decode(b"[" + b",".join(text.splitlines()) + b"]", type=list[Line])


def decoded(name: str) -> list[tuple[AnyObservation, ...]]:
    """Decode every line of a recording that is the device's, each as if it came at `AT`."""
    profile, said = profile_of(name), []
    for line in lines(name):
        base = line.base or "/".join(line.topic.split("/")[:2])
        part = part_of(line.topic, base)
        assert part is not None
        wire = Wire(part, line.raw, AT, line.retained)
        said.append(profile.decode(DEVICE, wire))
    return said
