"""A wearable was knocked: was it a fall, and what came of it?

The score of the trained model (docs/model-card-falls.md) decides three seconds after the knock,
or after two where the wearer lies still already and the score is clear. Then the resident is
asked, where the home can speak, before people are called: a press that says "I am all right"
ends it, lying still is added to what people are told, being up again lowers its urgency. Where
nobody can be asked, or the evidence is overwhelming, people are called at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from alerting.detection.names import name
from alerting.detection.signals import model
from alerting.detection.signals.grid import BEFORE, EARLY, WINDOW
from alerting.events import Evidence, Finding, PresenceSet, Tick
from alerting.household import Household, IncidentKind
from alerting.incident import Urgency
from alerting.words import Words
from devices.observation import Aftermath, AnyObservation, Cancelled, Impact

ASKED = timedelta(seconds=25)
"""So long the resident has to answer before people are called."""
OVERWHELMING = 1.4
"""So far above the threshold nobody is asked first."""
ONE_FALL = timedelta(seconds=60)
"""Knocks so soon after a fall belong to it: a body bounces, and tries to get up."""
ANSWERED_WITHIN = timedelta(minutes=10)
"""A press that says "all right" later than this speaks of something else."""
STILL = 0.1
"""Moving for less of the time than this is lying still."""
WALKING = 0.3
"""Moving for more of it is being up again."""
LATE = timedelta(minutes=2)
"""A knock learned of so long after it happened is told with its age, and nobody is woken."""
EARLY_BYTES = 6 * (BEFORE + EARLY)
"""A window that ends 2 s after the knock: its wearer lay still by then. The whole one follows."""
EARLY_MARK = "~"
"""With this the early window of a knock is remembered."""
IDS_MAX = 8
STILL_MG = 150


class Fall(msgspec.Struct, frozen=True, gc=False):
    """A fall that was told, while its aftermath matters."""

    id: str
    """Of its last knock."""
    at: datetime
    score: float
    is_late: bool = False
    """It was long over when we learned of it."""


class State(msgspec.Struct, frozen=True):
    """What we know of each wearable."""

    falls: dict[str, Fall] = {}
    heard: dict[str, tuple[str, ...]] = {}
    """The last knocks of each, to know a repeated message."""


class FallDetector:
    """One fall is one finding; what follows it raises or lowers it."""

    name = "fall"
    consumes = (Impact, Aftermath, Cancelled)
    state = State

    def start(self, home: Household, at: datetime) -> State:
        """Know nothing."""
        return State()

    def step(
        self, home: Household, state: State, event: AnyObservation | Tick | PresenceSet
    ) -> tuple[State, tuple[Finding, ...]]:
        """Judge knocks, and what came after."""
        if isinstance(event, Impact):
            return self._knocked(home, state, event)
        if isinstance(event, Aftermath):
            return self._afterwards(home, state, event)
        if isinstance(event, Cancelled):
            return self._answered(home, state, event)
        return state, ()

    def resume(self, home: Household, state: State, at: datetime, is_blink: bool = False) -> State:
        """Nothing is concluded from silence here."""
        return state

    def configure(self, home: Household, state: State, at: datetime) -> State:
        """Forget devices that are gone."""
        return State(
            {id: fall for id, fall in state.falls.items() if id in home.devices},
            {id: heard for id, heard in state.heard.items() if id in home.devices},
        )

    def deadline(self, home: Household, state: State) -> datetime | None:
        """Never due: the incident waits for the answer, not the detector."""
        return None

    def _knocked(
        self, home: Household, state: State, event: Impact
    ) -> tuple[State, tuple[Finding, ...]]:
        id, known = event.device, state.heard.get(event.device, ())
        is_early = len(event.wave) == EARLY_BYTES
        key = event.id + EARLY_MARK if is_early else event.id
        if event.retained or key in known or not (is_early or len(event.wave) == WINDOW * 6):
            return state, ()
        heard = {**state.heard, id: (*known, key)[-IDS_MAX:]}
        device = home.devices.get(id)
        site = device.worn if device is not None and device.worn in model.SITES else model.WAIST
        score = model.model(site).score(model.in_g(event.wave)) + event.eased
        limit = model.clear(site) if is_early else model.threshold(site)
        before = state.falls.get(id)
        late = _age(event) > LATE
        is_same = (
            before is not None
            and event.at - before.at <= ONE_FALL
            and (late or not before.is_late)  # what was stored hides nothing that happens now
        )
        if score < limit:
            return State(state.falls, heard), ()
        if is_same and before is not None:
            # what follows the last knock counts: who got up may have gone down again
            last = before if late and not before.is_late else _now_of(before, event.id)
            return State({**state.falls, id: last}, heard), ()
        falls = {**state.falls, id: Fall(event.id, event.at, round(score, 3), late)}
        return State(falls, heard), (_fell(home, event, site, score, limit),)

    def _afterwards(
        self, home: Household, state: State, event: Aftermath
    ) -> tuple[State, tuple[Finding, ...]]:
        fall = state.falls.get(event.device)
        if fall is None or fall.id != event.id:
            return state, ()
        device = name(home, event.device)
        zh, en = device.zh, device.en
        seconds, share = round(event.seconds), round(100 * event.moving)
        evidence: Evidence = {
            "device": event.device,
            "watched_seconds": event.seconds,
            "moving_percent": share,
            "score": fall.score,
        }
        if event.moving < STILL:
            words = Words(
                f"{zh}：跌倒后{seconds}秒几乎不动", f"{en}: lies still {seconds} s after the fall"
            )
            urgency = Urgency.MEDIUM if fall.is_late else Urgency.HIGH
            short = Words("跌倒后不动", "lies still")
            return state, (_finding(event, words, short, evidence, urgency=urgency),)
        if event.moving > WALKING:
            words = Words(
                f"{zh}：撞击后{seconds}秒内有{share}%的时间在活动",
                f"{en}: was up and moving {share} % of the {seconds} s after the knock",
            )
            found = _finding(event, words, Words("跌倒后起身", "up again"), evidence, active=False)
            return state, (found,)
        return state, ()

    def _answered(
        self, home: Household, state: State, event: Cancelled
    ) -> tuple[State, tuple[Finding, ...]]:
        """The press may come from any device of the home: it answers what is still open."""
        found = []
        for id, fall in state.falls.items():
            if event.retained or event.at - fall.at > ANSWERED_WITHIN:
                continue
            device = name(home, id)
            zh, en = device.zh, device.en
            after = round((event.at - fall.at).total_seconds(), 1)
            words = Words(f"{zh}：本人按键表示没事", f"{en}: the resident pressed “I am all right”")
            evidence: Evidence = {"device": id, "after_seconds": after}
            found.append(
                Finding(
                    at=event.at,
                    detector=self.name,
                    what=IncidentKind.FALL,
                    subject=id,
                    reason=words,
                    active=False,
                    evidence=evidence,
                    is_answer=True,
                )
            )
        left = {finding.subject for finding in found}
        falls = {id: fall for id, fall in state.falls.items() if id not in left}
        return (State(falls, state.heard), tuple(found)) if found else (state, ())


def _now_of(fall: Fall, id: str) -> Fall:
    return Fall(id, fall.at, fall.score, fall.is_late)


def _fell(home: Household, event: Impact, site: str, score: float, limit: float) -> Finding:
    sizes = _sizes(event.wave)
    still_from = _still_from(sizes)
    still_s = (len(sizes) - still_from) / event.rate_hz
    age = _age(event)
    is_late = age > LATE
    asks = home.can_ask and score < model.threshold(site) + OVERWHELMING and not is_late
    device = name(home, event.device)
    zh, en = device.zh, device.en
    tail_zh = f"，随后静止{still_s:.1f}秒" if still_s >= 1.0 else ""
    tail_en = f", then still for {still_s:.1f} s" if still_s >= 1.0 else ""
    said = _ago(age) if is_late else Words("", "")
    return Finding(
        at=event.at,
        detector=FallDetector.name,
        what=IncidentKind.FALL,
        subject=event.device,
        reason=Words(
            f"{zh}：{said.zh}疑似跌倒，撞击{event.peak_g:.1f}g{tail_zh}",
            f"{en}: {said.en}looks like a fall, a knock of {event.peak_g:.1f} g{tail_en}",
        ),
        urgency=Urgency.MEDIUM if is_late else Urgency.HIGH,
        evidence={
            "device": event.device,
            "score": round(score, 3),
            "threshold": limit,
            "eased": event.eased,
            "worn": site,
            "peak_g": event.peak_g,
            "rate_hz": event.rate_hz,
            "knock": event.knock,
            "still_from": still_from,
            "lost_seconds": event.lost_seconds,
            "age_seconds": round(age.total_seconds(), 1),
        },
        short=Words(f"{said.zh}疑似跌倒", f"{said.en}may have fallen"),
        wave_mg=sizes,
        asks_seconds=home.asks_for(IncidentKind.FALL).seconds if asks else 0,
    )


def _age(event: Impact) -> timedelta:
    """Return how long ago the knock was when we learned of it."""
    return timedelta(0) if event.measured_at is None else event.at - event.measured_at


def _ago(age: timedelta) -> Words:
    minutes = round(age.total_seconds() / 60)
    if minutes < 120:
        return Words(f"约{minutes}分钟前", f"about {minutes} min ago, ")
    return Words(f"约{round(minutes / 60)}小时前", f"about {round(minutes / 60)} h ago, ")


def _finding(
    event: Aftermath,
    reason: Words,
    short: Words,
    evidence: Evidence,
    *,
    active: bool = True,
    urgency: Urgency = Urgency.HIGH,
) -> Finding:
    return Finding(
        at=event.at,
        detector=FallDetector.name,
        what=IncidentKind.FALL,
        subject=event.device,
        reason=reason,
        urgency=urgency,
        active=active,
        evidence=evidence,
        short=short,
    )


def _sizes(wave: bytes) -> tuple[int, ...]:
    """Return the size of the acceleration in milli-g, to draw."""
    import numpy as np

    sizes = np.linalg.norm(np.frombuffer(wave, "<i2").reshape(-1, 3).astype(np.float32), axis=1)
    return tuple(np.rint(sizes).astype(int).tolist())


def _still_from(sizes: tuple[int, ...]) -> int:
    """Return from which sample on the wearer does not move until the end of the window."""
    for index in range(len(sizes) - 1, -1, -1):
        if abs(sizes[index] - 1000) > STILL_MG:
            return index + 1
    return 0
