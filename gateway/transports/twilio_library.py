"""Everything of the provider's library that is used, in one place.

Importing this costs some 30 MB, most of it aiohttp, and about a quarter of a second.
"""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.rest import Client
from twilio.rest.api.v2010.account.call import CallList
from twilio.rest.api.v2010.account.message import MessageList

from gateway.transports.settings import TwilioAccess
from gateway.transports.twilio_http import Login, TwilioHttp
from gateway.transports.twiml import Speaker


class Library:
    """The library's client for one account; must be made inside the running loop."""

    errors = (TwilioException, ValueError, KeyError, TypeError, AttributeError)
    """What the library raises when it cannot read an answer."""

    def __init__(self, access: TwilioAccess) -> None:
        self.speaker = Speaker(access.voices, access.wording)
        self.http = TwilioHttp(
            access.api_url, access.connect_seconds, access.total_seconds, _logins(access)
        )
        self._client: Any = Client(
            access.api_key or access.account_sid,
            access.api_secret or access.auth_tokens[0],
            account_sid=access.account_sid,
            region=access.region or None,
            edge=access.edge or None,
            http_client=self.http,
            environment={"-": "-"},  # nothing is read from the process's environment
        )
        # found once: on the way there the library imports and builds on every access
        self.messages: MessageList = self._client.messages
        self.calls: CallList = self._client.calls
        self._flow: Any = None

    def flow(self, sid: str) -> Any:
        """Return the resource of a Studio flow; its modules are loaded at the first use."""
        if self._flow is None:
            self._flow = self._client.studio.v2.flows(sid)
        return self._flow

    async def install(self, definition: str, name: str) -> str:
        """Publish a Studio flow of our own; return its id.

        Raises:
            SendError: the provider refused it, or did not answer.
        """
        made = await self._client.studio.v2.flows.create_async(
            friendly_name=name, status="published", definition=definition
        )
        return str(made.sid)

    def host(self, url: str) -> str:
        """Return `url` as edge and region change it."""
        return str(self._client.get_hostname(url))

    async def close(self) -> None:
        """Close the session."""
        await self.http.close()


def _logins(access: TwilioAccess) -> list[Login]:
    """Return every way to log in: the key, then the tokens that are valid while one changes."""
    names = ("auth_token", "second_token")
    tokens = [
        Login(name, access.account_sid, token)
        for name, token in zip(names, access.auth_tokens, strict=False)
    ]
    if not access.api_key:
        return tokens
    return [Login("api_key", access.api_key, access.api_secret), *tokens]
