"""Where other gateways say that they live: `/alive/TOKEN`."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

TOKEN_CHARACTERS_MAX = 200


def routes(heard: Callable[[str], bool], stranger: Callable[[str], None]) -> tuple[Route, ...]:
    """Return the way in; it needs no log-in, the token is the secret.

    Args:
        heard: takes a token; False: it is nobody's.
        stranger: counts an address that sent an unknown token.
    """

    async def alive(request: Request) -> Response:
        token = str(request.path_params["token"])[:TOKEN_CHARACTERS_MAX]
        if heard(token):
            return PlainTextResponse("ok\n", headers={"Cache-Control": "no-store"})
        stranger(request.client.host if request.client else "unknown")
        return PlainTextResponse("not found\n", 404)

    return (Route("/alive/{token}", alive, methods=["GET", "POST"]),)
