"""Feeds a recorded home through the broker, as native devices, at any speed.

Every observation is published with its own time, and before it a time mark, all on one
connection at QoS 1, so that the broker keeps the order. A gateway started with
`guanai run --clock fed` takes its time from the marks, and so judges a month that is
fed in a minute as a month.
"""

from __future__ import annotations

import gzip
import itertools
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from devices.errors import RecordingError
from devices.moment import to_ms
from devices.recordings import homes
from devices.topic import ID_CHARS_MAX, is_id, native_topic
from simulators.config import BrokerAddress

TIME_MARK_TOPIC = "care/v1/clock/feed/tick"
CONNECT_SECONDS_MAX = 10.0
ACKNOWLEDGE_SECONDS_MAX = 30.0
UNACKNOWLEDGED_MAX = 200
RATE_MAX = 8_000
"""Messages a second at speed `max`: what a gateway on a small computer keeps up with."""
MARK_SECONDS = 1.0
"""While nothing happens in the recording, time is told this often (real seconds)."""
PROGRESS_SECONDS = 0.5

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")


class FeedError(RuntimeError):
    """The recording or the broker cannot be used; the message says why."""


class Fed(msgspec.Struct, frozen=True):
    """How far a feed has come."""

    observations: int
    messages: int
    """With the time marks."""
    at: datetime | None
    """The time that was told last."""
    seconds: float
    """Real time spent."""


Report = Callable[[Fed], None]


def lines_of(recording: Path) -> Iterator[str]:
    """Yield the lines of a recording, plain or gzipped.

    Raises:
        FeedError: it cannot be read.
    """
    try:
        opener = gzip.open if recording.suffix == ".gz" else open
        with opener(recording, "rt", encoding="utf-8") as lines:
            yield from lines
    except (OSError, UnicodeDecodeError, EOFError) as error:
        raise FeedError(f"{recording}: cannot be read: {error}") from None


def household_of(recording: Path) -> str:
    """Return a household's id made from the file's name."""
    return _UNSAFE.sub("-", recording.name.partition(".")[0])[:ID_CHARS_MAX].strip("-") or "home"


class Feeder:
    """One connection with bounded, ordered, acknowledged publishing."""

    def __init__(self, broker: BrokerAddress, name: str = "guanai-feed") -> None:
        self.messages = 0
        self._broker = broker
        self._free = threading.BoundedSemaphore(UNACKNOWLEDGED_MAX)
        self._connected = threading.Event()
        self._refused = ""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311)
        if broker.username:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            client.tls_set_context(ssl.create_default_context())
        # no limit in paho: what its own limit holds back can be overtaken; ours is `publish`
        client.max_inflight_messages_set(0)
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        self._client = client

    def __enter__(self) -> Feeder:
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=30)
        except OSError as error:
            raise FeedError(f"{self._broker}: no connection: {error}") from None
        self._client.loop_start()
        if not self._connected.wait(CONNECT_SECONDS_MAX) or self._refused:
            self._client.loop_stop()
            raise FeedError(f"{self._broker}: refused: {self._refused or 'no answer'}")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish, waiting while too much is unacknowledged.

        Raises:
            FeedError: the broker has acknowledged nothing for a long time.
        """
        if not self._free.acquire(timeout=ACKNOWLEDGE_SECONDS_MAX):
            raise FeedError(
                f"{self._broker}: nothing acknowledged for {ACKNOWLEDGE_SECONDS_MAX:.0f} s"
            )
        self._client.publish(topic, payload, qos=1)
        self.messages += 1

    def settle(self) -> None:
        """Wait until everything is acknowledged.

        Raises:
            FeedError: the broker has not acknowledged all of it in time.
        """
        for _ in range(UNACKNOWLEDGED_MAX):
            if not self._free.acquire(timeout=ACKNOWLEDGE_SECONDS_MAX):
                raise FeedError(f"{self._broker}: the last messages were not acknowledged")
        for _ in range(UNACKNOWLEDGED_MAX):
            self._free.release()

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self._connected.set()

    def _on_publish(
        self,
        client: mqtt.Client,
        userdata: object,
        number: int,
        reason: ReasonCode,
        properties: Properties,
    ) -> None:
        self._free.release()


class Pace:
    """When a recorded moment is due, at one speed; None: as fast as it is taken."""

    def __init__(self, speed: float | None, rate_max: int = RATE_MAX) -> None:
        if speed is not None and not speed > 0:
            raise FeedError(f"speed is {speed}: expected more than 0, or max")
        self._speed = speed
        self._rate = rate_max
        self._begun = time.monotonic()
        self._first: datetime | None = None
        self._sent = 0

    def wait(self, at: datetime, told: Callable[[datetime], None]) -> None:
        """Return when `at` is due; meanwhile `told` hears every second what time it is.

        Never later than `at`: what was heard at `at` would come too late.
        """
        self._sent += 1
        if self._first is None:
            self._first, self._begun = at, time.monotonic()
        if self._speed is None:
            early = self._sent / self._rate - (time.monotonic() - self._begun)
            if early > 0.02:
                time.sleep(early)
            return
        due = self._begun + (at - self._first).total_seconds() / self._speed
        while (left := due - time.monotonic()) > 0:
            time.sleep(min(left, MARK_SECONDS))
            if due - time.monotonic() > 0:
                told(min(self._now(), at))  # we may have been slept over `at` since

    def _now(self) -> datetime:
        assert self._first is not None
        assert self._speed is not None
        passed = (time.monotonic() - self._begun) * self._speed
        return self._first + timedelta(seconds=passed)


def feed(
    recording: Path,
    household: str,
    feeder: Feeder,
    pace: Pace,
    report: Report,
    observations_max: int | None = None,
) -> Fed:
    """Feed a recording (or its first observations) and return what was fed.

    Raises:
        FeedError: the household, the recording or the broker cannot be used.
    """
    if not is_id(household):
        raise FeedError(f"household {household!r}: expected letters, digits, - and _")
    begun = time.monotonic()
    fed = Fed(0, 0, None, 0.0)
    told_ms = -1
    reported = begun

    def mark(at: datetime) -> None:
        nonlocal told_ms
        if to_ms(at) > told_ms:
            told_ms = to_ms(at)
            feeder.publish(TIME_MARK_TOPIC, msgspec.json.encode({"t": told_ms}))

    try:
        for observation in itertools.islice(
            homes.observations(lines_of(recording)), observations_max
        ):
            pace.wait(observation.at, mark)
            mark(observation.at)
            wire = homes.encode(observation)
            feeder.publish(native_topic(household, observation.device, wire.part), wire.payload)
            now = time.monotonic()
            fed = Fed(fed.observations + 1, feeder.messages, observation.at, now - begun)
            if now - reported >= PROGRESS_SECONDS:
                reported = now
                report(fed)
    except RecordingError as error:
        raise FeedError(f"{recording}: {error}") from None
    if told_ms >= 0:  # the last word: time is told once more, so that nothing waits for it
        feeder.publish(TIME_MARK_TOPIC, msgspec.json.encode({"t": told_ms}))
    feeder.settle()
    done = Fed(
        fed.observations,
        feeder.messages,
        datetime.fromtimestamp(told_ms / 1000, UTC) if told_ms >= 0 else None,
        time.monotonic() - begun,
    )
    report(done)
    return done


OWN_BROKER = "127.0.0.1:1883"
HEARTBEAT = "400d"
"""The longest a configuration allows: a recording holds no signs of life."""
_ROLES = {"motion": "motion", "door": "entrance", "bed": "bed", "item": "item"}

_HEAD = """\
# A recorded home as a household: {recording}
# Written by `guanai simulate config-for`; feed it with `guanai feed`.
# The recording's times are the clock on the wall, written as if it were UTC.

zone = "{zone}"
language = "zh"

[broker]
{broker}

[[responder]]
id = "recorded-relative"
name = "录音里的家人"
role = "relative"
phone = "+85251000001"

[[policy]]
id = "person-in-need"
kinds = ["emergency", "fall", "inactivity", "health", "safety", "technical"]

[[policy.step]]
tier = "家庭"
who = ["relative"]
wait = "5m"

[[household]]
id = "{household}"
code = "R1"
name = "{household}"
residents = [{{ name = "recorded" }}]
team = {{ relative = ["recorded-relative"] }}
"""

_DEVICE = """
[[household.device]]
id = "{id}"
profile = "native"
role = "{role}"
room = {room}
heartbeat = "{heartbeat}"
"""


def config_for(recording: Path, household: str, broker: BrokerAddress | None) -> str:
    """Return a gateway's configuration for the recorded home.

    Without `broker` the gateway runs its own, on its usual port.

    Raises:
        FeedError: the household or the recording cannot be used.
    """
    if not is_id(household):
        raise FeedError(f"household {household!r}: expected letters, digits, - and _")
    try:
        facts = homes.facts(lines_of(recording))
    except RecordingError as error:
        raise FeedError(f"{recording}: {error}") from None
    head = _HEAD.format(
        recording=recording.name,
        zone=homes.ZONE,
        broker=f'url = "{broker}"' if broker else f'listen = "{OWN_BROKER}"',
        household=household,
    )
    return head + "".join(
        _DEVICE.format(
            id=fact.id, role=_ROLES[fact.kind], room=_quoted(fact.room), heartbeat=HEARTBEAT
        )
        for fact in facts
    )


def _quoted(text: str) -> str:
    """Return `text` as a TOML string: JSON's escapes are among TOML's."""
    return msgspec.json.encode(text).decode()
