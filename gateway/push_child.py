"""The process that alone loads Apprise: `python -m gateway.push_child`, one JSON object a line.

It imports nothing of the gateway, and the gateway nothing of it: whatever a service or its
plugin does (hang, leak, crash, print) happens here. In: first `{"targets": {name: url}}`,
answered with `{"ready": true, "version": ..., "bad": {name: why}}`; then `{"id", "target",
"title", "body", "type"}`, each answered with `{"id", "status"}` as soon as it is known. It
ends when its input does. Addresses are secrets: they come in by the pipe and go nowhere else.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

WORKERS = 8
"""One service that hangs holds one of them."""
WAITING_MAX = 100
LINE_CHARACTERS_MAX = 100_000
NICE = 10
OOM_SCORE = "500"

ACCEPTED, REFUSED = "accepted", "refused"
BAD_TARGET, UNKNOWN_TARGET, NO_LIBRARY, BUSY = (
    "bad target",
    "unknown target",
    "no library",
    "busy",
)


class Pusher:
    """Hands messages to services, several at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()
        self._services: dict[str, Any] = {}
        self._bad: dict[str, str] = {}
        self._library = True
        self._pool = ThreadPoolExecutor(WORKERS)
        self._waiting = threading.BoundedSemaphore(WAITING_MAX)

    def prepare(self, targets: dict[str, str]) -> None:
        """Load the library, make the services, and say what cannot be made."""
        try:
            import apprise
            from apprise.manager_plugins import NotificationManager
        except ImportError as error:
            self._library = False
            self._say({"ready": True, "version": "", "bad": {}, "error": f"{NO_LIBRARY}: {error}"})
            return
        logging.getLogger(apprise.LOGGER_NAME).setLevel(logging.CRITICAL + 1)
        # nothing is kept on the disk, and a service is not asked twice at once
        asset = apprise.AppriseAsset(
            async_mode=False,
            secure_logging=True,
            storage_mode=apprise.PersistentStoreMode.MEMORY,
        )
        known = NotificationManager()  # type: ignore[no-untyped-call]
        for name, url in targets.items():
            made = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
            if made is not None:
                self._services[name] = made
            elif urlsplit(url).scheme.lower() not in known:
                self._bad[name] = f"no service is called {urlsplit(url).scheme[:32]!r}"
            else:
                self._bad[name] = "the address does not have what this service needs"
        self._say({"ready": True, "version": apprise.__version__, "bad": self._bad})

    def take(self, request: dict[str, Any]) -> None:
        """Hand one message over, in its own time."""
        name = str(request.get("target", ""))
        if not self._library:
            self._answer(request, NO_LIBRARY)
        elif name in self._bad:
            self._answer(request, BAD_TARGET)
        elif name not in self._services:
            self._answer(request, UNKNOWN_TARGET)
        elif not self._waiting.acquire(blocking=False):
            self._answer(request, BUSY)
        else:
            self._pool.submit(self._notify, request, self._services[name])

    def stop(self) -> None:
        """Wait for nobody: whoever asked is gone."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _notify(self, request: dict[str, Any], service: Any) -> None:
        status = REFUSED
        try:
            was_taken = service.notify(
                title=str(request.get("title", "")),
                body=str(request.get("body", "")),
                notify_type=str(request.get("type", "info")),
            )
            status = ACCEPTED if was_taken else REFUSED
        except Exception:  # a plugin's own mistake: to whoever asked it is a refusal
            logging.getLogger(__name__).debug("a plugin failed", exc_info=True)
        finally:
            self._waiting.release()
            self._answer(request, status)

    def _answer(self, request: dict[str, Any], status: str) -> None:
        self._say({"id": request.get("id"), "status": status})

    def _say(self, words: dict[str, Any]) -> None:
        with self._lock, contextlib.suppress(BrokenPipeError):
            self._out.write(json.dumps(words) + "\n")
            self._out.flush()


def main() -> None:
    """Serve until the input ends."""
    out = _own_output()
    _step_back()
    pusher = Pusher(out)
    is_first = True
    for line in sys.stdin:
        try:
            words = json.loads(line[:LINE_CHARACTERS_MAX])
        except ValueError:
            continue
        if not isinstance(words, dict):
            continue
        if is_first:
            targets = words.get("targets")
            pusher.prepare(targets if isinstance(targets, dict) else {})
            is_first = False
        else:
            pusher.take(words)
    pusher.stop()
    # a plugin's thread may hang for ever
    os._exit(0)


def _own_output() -> TextIO:
    """Return the way to whoever asked; what a plugin prints goes where errors go."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def _step_back() -> None:
    """Let alarms go first, and be the first to be ended when memory is short."""
    with contextlib.suppress(OSError):
        os.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


if __name__ == "__main__":
    main()
