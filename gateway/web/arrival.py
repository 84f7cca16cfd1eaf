"""The code at the door: who has come reads it with their phone, and says who they are.

The code is the same for ever and hangs where anybody can photograph it, so that it proves
only that somebody has seen it. Whoever opens its page can say one thing, "I am here", and only
by the number of somebody who was told of an alarm that is open in this home. It stops the
ladder only for the one who had taken it already; for anybody else the ladder goes on, and a
text asks the owner of that number whether it was they. The page never says whose number it
knows, nor whether anything is wrong in the home; it closes nothing.
"""

from __future__ import annotations

import hmac
import math
import re
import time
from base64 import b32encode
from hashlib import sha256

import segno
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from alerting.events import Answer, Reply
from alerting.incident import Incident
from alerting.response.answers import VIA_DOOR
from gateway.config.settings import GATEWAY_HOUSEHOLD
from gateway.web.access import Throttle
from gateway.web.context import DeskContext, Home
from gateway.web.guard import DOOR_PATH
from gateway.web.render import Renderer

SIGN_BYTES = 10
"""80 bits: nobody guesses the code of a home, and it stays short enough to print small."""
PHONE_CHARS_MAX = 30
DIGITS_MIN = 7
COUNTRY_DIGITS_MAX = 3

COUNTED = "door code"
COUNTED_FORGED = "door code that is not ours"
COUNTED_UNKNOWN = "door code, unknown number"


class Arrival:
    """The page behind a home's code, and the sheet to print."""

    def __init__(self, context: DeskContext, renderer: Renderer) -> None:
        self._context = context
        self._renderer = renderer
        self._throttle = Throttle(time.monotonic)

    def routes(self) -> list[Route]:
        """Return the paths served here; those under `DOOR_PATH` need no log-in."""
        return [
            Route(f"{DOOR_PATH}{{household}}/{{sign}}", self.ask, methods=["GET"]),
            Route(f"{DOOR_PATH}{{household}}/{{sign}}", self.arrive, methods=["POST"]),
            Route("/households/{household}/door", self.sheet, methods=["GET"]),
        ]

    async def ask(self, request: Request) -> Response:
        """Show the form that asks for the number."""
        self._home(request)
        return self._page(request)

    async def arrive(self, request: Request) -> Response:
        """Take in that somebody is at the door."""
        home = self._home(request)
        by = self._renderer.speaker(request)
        address = f"address {request.client.host if request.client else ''}"
        form = await request.form()
        phone = re.sub(r"[^0-9]", "", str(form.get("phone", ""))[:PHONE_CHARS_MAX])
        source = f"number {home.household.id} {phone}"
        wait = self._throttle.wait_seconds(address, source)
        if wait > 0:
            words = by.gettext("Too many tries. Please wait %(seconds)s s.")
            page = self._page(request, words % {"seconds": math.ceil(wait)}, 429)
            page.headers["Retry-After"] = str(math.ceil(wait))
            return page
        if len(phone) < DIGITS_MIN:
            words = by.gettext("Please give the telephone number on which you were told.")
            return self._page(request, words, 422)
        # counted whether it is known or not: nobody learns numbers by trying
        self._throttle.failed(address, source)
        meant = self._meant(home, phone)
        what = COUNTED if meant else COUNTED_UNKNOWN
        self._context.count(what, home.household.code, f"number ending in {phone[-2:]}")
        for incident, responder in meant:
            reply = Reply(
                self._context.now(), incident.id, responder, Answer.ON_SCENE, via=VIA_DOOR
            )
            self._context.offer(home.household.id, reply)
        return self._page(request, is_taken=True)

    async def sheet(self, request: Request) -> Response:
        """Show the sheet that is printed and hung up at the door."""
        home = self._context.homes().get(request.path_params["household"])
        if home is None or home.household.id == GATEWAY_HOUSEHOLD:
            raise HTTPException(404)
        base = self._context.public_url
        id = home.household.id
        url = f"{base}{DOOR_PATH}{id}/{sign(self._context.access.secret, id)}"
        code = segno.make(url, error="q", micro=False).svg_inline(border=4, omitsize=True)
        return self._renderer.page(
            request, "door.html", home=home, code=code if base else "", url=url
        )

    def _home(self, request: Request) -> Home:
        id, given = request.path_params["household"], request.path_params["sign"]
        home = self._context.homes().get(id)
        ours = sign(self._context.access.secret, id)
        good = hmac.compare_digest(given.encode(), ours.encode())
        if home is None or not good or id == GATEWAY_HOUSEHOLD:
            who = request.client.host if request.client else "unknown"
            self._context.count(COUNTED_FORGED, who, str(id)[:40])
            raise HTTPException(404)
        return home

    def _meant(self, home: Home, phone: str) -> list[tuple[Incident, str]]:
        """Return the open incidents of the home that were told to this number, and to whom."""
        found = []
        for story in self._context.board.open():
            record = story.record
            if record.household != home.household.id:
                continue
            for person in record.policy.responders:
                knows = person.id in record.told or person.id == record.responder
                if knows and _is_same(person.phone, phone):
                    found.append((record, person.id))
        return found

    def _page(
        self, request: Request, problem: str = "", status: int = 200, *, is_taken: bool = False
    ) -> Response:
        return self._renderer.page(
            request, "arrived.html", status, problem=problem, is_taken=is_taken
        )


def sign(secret: str, household: str) -> str:
    """Return what makes the address of a home's page one that only we can write."""
    made = hmac.new(secret.encode(), f"door:{household}".encode(), sha256).digest()
    return b32encode(made[:SIGN_BYTES]).decode().lower()


def _is_same(phone: str, digits: str) -> bool:
    """Return whether the digits are the number, with or without its country."""
    whole = phone.removeprefix("+")
    is_national = whole.endswith(digits) and len(whole) - len(digits) <= COUNTRY_DIGITS_MAX
    return is_national or whole == digits.removeprefix("00")
