"""Text messages in PDU form: ours are read by the simulated network, its by us."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerting.delivery.pdu import Deliver, PduError, Report, decode, septets, submit
from alerting.delivery.pdu.submit import PARTS_MAX, length_of, validity
from simulators.modem import pdu as network

AT = datetime(2026, 3, 2, 16, 0, 5, tzinfo=timezone(timedelta(hours=8)))
DAUGHTER = "+8613800000001"

SEVEN = st.text(st.sampled_from(septets.BASIC.replace("\x1b", "") + "^{}\\[~]|€"))
ANY = st.text(st.characters(exclude_categories=["Cs"]))


def read(pdus: tuple[str, ...]) -> tuple[str, list[network.Submitted]]:
    parts = [network.read_submit(pdu, length_of(pdu)) for pdu in pdus]
    return network.joined(parts), parts


# a message published with its meaning: 3GPP forums, gammu's and smstools' documentation
KNOWN = "07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07"


def test_a_published_message_is_read() -> None:
    got = decode(KNOWN)
    assert isinstance(got, Deliver)
    assert (got.sender, got.text) == ("+31641600986", "How are you?")
    assert got.sent_at == datetime(2002, 8, 26, 19, 37, 41, tzinfo=UTC)


def test_chinese_is_kept() -> None:
    text = "【桃花关爱】紧急：A1027 王奶奶08:42按呼救，请立即上门。回复1接单、2到场。"
    (pdu,) = submit(DAUGHTER, text, 7, 600)
    got, (part,) = read((pdu,))
    assert got == text
    assert (part.number, part.wants_report, part.total) == (DAUGHTER, True, 1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("中" * 70, 1), ("中" * 71, 2), ("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2)],
)
def test_a_text_has_as_many_parts_as_the_standard_says(text: str, parts: int) -> None:
    assert len(submit(DAUGHTER, text, 1, 300)) == parts


@given(st.one_of(SEVEN, ANY), st.integers(0, 255))
@example("a" * 152 + "€" * 3, 0)
@example("😀" * 70, 0)
@example("", 0)
def test_what_we_submit_arrives(text: str, reference: int) -> None:
    text = text[:600]
    pdus = submit(DAUGHTER, text, reference, 600)
    # centre, flags and reference, address of 13 digits, three fields, length, text
    assert all(len(pdu) <= 2 * (1 + 2 + 9 + 3 + 1 + 140) for pdu in pdus)
    got, parts = read(pdus)
    assert got == text
    assert [(one.part, one.total) for one in parts] == [
        (n, len(pdus)) for n in range(1, len(pdus) + 1)
    ]
    assert len(pdus) == 1 or {one.reference for one in parts} == {reference}


@given(st.text(st.sampled_from(septets.BASIC.replace("\x1b", "")), max_size=150), st.integers(0, 6))
def test_septets_are_packed_and_unpacked(text: str, fill_bits: int) -> None:
    spelled = septets.spelled(text)
    assert spelled is not None
    codes = [code for one in spelled for code in one]
    packed = septets.pack(codes, fill_bits)
    assert septets.read(septets.unpack(packed, len(codes), fill_bits)) == text


@given(st.one_of(SEVEN.filter(lambda t: len(t) <= 60), st.text("中文好1 ，。", max_size=70)))
def test_what_the_network_delivers_is_read(text: str) -> None:
    got = decode(network.deliver(DAUGHTER, text, AT))
    assert got == Deliver(DAUGHTER, text, AT.astimezone(UTC))


@pytest.mark.parametrize("sender", ["10086", "+85251000001", "ChinaMobile"])
def test_every_kind_of_sender_is_read(sender: str) -> None:
    got = decode(network.deliver(sender, "余额12.34元", AT))
    assert isinstance(got, Deliver)
    assert got.sender == sender


@given(st.integers(0, 255), st.integers(0, 255))
def test_reports_are_read(reference: int, status: int) -> None:
    got = decode(network.report(reference, DAUGHTER, status, AT))
    assert got == Report(reference, DAUGHTER, status, AT.astimezone(UTC))


def test_a_message_cut_off_anywhere_says_so() -> None:
    whole = network.deliver(DAUGHTER, "马上去，十分钟到", AT, reference=3, total=2, part=1)
    for end in range(len(whole)):
        with pytest.raises(PduError, match="expected"):
            decode(whole[:end])


@given(st.one_of(st.text(max_size=400), st.binary(max_size=200).map(bytes.hex)))
@example("")
@example("00" * 400)
@example("0004" + "FF" * 40)
def test_garbage_is_an_error_or_a_message_never_anything_else(pdu: str) -> None:
    got: Deliver | Report | None = None
    said = ""
    try:
        got = decode(pdu)
    except PduError as error:
        said = str(error)
    assert (got is None) is bool(said)
    assert len(said) < 250


def test_what_is_no_text_is_not_taken_for_one() -> None:
    whole = network.deliver("10086", "彩信通知", AT)
    assert whole.count("0008") == 1
    got = decode(whole.replace("0008", "0004"))
    assert isinstance(got, Deliver)
    assert got.is_data
    assert got.text == ""


@pytest.mark.parametrize("number", ["", "abc", "+86 138", "+" + "1" * 30, "１３８"])
def test_a_number_that_cannot_be_dialled_is_refused(number: str) -> None:
    with pytest.raises(PduError):
        submit(number, "x", 0, 300)


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(PduError, match=f"at most {PARTS_MAX}"):
        submit(DAUGHTER, "中" * 67 * PARTS_MAX + "中", 0, 300)


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [(300, 5), (301, 10), (900, 15), (43_200, 720), (43_201, 750), (86_400, 1_440)],
)
def test_the_validity_period_is_long_enough(seconds: int, minutes: int) -> None:
    said = validity(seconds)
    assert (said + 1) * 5 == minutes if said <= 143 else 720 + (said - 143) * 30 == minutes


@given(st.integers(0, 10**9))
def test_every_validity_period_can_be_said(seconds: int) -> None:
    assert 0 <= validity(seconds) <= 255
