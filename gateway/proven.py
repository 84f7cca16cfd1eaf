"""When each path, person and button last proved that it works, and how.

Proof is what a human did or a device said: an answer to an alarm or a drill, a key in a
call, a text that a handset acknowledged, a button that was pressed. What was asked and not
answered is remembered too: "never confirmed in a drill" is a fault of a person's
reachability (`unconfirmed`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec

from alerting.delivery.capabilities import BY_PHONE
from alerting.delivery.router import one_way
from alerting.events import (
    Answer,
    DeliveryState,
    Drilled,
    DrillState,
    Purpose,
    Receipt,
    Reply,
)
from alerting.household import RESIDENT
from alerting.response.case import DESK
from alerting.response.drills import Last
from devices.observation import CallState, HelpCall
from gateway.config.settings import OWN_HOUSEHOLDS
from gateway.store.rows import Entry, OutboxRow, Proof

log = logging.getLogger(__name__)

AGAIN = timedelta(hours=1)
"""A proof younger than this is not written again: memory cards wear."""
ANSWER_WITHIN = timedelta(hours=24)
PRESS = "press"
"""What our own press through the whole path is called."""

_NOT_ARRIVED = frozenset({DeliveryState.FAILED, DeliveryState.UNDELIVERED, DeliveryState.AMBIGUOUS})
"""An answer is none to a message that did not arrive, or of which nobody knows that it did."""


def is_unconfirmed(proof: Proof, now: datetime) -> bool:
    """Return whether it was asked in a drill more than a day ago, and nobody answered since."""
    asked, at = proof.asked_at, proof.proven_at
    return asked is not None and now - asked >= ANSWER_WITHIN and (at is None or at < asked)


class Kind(StrEnum):
    """What is proven."""

    PATH = "path"  # a provider with a channel: name `twilio`, path `sms`
    CONTACT = "contact"  # a person by a way: name `daughter`, path `sms twilio`
    BUTTON = "button"  # a call button: name `h1/panel`
    GATEWAY = "gateway"  # the press through the whole path


class Keeper(Protocol):
    """Where proofs are kept (`Store`)."""

    def note_proof(self, proof: Proof) -> None:
        """Write it down, in the background."""


class Proven:
    """Listens to what happens (`applied` is a listener of the runtime)."""

    def __init__(
        self,
        keeper: Keeper,
        row: Callable[[str], OutboxRow | None],
        known: Iterable[Proof] = (),
        tried_out: Callable[[str], bool] = lambda household: False,
    ) -> None:
        """Make it.

        Args:
            keeper: writes proofs down.
            row: the message of a key, if it is carried or was lately.
            known: what the store knows.
            tried_out: whether a household's buttons are being tried out.
        """
        self._keeper = keeper
        self._row = row
        self._known = {(proof.kind, proof.name, proof.path): proof for proof in known}
        self._tried_out = tried_out
        self._carried: dict[tuple[str, str], str] = {}
        """By person and channel: who carried their last message that they may answer."""

    def all(self) -> list[Proof]:
        """Return everything that was ever proven or asked."""
        return list(self._known.values())

    def last(self, kind: str, name: str, path: str = "") -> Proof | None:
        """Return when `name` was last proven and asked; None: never either."""
        return self._known.get((kind, name, path))

    def contacts(self) -> dict[tuple[str, str], Last]:
        """Return, by responder and way, when it was proven and tried: for the next drills."""
        return {
            (proof.name, proof.path): Last(proof.proven_at, proof.asked_at)
            for proof in self._known.values()
            if proof.kind == Kind.CONTACT
        }

    def unconfirmed(self, now: datetime) -> list[Proof]:
        """Return the ways to people that were drilled more than a day ago, without an answer."""
        return [
            proof
            for proof in self._known.values()
            if proof.kind == Kind.CONTACT and is_unconfirmed(proof, now)
        ]

    def applied(self, entry: Entry) -> None:
        """Look at a written entry: does it prove anything?"""
        event = entry.event
        if entry.household in OWN_HOUSEHOLDS:
            return  # our own press says itself what it proves
        match event:
            case HelpCall(retained=False) | CallState(on=True, retained=False) if entry.effects:
                how = "trial" if self._tried_out(entry.household) else "press"
                self.prove(Kind.BUTTON, f"{entry.household}/{event.device}", "", event.at, how)
            case Reply():
                self._replied(event)
            case Receipt():
                self._received(event)
        for effect in entry.effects:
            if isinstance(effect, Drilled):
                self._drilled(effect)

    def prove(self, kind: str, name: str, path: str, at: datetime, how: str) -> None:
        """Take note that it works."""
        before = self._known.get((kind, name, path))
        if before is not None and before.proven_at is not None:
            waits = before.asked_at is not None and before.asked_at > before.proven_at
            if not waits and at - before.proven_at < AGAIN and before.how == how:
                return
        asked = before.asked_at if before is not None else None
        self._write(Proof(kind=kind, name=name, path=path, proven_at=at, asked_at=asked, how=how))

    def _replied(self, reply: Reply) -> None:
        if reply.via not in ("sms", "voice") or reply.responder.startswith((DESK, RESIDENT)):
            return
        if reply.answer is Answer.HEARD:
            return  # the drill itself says what it proves
        path = self._carried.get((reply.responder, reply.via), "")
        self._answered(reply.responder, reply.via, path, reply.at, "alarm")

    def _answered(self, who: str, channel: str, path: str, at: datetime, how: str) -> None:
        self.prove(Kind.CONTACT, who, f"{channel} {path}".strip(), at, how)
        if path:
            self.prove(Kind.PATH, path, channel, at, how)

    def _received(self, receipt: Receipt) -> None:
        row = self._row(receipt.key)
        if row is None or not row.provider or not row.responder:
            return
        is_one_way = row.channel in BY_PHONE and one_way(row.channel, row.address, (row.provider,))
        if receipt.state in _NOT_ARRIVED:
            if self._carried.get((row.responder, row.channel)) == row.provider:
                del self._carried[row.responder, row.channel]
        elif not is_one_way:
            self._carried[row.responder, row.channel] = row.provider
        has_arrived = receipt.state is DeliveryState.HEARD or (
            receipt.state is DeliveryState.DELIVERED and row.channel != "voice"
        )
        if has_arrived:
            self.prove(Kind.PATH, row.provider, row.channel, receipt.at, "receipt")
            if row.purpose is Purpose.DRILL and is_one_way:  # nobody was asked to answer
                way = f"{row.channel} {row.provider}"
                self.prove(Kind.CONTACT, row.responder, way, receipt.at, "receipt")

    def _drilled(self, drill: Drilled) -> None:
        channel = drill.channel
        path = drill.path or self._carried.get((drill.responder, channel), "")
        if drill.state is DrillState.PROVEN:
            self._answered(drill.responder, channel, path, drill.at, "drill")
        elif drill.state is DrillState.ASKED:
            way = f"{channel} {drill.path}".strip()
            before = self._known.get((Kind.CONTACT, drill.responder, way))
            proof = before or Proof(kind=Kind.CONTACT, name=drill.responder, path=way)
            self._write(msgspec.structs.replace(proof, asked_at=drill.at))

    def _write(self, proof: Proof) -> None:
        self._known[proof.kind, proof.name, proof.path] = proof
        self._keeper.note_proof(proof)
