from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.accel import (
    BATCH_BYTES_MAX,
    BATCH_SAMPLES_MAX,
    BOOT_CHARS_MAX,
    HEADER,
    RANGES_G,
    RATE_HZ_MAX,
    RATE_HZ_MIN,
    SAMPLE_BYTES,
    SEQ_MAX,
    AccelBatch,
    decode_batch,
    encode_batch,
)
from devices.errors import PayloadError
from devices.moment import UNIX_MS_MAX

START = datetime(2026, 11, 23, 1, 0, 0, 123_000, tzinfo=UTC)


def batch(
    *,
    start: datetime | None = START,
    rate_hz: float = 50,
    range_g: int = 8,
    count: int = 50,
    seq: int = 3,
    boot: str = "3f9a",
) -> AccelBatch:
    samples = (np.arange(count * 3) - 32768).astype(np.int16).reshape(count, 3)
    return AccelBatch("h4-pendant", boot, seq, start, rate_hz, range_g, samples)


def same(one: AccelBatch, other: AccelBatch) -> bool:
    fields = [name for name in AccelBatch.__struct_fields__ if name != "samples"]
    return all(getattr(one, name) == getattr(other, name) for name in fields) and bool(
        np.array_equal(one.samples, other.samples)
    )


BATCHES = st.builds(
    batch,
    start=st.none()
    | st.integers(1, UNIX_MS_MAX).map(lambda ms: datetime.fromtimestamp(ms // 1000, UTC)),
    rate_hz=st.integers(RATE_HZ_MIN * 100, RATE_HZ_MAX * 100).map(lambda centi: centi / 100),
    range_g=st.sampled_from(RANGES_G),
    count=st.integers(1, 40) | st.just(BATCH_SAMPLES_MAX),
    seq=st.integers(0, SEQ_MAX),
    boot=st.from_regex(rf"[A-Za-z0-9_-]{{1,{BOOT_CHARS_MAX}}}", fullmatch=True),
)


@given(BATCHES)
def test_decoding_undoes_encoding(sent: AccelBatch) -> None:
    payload = encode_batch(sent)
    assert len(payload) <= BATCH_BYTES_MAX
    if sent.start is not None and sent.start.timestamp() == 0:
        return  # the first millisecond of 1970 means "no clock"
    assert same(decode_batch("h4-pendant", payload), sent)


@given(st.binary(max_size=200))
def test_garbage_is_refused(payload: bytes) -> None:
    with pytest.raises(PayloadError):
        decode_batch("d", payload)


@given(BATCHES, st.data())
def test_a_batch_cut_anywhere_is_refused(sent: AccelBatch, data: st.DataObject) -> None:
    payload = encode_batch(sent)
    cut = data.draw(st.integers(0, len(payload) - 1))
    with pytest.raises(PayloadError):
        decode_batch("d", payload[:cut])
    with pytest.raises(PayloadError, match="bytes for"):
        decode_batch("d", payload + b"\0")


@given(BATCHES, st.integers(0, HEADER.size - 1), st.integers(0, 255))
def test_a_flipped_byte_is_refused_or_read(sent: AccelBatch, where: int, value: int) -> None:
    payload = bytearray(encode_batch(sent))
    payload[where] = value
    try:
        read = decode_batch("d", bytes(payload))
    except PayloadError:
        return
    assert read.samples.shape == (len(sent.samples), 3)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (0, b"XX", "magic"),
        (2, b"\x02", "version is 2"),
        (3, b"\x03", "range is 3 g"),
        (4, (999).to_bytes(2, "little"), "rate is 9.99 Hz"),
        (4, (20001).to_bytes(2, "little"), "rate is 200.01 Hz"),
        (6, b"\0\0", "0 samples"),
        (6, (BATCH_SAMPLES_MAX + 1).to_bytes(2, "little"), "2001 samples"),
        (8, b"\xff" * 8, "start is"),
        (20, b"\0" * 16, "boot is"),
        (20, b"a\0b" + b"\0" * 13, "boot is"),
        (20, b"a b" + b"\0" * 13, "boot is"),
    ],
)
def test_each_field_is_held_to_its_limits(offset: int, value: bytes, reason: str) -> None:
    payload = bytearray(encode_batch(batch()))
    payload[offset : offset + len(value)] = value
    with pytest.raises(PayloadError, match=f"h4-pendant: {reason}"):
        decode_batch("h4-pendant", bytes(payload))


@pytest.mark.parametrize(
    "wrong",
    [
        batch(rate_hz=9),
        batch(rate_hz=1000),
        batch(range_g=3),
        batch(range_g=300),
        batch(count=0),
        batch(count=BATCH_SAMPLES_MAX + 1),
        batch(seq=-1),
        batch(seq=SEQ_MAX + 1),
        batch(boot=""),
        batch(boot="x" * (BOOT_CHARS_MAX + 1)),
        batch(boot="家"),
        msgspec.structs.replace(batch(), samples=np.zeros((4, 2), np.int16)),
        msgspec.structs.replace(batch(), samples=np.zeros((4, 3), np.int32)),
        msgspec.structs.replace(batch(), samples=np.zeros(12, np.int16)),
    ],
)
def test_a_batch_out_of_its_limits_is_not_sent(wrong: AccelBatch) -> None:
    with pytest.raises(ValueError, match=r"expected|does not fit|int16|at most"):
        encode_batch(wrong)


def test_samples_are_in_g_of_the_full_scale() -> None:
    samples = np.array([[16384, -32768, 0]], np.int16)
    sent = msgspec.structs.replace(batch(range_g=4), samples=samples)
    read = decode_batch("d", encode_batch(sent))
    assert read.in_g().tolist() == [[2.0, -4.0, 0.0]]
    assert batch(rate_hz=25, count=50).seconds == 2


def test_reading_copies_no_samples() -> None:
    payload = encode_batch(batch())
    read = decode_batch("d", payload)
    assert not read.samples.flags.writeable
    assert read.samples.nbytes == len(payload) - HEADER.size == 50 * SAMPLE_BYTES
