"""The HTTP client under the twilio library: one session, and an end to every call.

The library's own asynchronous client ignores its timeout, hides response headers and
turns a body that is not JSON into a riddle. This one keeps the library's interface
and raises `SendError` with what a failure asks of us.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import aiohttp
import msgspec
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from yarl import URL

from alerting.delivery.channels import twilio_errors
from gateway.transports import http_answer
from gateway.transports.settings import CONNECT_SECONDS, TOTAL_SECONDS
from gateway.transports.transport import SendError

KEEP_ALIVE_SECONDS = 45.0

_log = logging.getLogger(__name__)


class Login(NamedTuple):
    """Who we say we are, and how the configuration calls that."""

    name: str
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.name})"


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]
    """Carries the twilio library's requests over one long-lived session."""

    def __init__(
        self,
        api_url: str = "",
        connect_seconds: float = CONNECT_SECONDS,
        total_seconds: float = TOTAL_SECONDS,
        logins: Sequence[Login] = (),
    ) -> None:
        """Prepare the client; must run inside the event loop.

        Args:
            api_url: another server with the same interface (the simulated carrier); empty: Twilio.
            connect_seconds: for name, connection and TLS together.
            total_seconds: for a whole call.
            logins: who we may say we are, best first; none: as the library says.
        """
        super().__init__(_log, True, None)
        self._logins = list(logins)
        self.complaint = ""
        """What is wrong with our logins although one works; empty: nothing."""
        self._api_url = api_url.rstrip("/")
        self._total_seconds = total_seconds
        self._credentials: tuple[tuple[str, str], str] = (("", ""), "")
        self._session = aiohttp.ClientSession(
            # the outbox bounds how many run at once; a second bound here would only hide waiting
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_SECONDS),
            timeout=aiohttp.ClientTimeout(total=None, connect=connect_seconds),
        )

    async def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        allow_redirects: bool = False,
    ) -> Response:
        """Make one request; the library calls this.

        A login that is refused is followed by the next; one that works is kept.

        Raises:
            SendError: no usable answer, or an answer of 400 or more.
        """
        if not self._logins:
            return await self._request(method, uri, params, data, headers, auth, allow_redirects)
        first: SendError | None = None
        for login in tuple(self._logins):
            given = (login.username, login.password)
            try:
                # nothing was carried out for somebody who was not believed: no doubt, no double
                answer = await self._request(
                    method, uri, params, data, headers, given, allow_redirects
                )
            except SendError as error:
                if error.code != twilio_errors.AUTHENTICATION:
                    self._keep(login)
                    raise
                first = first or error
            else:
                self._keep(login)
                return answer
        assert first is not None
        raise first

    def _keep(self, login: Login) -> None:
        """Use this login from now on, and say which ones are dead."""
        at = self._logins.index(login)
        if at == 0:
            return
        dead = ", ".join(one.name for one in self._logins[:at])
        self._logins = [*self._logins[at:], *self._logins[:at]]
        self.complaint = (
            f"{dead} 已被拒绝，正在用 {login.name}；请更换 / "
            f"{dead} is refused, {login.name} is used; please replace it"
        )
        _log.warning("twilio: %s", self.complaint)

    async def _request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None,
        data: dict[str, object] | None,
        headers: dict[str, str] | None,
        auth: tuple[str, str] | None,
        allow_redirects: bool,
    ) -> Response:
        url = uri
        if self._api_url:
            # whatever host the library chose (edge, region), the stand-in takes its place
            url = self._api_url + uri[uri.index("/", len("https://")) :]
        if params:
            url += "?" + urlencode(params, doseq=True)
        headers = dict(headers or {})
        if auth is not None:
            headers["Authorization"] = self._basic(auth)
        changes = method.upper() == "POST"
        with http_answer.answered(changes):
            async with asyncio.timeout(self._total_seconds):
                async with self._session.request(
                    method.upper(),
                    URL(url, encoded=True),
                    data=urlencode(data, doseq=True).encode() if data else None,
                    headers=headers,
                    allow_redirects=allow_redirects,
                ) as response:
                    body = await http_answer.read(response)
        if response.status >= twilio_errors.HTTP_CLIENT_ERROR:
            raise _refusal(response.status, body, response.headers.get("Retry-After", ""))
        return Response(response.status, body.decode(errors="replace"), response.headers)

    async def close(self) -> None:
        """Close the session."""
        await self._session.close()

    def _basic(self, auth: tuple[str, str]) -> str:
        known, value = self._credentials
        if known != auth:
            value = "Basic " + base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode()
            self._credentials = (auth, value)
        return value


def _refusal(status: int, body: bytes, retry_after: str) -> SendError:
    """Return what an error answer means."""
    fields = _json_object(body)
    code = fields.get("code")
    code = code if isinstance(code, int) else 0
    kind = twilio_errors.by_answer(status, code, readable=bool(fields))
    message = str(fields.get("message", "")) or body[:80].decode(errors="replace")
    return SendError(
        kind,
        f"HTTP {status}: {message[:200]}",
        code=code,
        retry_after=_seconds(retry_after),
        doubtful=status >= twilio_errors.HTTP_SERVER_ERROR,
    )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(retry_after: str) -> float:
    """Return the delay a Retry-After header asks for; dates, which Twilio never sends, are 0."""
    text = retry_after.strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
