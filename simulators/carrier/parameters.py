"""The parameters each resource knows, by name, and which of them we carry out.

The provider ignores a parameter it does not know; so a misspelt one is never
noticed. This carrier refuses it. The sets equal those of the provider's public
interface description, which the tests hold against this file.
"""

from __future__ import annotations

from simulators.carrier.refusal import Refused, bad


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


CREATE_MESSAGE = _names(
    """To From Body StatusCallback ValidityPeriod ApplicationSid MaxPrice ProvideFeedback
    Attempt ForceDelivery ContentRetention AddressRetention SmartEncoded PersistentAction
    TrafficType ShortenUrls ScheduleType SendAt SendAsMms ContentVariables RiskCheck
    FallbackFrom MessagingServiceSid MediaUrl ContentSid"""
)
LIST_MESSAGES = _names("To From DateSent DateSent< DateSent> PageSize Page PageToken")
UPDATE_MESSAGE = _names("Body Status")
CREATE_CALL = _names(
    """To From Url Method FallbackUrl FallbackMethod Twiml StatusCallback StatusCallbackEvent
    StatusCallbackMethod Timeout TimeLimit MachineDetection MachineDetectionTimeout
    MachineDetectionSpeechThreshold MachineDetectionSpeechEndThreshold
    MachineDetectionSilenceTimeout AsyncAmd AsyncAmdStatusCallback
    AsyncAmdStatusCallbackMethod SendDigits Record RecordingChannels RecordingStatusCallback
    RecordingStatusCallbackMethod RecordingStatusCallbackEvent RecordingTrack Trim
    SipAuthUsername SipAuthPassword CallerId Byoc CallReason CallToken ClientNotificationUrl
    ApplicationSid"""
)
LIST_CALLS = _names(
    """To From ParentCallSid Status StartTime StartTime< StartTime> EndTime EndTime< EndTime>
    PageSize Page PageToken"""
)
UPDATE_CALL = _names(
    """Url Method Status FallbackUrl FallbackMethod StatusCallback StatusCallbackMethod Twiml
    TimeLimit"""
)
CREATE_FLOW = _names("FriendlyName Status Definition CommitMessage")
CREATE_EXECUTION = _names("To From Parameters")
LIST_EXECUTIONS = _names("status DateCreatedFrom DateCreatedTo PageSize Page PageToken")
NONE: frozenset[str] = frozenset()

NOT_CARRIED = _names(
    """ApplicationSid PersistentAction ScheduleType SendAt SendAsMms ContentVariables
    MessagingServiceSid MediaUrl ContentSid FallbackFrom SendDigits Record RecordingChannels
    RecordingStatusCallback RecordingStatusCallbackMethod RecordingStatusCallbackEvent
    RecordingTrack Trim SipAuthUsername SipAuthPassword Byoc CallToken ClientNotificationUrl
    ParentCallSid"""
)
"""Known, but beyond this carrier: refused rather than silently left undone."""

MANY = frozenset({"StatusCallbackEvent"})
"""Parameters that may be given several times."""

Pairs = tuple[tuple[str, str], ...]


class Parameters:
    """The parameters of one request, checked by name."""

    def __init__(self, pairs: Pairs, allowed: frozenset[str]) -> None:
        """Take them in.

        Raises:
            Refused: a name that is unknown here, given twice, or beyond this carrier.
        """
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name not in allowed:
                raise _unknown(name, allowed)
            if name in NOT_CARRIED:
                raise bad(20001, f"Parameter '{name}' is not carried by this simulated carrier")
            if name in self._values and name not in MANY:
                raise bad(20001, f"Parameter '{name}' is given more than once")
            self._values.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str, otherwise: str = "") -> str:
        """Return one value."""
        return self._values[name][0] if name in self._values else otherwise

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter that may repeat; spaces separate too."""
        return tuple(word for value in self._values.get(name, ()) for word in value.split())

    def number(self, name: str, otherwise: int, low: int, high: int) -> int:
        """Return a whole number within bounds.

        Raises:
            Refused: anything else.
        """
        if name not in self._values:
            return otherwise
        value = self._values[name][0]
        if not value.isascii() or not value.isdigit() or not low <= int(value[:9]) <= high:
            raise bad(20001, f"Parameter '{name}' is {value!r}; expected {low} to {high}")
        return int(value)

    def choice(self, name: str, otherwise: str, *allowed: str) -> str:
        """Return one of the allowed words.

        Raises:
            Refused: anything else.
        """
        value = self.text(name, otherwise)
        if value not in (otherwise, *allowed):
            raise bad(20001, f"Parameter '{name}' is {value!r}; expected {' or '.join(allowed)}")
        return value


def _unknown(name: str, allowed: frozenset[str]) -> Refused:
    near = [known for known in allowed if known.casefold() == name.casefold()]
    hint = f" (did you mean '{near[0]}'?)" if near else ""
    return bad(20001, f"Unknown parameter '{name}'{hint}")
