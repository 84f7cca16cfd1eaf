"""One question to an alarm receiving centre, until it has answered it or time is up."""

from __future__ import annotations

import asyncio
import secrets
import ssl

from alerting.delivery.channels import scaip
from alerting.delivery.channels.scaip import Answered
from alerting.events import ErrorClass
from gateway.transports import sip
from gateway.transports.sip import Call, Ends, Heard
from gateway.transports.sip_link import Link, open_link
from gateway.transports.targets import ScaipTarget
from gateway.transports.transport import SendError

CONTENT_TYPE = "application/scaip+xml"
"""Registered with IANA in 2014."""
ANSWER_SECONDS = 10.0
"""Within these the centre answers; the request is repeated later all the same."""
USER = "guanai"

CLASSES: dict[int, ErrorClass] = {
    400: ErrorClass.CONFIGURATION,
    401: ErrorClass.CONFIGURATION,
    403: ErrorClass.CONFIGURATION,
    404: ErrorClass.CONFIGURATION,
    405: ErrorClass.CONFIGURATION,
    407: ErrorClass.CONFIGURATION,
    408: ErrorClass.TRANSIENT,
    413: ErrorClass.BLOCKED,
    415: ErrorClass.CONFIGURATION,
    480: ErrorClass.UNREACHABLE,
    486: ErrorClass.UNREACHABLE,
    488: ErrorClass.CONFIGURATION,
}
"""What SIP's own refusals ask of us; of the rest, 5xx passes and others are configuration."""


class Question:
    """A request to one centre, its repetitions and what comes back."""

    def __init__(self, target: ScaipTarget, elements: dict[str, str], link: Link) -> None:
        self._target = target
        self._ref = elements["ref"]
        self._body = scaip.encode(elements)
        self._link = link
        host, port = link.local
        lower = "" if target.transport == "udp" else f";transport={target.transport}"
        own = sip.uri(host, USER, port)
        place = f"[{host}]" if ":" in host else host
        self._ends = Ends(
            target=sip.uri(target.host, target.user, target.port) + lower,
            sender=own,
            via=f"SIP/2.0/{link.name} {place}:{port}",
            contact=own + lower,
        )
        self._tag = secrets.token_hex(8)
        self._call = Call(secrets.token_hex(16), self._branch(), self._tag)
        self._more: dict[str, str] = {}
        self._is_challenged = False
        self._so_far = "no answer"
        self._sends = 0

    async def answered(self, seconds: float) -> Answered:
        """Return the centre's own answer.

        Raises:
            SendError: there is none, or SIP refuses.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._converse()
        except TimeoutError:
            detail = f"{self._so_far} within {seconds:.0f} s"
            raise SendError(ErrorClass.AMBIGUOUS, detail) from None
        except ConnectionRefusedError as error:
            # of several one may have arrived
            kind = ErrorClass.TRANSIENT if self._sends == 1 else ErrorClass.AMBIGUOUS
            raise SendError(kind, "nobody listens there") from error
        except (OSError, ValueError) as error:
            raise SendError(ErrorClass.AMBIGUOUS, f"{self._so_far}: {error}") from error

    async def _converse(self) -> Answered:
        wait = sip.T1_SECONDS
        self._send()
        is_heard = False
        while True:
            try:
                pause = None if self._link.is_reliable or is_heard else wait
                async with asyncio.timeout(pause):
                    data = await self._link.receive()
            except TimeoutError:
                if pause is None:
                    raise  # the whole time is up
                wait = min(wait * 2, sip.T2_SECONDS)
                self._send()
                continue
            try:
                heard = sip.parse(data)
            except ValueError as error:
                self._so_far = f"an answer that is not SIP ({error})"
                continue
            number = self._call.number
            answer = self._take(heard)
            if answer is not None:
                return answer
            if self._call.number != number:
                wait = sip.T1_SECONDS  # asked again, with who we are
            elif not heard.method and heard.status >= 200 and sip.belongs(heard, self._call):
                is_heard = True

    def _take(self, heard: Heard) -> Answered | None:
        """Return the centre's answer, if that is what came.

        Raises:
            SendError: SIP refuses the request.
        """
        if heard.method:
            # the answer as a message of its own, as many centres send it
            self._link.send(sip.accepted(heard, self._tag))
            return self._read(heard.body, ours=False)
        if not sip.belongs(heard, self._call) or heard.status < 200:
            return None
        if heard.status in (401, 407) and self._challenged(heard):
            return None
        if heard.status >= 300:
            raise _refused(heard)
        self._so_far = "SIP took it, the centre said nothing"
        return self._read(heard.body, ours=True) if heard.body else None

    def _read(self, body: bytes, *, ours: bool) -> Answered | None:
        try:
            answer = scaip.decode(body)
        except ValueError as error:
            self._so_far = str(error)
            return None
        # a centre that could not read the request cannot name its reference either
        nameless = ours and not answer.ref and answer.status in scaip.NOT_TREATED
        if answer.ref != self._ref and not nameless:
            self._so_far = "an answer to another reference"
            return None
        return answer

    def _challenged(self, heard: Heard) -> bool:
        """Ask again with who we are; return False where that is not possible, or was done."""
        if self._is_challenged or not (self._target.username and self._target.password):
            return False
        self._is_challenged = True
        is_proxy = heard.status == 407
        challenge = heard.headers.get("proxy-authenticate" if is_proxy else "www-authenticate", "")
        value = sip.authorization(
            challenge,
            self._target.username,
            self._target.password,
            self._ends.target,
            secrets.token_hex(8),
        )
        if value is None:
            return False
        self._more = {"Proxy-Authorization" if is_proxy else "Authorization": value}
        call = self._call
        self._call = Call(call.call_id, self._branch(), call.tag, call.number + 1)
        self._send()
        return True

    def _send(self) -> None:
        self._sends += 1
        self._link.send(sip.message(self._ends, self._call, self._body, CONTENT_TYPE, self._more))

    @staticmethod
    def _branch() -> str:
        return sip.COOKIE + secrets.token_hex(12)


async def ask(
    target: ScaipTarget,
    elements: dict[str, str],
    context: ssl.SSLContext | None = None,
    seconds: float = ANSWER_SECONDS,
) -> Answered:
    """Return a centre's answer to one request.

    Args:
        target: the centre.
        elements: of the request (`alerting.delivery.channels.scaip`).
        context: for TLS; None: the system's authorities.
        seconds: how long it may take.

    Raises:
        SendError: it did not answer, or SIP refused.
    """
    try:
        link = await open_link(target.host, target.port, target.transport, context)
    except (OSError, TimeoutError) as error:
        raise SendError(ErrorClass.TRANSIENT, f"no connection: {error!r}") from error
    try:
        return await Question(target, elements, link).answered(seconds)
    finally:
        link.close()


def _refused(heard: Heard) -> SendError:
    status = heard.status
    if status >= 500:
        kind = ErrorClass.TRANSIENT if status < 600 else ErrorClass.UNREACHABLE
    else:
        kind = CLASSES.get(status, ErrorClass.CONFIGURATION)
    after = heard.headers.get("retry-after", "").partition(";")[0].partition("(")[0].strip()
    seconds = float(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0.0
    return SendError(kind, f"SIP {status} {heard.reason[:80]}", code=status, retry_after=seconds)
