"""Accelerometer batches: the compact binary form on a native device's `accel` topic.

Little-endian, a header of 36 bytes and then `count` samples of x, y, z (int16 each):

| offset | bytes | field | meaning |
|---|---|---|---|
| 0 | 2 | magic | `GA` |
| 2 | 1 | version | 1 |
| 3 | 1 | range | full scale in g: 2, 4, 8, 16 or 32; 32768 would be just that many g |
| 4 | 2 | rate | in hundredths of a hertz: 1000 (10 Hz) to 20000 (200 Hz) |
| 6 | 2 | count | samples in this batch, 1 to 2000 |
| 8 | 8 | start | of the first sample, Unix milliseconds; 0: the device has no clock |
| 16 | 4 | seq | number of this batch in this run, from 0, wrapping at 2^32 |
| 20 | 16 | boot | the device's run, ASCII, padded with zero bytes |
"""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from devices.errors import PayloadError
from devices.moment import UNIX_MS_MAX, to_ms

if TYPE_CHECKING:
    # imported where samples are looked at: 14 MB that a home without wearables need not carry
    import numpy as np
    from numpy.typing import NDArray

MAGIC = b"GA"
VERSION = 1
RANGES_G = (2, 4, 8, 16, 32)
RATE_HZ_MIN = 10
RATE_HZ_MAX = 200
BATCH_SAMPLES_MAX = 2000
SEQ_MAX = 2**32 - 1
BOOT_CHARS_MAX = 16
HEADER = struct.Struct("<2sBBHHQI16s")
SAMPLE_BYTES = 6
BATCH_BYTES_MAX = HEADER.size + BATCH_SAMPLES_MAX * SAMPLE_BYTES

_CENTI = 100
_FULL_SCALE = 32768
_BOOT = re.compile(rb"([A-Za-z0-9_-]{1,%d})\0*" % BOOT_CHARS_MAX)


class AccelBatch(msgspec.Struct, frozen=True, eq=False, gc=False):
    """A stretch of acceleration, as one device measured it."""

    device: str
    boot: str
    seq: int
    start: datetime | None
    """Of the first sample, by the device's clock (aware UTC, unchecked); None: it has none."""
    rate_hz: float
    range_g: int
    samples: NDArray[np.int16]
    """Shape (n, 3), read-only; full scale is `range_g`."""

    @property
    def seconds(self) -> float:
        """How long the batch lasts."""
        return len(self.samples) / self.rate_hz

    def in_g(self) -> NDArray[np.float32]:
        """Return the samples in g, shape (n, 3)."""
        import numpy as np

        return self.samples.astype(np.float32) * np.float32(self.range_g / _FULL_SCALE)


def decode_batch(device: str, payload: bytes) -> AccelBatch:
    """Return the batch in `payload`; its samples are a view of it, nothing is copied.

    Raises:
        PayloadError: not a batch, of another version, out of its limits, or cut off.
    """
    import numpy as np

    _, _, range_g, centihertz, count, start_ms, seq, boot = _header(device, payload)
    samples = np.frombuffer(payload, "<i2", offset=HEADER.size).reshape(count, 3)
    return AccelBatch(
        device=device,
        boot=boot,
        seq=seq,
        start=datetime.fromtimestamp(start_ms / 1000, UTC) if start_ms else None,
        rate_hz=centihertz / _CENTI,
        range_g=range_g,
        samples=samples,
    )


def start_ms(device: str, payload: bytes) -> int:
    """Return when the batch begins (Unix ms, 0: unknown) after checking all of it but the samples.

    Raises:
        PayloadError: as `decode_batch`.
    """
    return int(_header(device, payload)[5])


def encode_batch(batch: AccelBatch) -> bytes:
    """Return the payload a device would send; `decode_batch` undoes it.

    Raises:
        ValueError: a field is out of its limits, or `samples` is not int16 of shape (n, 3).
    """
    import numpy as np

    if batch.samples.dtype != np.int16 or batch.samples.shape[1:] != (3,):
        raise ValueError(f"samples are {batch.samples.dtype} {batch.samples.shape}: int16 (n, 3)")
    if len(batch.boot) > BOOT_CHARS_MAX:
        raise ValueError(f"boot is {batch.boot!r}: at most {BOOT_CHARS_MAX} characters")
    try:
        head = HEADER.pack(
            MAGIC,
            VERSION,
            batch.range_g,
            round(batch.rate_hz * _CENTI),
            len(batch.samples),
            0 if batch.start is None else to_ms(batch.start),
            batch.seq,
            batch.boot.encode("ascii", "replace"),
        )
    except struct.error as error:
        raise ValueError(f"{batch.device}: a field does not fit its bytes: {error}") from error
    payload = head + batch.samples.astype("<i2").tobytes()
    _header(batch.device, payload)  # PayloadError is a ValueError
    return payload


def _header(device: str, payload: bytes) -> tuple[Any, ...]:
    if len(payload) < HEADER.size:
        raise PayloadError(device, payload, "cut off", f"a header of {HEADER.size} bytes")
    magic, version, range_g, centihertz, count, start, seq, raw = HEADER.unpack_from(payload)
    boot = _BOOT.fullmatch(raw)
    bytes_wanted = HEADER.size + count * SAMPLE_BYTES
    for right, reason, expected in (
        (magic == MAGIC, f"magic is {magic!r}", f"{MAGIC!r}"),
        (version == VERSION, f"version is {version}", f"version {VERSION}"),
        (range_g in RANGES_G, f"range is {range_g} g", f"one of {RANGES_G}"),
        (
            RATE_HZ_MIN * _CENTI <= centihertz <= RATE_HZ_MAX * _CENTI,
            f"rate is {centihertz / _CENTI} Hz",
            f"{RATE_HZ_MIN} to {RATE_HZ_MAX} Hz",
        ),
        (
            1 <= count <= BATCH_SAMPLES_MAX,
            f"{count} samples",
            f"1 to {BATCH_SAMPLES_MAX} samples",
        ),
        (start <= UNIX_MS_MAX, f"start is {start} ms", "Unix milliseconds"),
        (boot is not None, f"boot is {raw!r}", f"1 to {BOOT_CHARS_MAX} letters or digits"),
        (
            len(payload) == bytes_wanted,
            f"{len(payload)} bytes for {count} samples",
            f"{bytes_wanted} bytes",
        ),
    ):
        if not right:
            raise PayloadError(device, payload, reason, expected)
    assert boot is not None
    return magic, version, range_g, centihertz, count, start, seq, boot[1].decode()
