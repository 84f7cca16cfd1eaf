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
from gateway.transports.twilio_http import TwilioHttp
from gateway.transports.twiml import Speaker


class Library:
    """The library's client for one account; must be made inside the running loop."""

    errors = (TwilioException, ValueError, KeyError, TypeError, AttributeError)
    """What the library raises when it cannot read an answer."""

    def __init__(self, access: TwilioAccess) -> None:
        self.speaker = Speaker(access.voices)
        self._http = TwilioHttp(access.api_url, access.connect_seconds, access.total_seconds)
        self._client: Any = Client(
            access.api_key or access.account_sid,
            access.api_secret or access.auth_tokens[0],
            account_sid=access.account_sid,
            region=access.region or None,
            edge=access.edge or None,
            http_client=self._http,
            environment={"-": "-"},  # nothing is read from the process's environment
        )
        # found once: on the way there the library imports and builds on every access
        self.messages: MessageList = self._client.messages
        self.calls: CallList = self._client.calls

    def host(self, url: str) -> str:
        """Return `url` as edge and region change it."""
        return str(self._client.get_hostname(url))

    async def close(self) -> None:
        """Close the session."""
        await self._http.close()
