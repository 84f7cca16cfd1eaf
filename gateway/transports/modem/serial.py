"""The serial line: opened raw and alone, read by the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import termios
import tty
from collections.abc import Callable

READ_BYTES_MAX = 4_096
SPEED = termios.B115200
"""Over USB it means nothing; on a real line it is what these modules begin with."""
UNSENT_BYTES_MAX = 65_536


class Serial:
    """One open device. What arrives goes to `received`; its end to `lost`, once."""

    def __init__(
        self, path: str, received: Callable[[bytes], None], lost: Callable[[str], None]
    ) -> None:
        """Open it.

        Raises:
            OSError: it is not there, is not ours to open, or another program has it.
        """
        self._received, self._lost = received, lost
        self._unsent = b""
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            _alone(self._fd)
        except termios.error as error:
            os.close(self._fd)
            raise OSError(*error.args) from error
        except BaseException:
            os.close(self._fd)
            raise
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)

    @property
    def is_open(self) -> bool:
        """Return whether the device is there, as far as we know."""
        return self._fd >= 0

    def write(self, data: bytes) -> None:
        """Send; what the line does not take at once follows."""
        if self._fd < 0:
            return
        self._unsent = (self._unsent + data)[-UNSENT_BYTES_MAX:]
        self._writable()

    def close(self) -> None:
        """Let go of the device; says nothing."""
        if self._fd < 0:
            return
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        with contextlib.suppress(OSError):
            os.close(self._fd)
        self._fd = -1

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            self._end(_named(error))
            return
        if data:
            self._received(data)
        else:
            self._end("the device is gone")

    def _writable(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[os.write(self._fd, self._unsent) :]
        except BlockingIOError:
            self._loop.add_writer(self._fd, self._writable)
            return
        except OSError as error:
            self._end(_named(error))
            return
        self._loop.remove_writer(self._fd)

    def _end(self, why: str) -> None:
        if self._fd >= 0:
            self.close()
            self._lost(why)


def _alone(fd: int) -> None:
    """Make the line raw, and ours alone."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError(errno.EBUSY, "another program uses it") from error
    tty.setraw(fd)
    settings = termios.tcgetattr(fd)
    settings[2] |= termios.CLOCAL | termios.CREAD
    settings[2] &= ~termios.CRTSCTS
    settings[4] = settings[5] = SPEED
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    termios.tcflush(fd, termios.TCIOFLUSH)


def _named(error: OSError) -> str:
    gone = error.errno in (errno.EIO, errno.ENODEV, errno.ENXIO)
    return "the device is gone" if gone else (error.strerror or repr(error))
