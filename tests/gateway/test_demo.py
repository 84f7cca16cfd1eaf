"""The demonstration as one starts it: interrupted, killed in part, started again."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from alerting.words import Words
from gateway.child import ChildError
from gateway.demo import BASE, Ports, run_demo, write_config

WAIT_SECONDS_MAX = 60.0
STARTER = """
import sys
from pathlib import Path
from gateway.demo import Ports, run_demo
ports = Ports(**{name: int(port) for name, port in (a.split("=") for a in sys.argv[2:])})
say = lambda words: print(words.said("en"), flush=True)
sys.exit(run_demo(Path(sys.argv[1]), say=say, ports=ports))
"""

LIBRARY_AT_THE_STOP = re.compile(
    r"ERROR asyncio: Exception in callback [^\n]*\n(?:(?!Traceback).*\n){0,2}Traceback.*?"
    r"aiomqtt/client\.py.*?asyncio\.exceptions\.CancelledError",
    re.S,
)


def free_ports() -> dict[str, int]:
    sockets = [socket.socket() for _ in range(4)]
    for sock in sockets:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return dict(zip(("desk", "village", "carrier", "broker"), ports, strict=True))


class Running:
    """A demonstration in its own process, and hands to use it."""

    def __init__(self, data: Path, ports: dict[str, int]) -> None:
        self.ports = ports
        self.data = data
        self._log = data.parent / "said.log"
        with self._log.open("wb") as said:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-c", STARTER, str(data)),
                    *(f"{name}={port}" for name, port in ports.items()),
                ],
                stdout=said,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self._log.read_text("utf-8")

    def until(self, true: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not true():
            assert self.process.poll() is None or what == "the end", self.said()
            assert time.monotonic() < deadline, f"waited in vain for {what}:\n{self.said()}"
            time.sleep(0.05)

    def ready(self) -> None:
        self.until(lambda: "The demonstration runs" in self.said(), "the start")

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(WAIT_SECONDS_MAX)

    def post(self, place: str, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[place]}{path}",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200

    def get(self, place: str, path: str) -> Any:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.ports[place]}{path}", timeout=10
        ) as answer:
            return json.load(answer)

    def texts(self, number: str) -> list[str]:
        messages = self.get("carrier", "/_admin/state")["messages"]
        return [message["body"] for message in messages if message["to"] == number]

    def connected(self) -> bool:
        homes = self.get("village", "/village/state")["homes"]
        return all(device["online"] for home in homes for device in home["devices"])

    def changes(self) -> list[str]:
        database = f"file:{self.data / 'gateway' / 'guanai.db'}?mode=ro"
        with closing(sqlite3.connect(database, uri=True)) as db:
            return [str(row) for row in db.execute("select * from timeline")]


@contextmanager
def running(data: Path, ports: dict[str, int]) -> Iterator[Running]:
    demo = Running(data, ports)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            left = demo.children()
            demo.process.kill()
            demo.process.wait()
            for process in left:
                if process.is_running():
                    process.kill()


@pytest.mark.line
def test_a_press_is_told_and_answered_and_after_a_restart_it_goes_on(tmp_path: Path) -> None:
    data, ports = tmp_path / "demo", free_ports()
    daughter = "+85251000001"
    with running(data, ports) as demo:
        demo.ready()
        phrase = re.search(r"pass phrase (\S+)", demo.said())
        assert phrase is not None
        demo.until(demo.connected, "the devices")
        demo.post("village", "/village/mishaps/press?home=h1&device=h1-panel", {})
        demo.until(lambda: bool(demo.texts(daughter)), "the text")
        left = demo.children()
        assert demo.interrupt() == 0
        assert not any(process.is_running() for process in left)
        assert "Traceback" not in demo.said()

    with running(data, ports) as demo:
        demo.ready()
        assert phrase[1] in demo.said(), "the same pass phrase"
        assert demo.texts(daughter), "the carrier remembers, too"
        demo.until(demo.connected, "the devices")
        demo.post("village", f"/phones/phone/{daughter}/text", {"body": "1"})
        demo.until(
            lambda: any("claimed" in change for change in demo.changes()), "the answer to count"
        )
        assert demo.interrupt() == 0
    for log in ("gateway", "simulators"):
        told = (data / "logs" / f"{log}.log").read_text("utf-8")
        # aiomqtt may meet its own cancelled future when it is stopped while it connects
        told = LIBRARY_AT_THE_STOP.sub("", told)
        assert "Traceback" not in told, told[max(0, told.find("Traceback") - 500) :][:3000]


@pytest.mark.line
def test_with_the_internet_cut_the_sim_tells_the_son_and_the_elders_own_phone(
    tmp_path: Path,
) -> None:
    elder, son = "+85251000052", "+85251000003"
    with running(tmp_path / "demo", free_ports()) as demo:
        demo.ready()
        demo.until(demo.connected, "the devices")
        demo.post("village", "/phones/line/internet", {"up": False})
        demo.post("village", "/village/mishaps/press?home=h2&device=h2-sos", {})

        def phone(number: str) -> Any:
            phones = demo.get("village", "/phones/state")["phones"]
            return next(each for each in phones if each["number"] == number)

        demo.until(lambda: bool(phone(son)["texts"]), "the son's text")
        assert {text["via"] for text in phone(son)["texts"]} == {"sim"}
        demo.post("village", f"/phones/phone/{son}/text", {"body": "1"})
        demo.until(
            lambda: any("claimed" in change for change in demo.changes()), "the answer to count"
        )

        def told() -> bool:
            call = phone(elder)["call"]
            if call is not None and call["state"] == "ringing":
                demo.post("village", f"/phones/phone/{elder}/answer", {})
            return "李强正在赶来" in str(call)

        demo.until(told, "the elder to be told")
        assert phone(elder)["call"]["via"] == "sim"
        assert demo.interrupt() == 0


@pytest.mark.line
def test_a_part_that_is_killed_is_named_and_started_again(tmp_path: Path) -> None:
    with running(tmp_path / "demo", free_ports()) as demo:
        demo.ready()
        (gateway,) = [process for process in demo.children() if "gateway" in process.cmdline()[2:3]]
        gateway.send_signal(signal.SIGKILL)
        demo.until(lambda: "The gateway ended (code -9)" in demo.said(), "the news")
        demo.until(lambda: "The gateway is back." in demo.said(), "the return")
        assert "Its last lines" in demo.said()
        demo.until(demo.connected, "the devices")
        assert demo.interrupt() == 0


def test_the_configuration_has_this_runs_addresses_and_is_otherwise_the_villages() -> None:
    ports = Ports(desk=1, village=2, carrier=3, broker=4)
    written = tomllib.loads(write_config(BASE.read_text("utf-8"), ports, Path("/tmp/模块")))
    base = tomllib.loads(BASE.read_text("utf-8"))
    assert written["desk"]["listen"] == "127.0.0.1:1"
    assert written["twilio"]["base_url"] == "http://127.0.0.1:3"
    assert written["twilio"]["public_url"] == "http://127.0.0.1:1"
    assert written["modem"]["device"] == "/tmp/模块"
    assert written["drills"] == {"weekday": "sun", "at": "19:00"}
    assert written["broker"]["listen"] == "127.0.0.1:4"
    assert written["household"] == base["household"]
    assert written["responder"] == base["responder"]


def test_a_port_that_is_taken_is_replaced_and_said() -> None:
    heard: list[Words] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        free = free_ports()
        ports = Ports(**(free | {"desk": wanted})).free(heard.append)
    assert ports.desk != wanted
    assert (ports.village, ports.carrier) == (free["village"], free["carrier"])
    assert [words.en for words in heard] == [f"Port {wanted} is taken; using {ports.desk}."]


def test_two_ports_never_become_the_same() -> None:
    with pytest.raises(ChildError, match="No port near 65535"):
        Ports(desk=65_535, village=65_535).free(lambda words: None)


def test_a_second_demonstration_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    heard: list[Words] = []
    lock = os.open(tmp_path / "demo.lock", os.O_CREAT | os.O_WRONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        assert run_demo(tmp_path, say=heard.append) == 1
    finally:
        os.close(lock)
    assert "Another demonstration" in heard[0].en
