"""How the carrier says no: the error bodies the provider sends, with its codes."""

from __future__ import annotations

MORE_INFO = "https://www.twilio.com/docs/errors/{code}"


class Refused(Exception):
    """A request that is not carried out; becomes the provider's error JSON.

    Attributes:
        status: HTTP status.
        code: the provider's error code.
        message: its sentence.
        headers: extra answer headers, e.g. Retry-After.
    """

    def __init__(
        self, status: int, code: int, message: str, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status}/{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}

    def body(self) -> dict[str, object]:
        """Return the JSON body."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": MORE_INFO.format(code=self.code),
            "status": self.status,
        }


def not_found(path: str) -> Refused:
    """Return the answer for a resource that is not there."""
    return Refused(404, 20404, f"The requested resource {path} was not found")


def bad(code: int, message: str) -> Refused:
    """Return an ordinary 400."""
    return Refused(400, code, message)


MEANINGS: dict[int, str] = {
    21211: "The 'To' number is not a valid phone number.",
    21215: "Geo Permission configuration is not permitting call",
    21408: "Permission to send an SMS has not been enabled for the region indicated by 'To'",
    21610: "Attempt to send to unsubscribed recipient",
    21612: "The 'To' phone number is not currently reachable using the 'From' phone number",
    21614: "'To' number is not a valid mobile number",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    20503: "Service Unavailable",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30036: "Validity Period Expired",
}
"""The codes this carrier uses by itself, in the provider's words."""


def meaning(code: int) -> str:
    """Return the provider's short sentence for a code."""
    return MEANINGS.get(code, f"Error {code}")
