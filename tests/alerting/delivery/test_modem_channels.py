"""What a modem, its network and its calls say, and what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alerting.delivery.channels import Account, Message, modem_errors, modem_sms, modem_voice
from alerting.delivery.channels.modem_sms import ModemSms
from alerting.delivery.channels.modem_voice import ModemVoice
from alerting.delivery.pdu.submit import length_of
from alerting.events import DeliveryState, ErrorClass
from simulators.modem.pdu import joined, read_submit

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OURS = Account("+8613800000000")
SMS, VOICE = ModemSms(), ModemVoice()


def message(text: str = "王奶奶呼救", minutes: float = 10) -> Message:
    expires_at = NOW + timedelta(minutes=minutes)
    return Message("h1-0001/0/wang/sms", "+8613800000001", text, "zh", expires_at)


def pdus(of: Message) -> tuple[str, ...]:
    made = SMS.request(of, OURS, NOW)["pdus"]
    assert isinstance(made, tuple)
    return made


def test_a_text_goes_out_as_pdus_with_a_report_asked_for() -> None:
    parts = [read_submit(pdu, length_of(pdu)) for pdu in pdus(message("王奶奶呼救。" * 20))]
    assert joined(parts) == "王奶奶呼救。" * 20
    assert all(part.wants_report for part in parts)
    assert "h1-0001" not in str(parts)


def test_a_message_tried_again_is_the_same_to_the_phone() -> None:
    assert pdus(message("中" * 100)) == pdus(message("中" * 100))


@pytest.mark.parametrize(("minutes", "said"), [(0, 5), (3, 5), (10, 10), (15, 15), (240, 15)])
def test_a_text_does_not_arrive_hours_late(minutes: float, said: int) -> None:
    (pdu,) = pdus(message(minutes=minutes))
    validity = read_submit(pdu, length_of(pdu)).validity
    assert validity is not None
    assert (validity + 1) * 5 == said


def test_a_call_says_whom_and_how_long() -> None:
    assert VOICE.request(message(), OURS, NOW) == {
        "to": "+8613800000001",
        "ring_seconds": "45",
        "call_seconds": "180",
    }
    assert VOICE.recall() == {"status": "canceled"}
    assert SMS.recall() == {}


@pytest.mark.parametrize("code", sorted(modem_errors.CMS))
def test_a_refusal_carries_its_code_and_class(code: int) -> None:
    progress = SMS.progress(modem_sms.REFUSED, code)
    assert progress.final
    assert progress.state is DeliveryState.FAILED
    assert (progress.code, progress.error) == (code, modem_errors.CMS[code])
    assert str(code) in progress.detail


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0, ErrorClass.TRANSIENT),
        (77, ErrorClass.UNREACHABLE),
        (250, ErrorClass.UNREACHABLE),
        (512, ErrorClass.TRANSIENT),
        (-5, ErrorClass.TRANSIENT),
    ],
)
def test_an_unknown_refusal_goes_by_its_range(code: int, error: ErrorClass) -> None:
    assert SMS.progress(modem_sms.REFUSED, code).error is error


def test_every_status_report_means_something() -> None:
    for status in range(256):
        progress = SMS.progress(modem_sms.REPORT, status)
        if status < 0x20:
            assert (progress.state, progress.final) == (DeliveryState.DELIVERED, True)
        elif status < 0x40:
            assert (progress.state, progress.final) == (DeliveryState.ACCEPTED, False)
        else:
            assert progress.state is DeliveryState.UNDELIVERED
            assert progress.final
            assert progress.error is not None


@pytest.mark.parametrize(
    ("status", "code", "state", "final", "error"),
    [
        ("queued", 0, DeliveryState.ACCEPTED, False, None),
        ("alerting", 0, DeliveryState.ACCEPTED, False, None),
        ("active", 0, DeliveryState.DELIVERED, False, None),
        ("ended", 0, DeliveryState.DELIVERED, True, None),
        ("busy", 0, DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE),
        ("no-answer", 0, DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE),
        ("rejected", 0, DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE),
        ("lost", 0, DeliveryState.UNDELIVERED, True, ErrorClass.TRANSIENT),
        ("expired", 0, DeliveryState.UNDELIVERED, True, ErrorClass.EXPIRED),
        ("failed", 1, DeliveryState.UNDELIVERED, True, ErrorClass.CONTACT),
        ("failed", 42, DeliveryState.UNDELIVERED, True, ErrorClass.TRANSIENT),
        ("failed", 0, DeliveryState.UNDELIVERED, True, ErrorClass.UNREACHABLE),
    ],
)
def test_what_became_of_a_call(
    status: str, code: int, state: DeliveryState, final: bool, error: ErrorClass | None
) -> None:
    progress = VOICE.progress(status, code)
    assert (progress.state, progress.final, progress.error) == (state, final, error)


def test_a_call_that_was_called_back_says_so() -> None:
    assert VOICE.progress(modem_voice.CANCELED).canceled


def test_no_status_is_a_human() -> None:
    for status in (*modem_voice.UNDER_WAY, *modem_voice.NOBODY, "active", "ended", "failed"):
        for answered_by in ("", "human", "machine_start"):
            assert VOICE.progress(status, 0, answered_by).state is not DeliveryState.HEARD
