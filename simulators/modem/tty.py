"""A serial line without a cable: a pseudo-terminal, and a stable name for it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import tty
from collections.abc import Callable
from pathlib import Path

READ_BYTES_MAX = 4_096


class Tty:
    """The modem's end of a pseudo-terminal; the other end has the name `link`."""

    def __init__(self, link: Path, received: Callable[[bytes], None]) -> None:
        """Make it; it is there once `appear` was called."""
        self.link = link
        self._received = received
        self._master = -1
        self._slave = -1

    @property
    def is_there(self) -> bool:
        """Return whether the machine has the device."""
        return self._master >= 0

    def appear(self) -> None:
        """Be plugged in."""
        self._master, self._slave = os.openpty()
        # we hold the other end, too: without a reader nothing must be lost or fail
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        asyncio.get_running_loop().add_reader(self._master, self._readable)
        fresh = self.link.with_name(f"{self.link.name}.new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(self.link)

    def vanish(self) -> None:
        """Be pulled out: whoever has it open reads the end, and the name is gone."""
        if not self.is_there:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        with contextlib.suppress(FileNotFoundError):
            self.link.unlink()
        os.close(self._slave)
        os.close(self._master)
        self._master = self._slave = -1

    def write(self, data: bytes) -> None:
        """Say something; what nobody reads for long is lost, as on a real line."""
        if not self.is_there:
            return
        with contextlib.suppress(BlockingIOError):
            os.write(self._master, data)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, READ_BYTES_MAX)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
        if data:
            self._received(data)
