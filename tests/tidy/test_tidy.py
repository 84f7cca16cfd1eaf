"""The house rules a machine can hold (docs/ARCHITECTURE.md says why)."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerting.delivery.channels import CHANNELS
from alerting.detection import DETECTORS
from devices.profiles import PROFILES
from gateway.cli.commands import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGES = ("devices", "alerting", "gateway", "simulators")
PURE = ("devices", "alerting")
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
README_LINES_MAX = 80

CLOCKS = {"gateway/clock.py"}
"""The only file that may ask what time it is. (The simulated world has clocks of its own.)"""
ASKS_THE_TIME = re.compile(r"\b(?:datetime\.(?:now|utcnow|today)|date\.today|time\.time(?:_ns)?)\(")


def sources(*packages: str) -> list[Path]:
    found = [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]
    assert found
    return found


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees(*packages: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sources(*packages):
        yield name(path), ast.parse(path.read_text(), name(path))


def test_files_are_short() -> None:
    long = {
        name(path): lines for path in sources(*PACKAGES) if (lines := _lines(path)) > FILE_LINES_MAX
    }
    assert not long, f"longer than {FILE_LINES_MAX} lines"


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_functions_are_short() -> None:
    long = {
        f"{file}:{node.lineno} {node.name}": length
        for file, tree in trees(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    }
    assert not long, f"longer than {FUNCTION_LINES_MAX} lines"


def test_the_core_never_waits() -> None:
    waits = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        f"{file}:{node.lineno}"
        for file, tree in trees(*PURE)
        for node in ast.walk(tree)
        if isinstance(node, waits)
    ]
    assert not found, "the pure folders never wait"


def test_the_core_opens_nothing() -> None:
    found = [
        f"{file}:{node.lineno}"
        for file, tree in trees(*PURE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in {"open", "print", "input"}
    ]
    assert not found, "the pure folders touch no file and no screen"


def test_one_file_asks_what_time_it_is() -> None:
    found = [
        f"{name(path)}:{number}"
        for path in sources("devices", "alerting", "gateway")
        if name(path) not in CLOCKS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ASKS_THE_TIME.search(line)
    ]
    assert not found, f"only {sorted(CLOCKS)} may ask the time"


def test_nothing_is_left_to_do() -> None:
    mark = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{name(path)}:{number}"
        for path in sources(*PACKAGES, "tests", "benchmarks")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if mark.search(line)
    ]
    assert not found


def test_tests_use_fakes_not_mocks() -> None:
    found = [
        file
        for file, tree in trees("tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if "unittest.mock" in ast.unparse(node)
    ]
    assert not found


@pytest.mark.parametrize(
    ("folder", "method", "registered"),
    [
        ("devices/profiles", "decode", PROFILES),
        ("alerting/detection", "deadline", DETECTORS),
        ("alerting/delivery/channels", "progress", CHANNELS),
    ],
    ids=["profiles", "detectors", "channels"],
)
def test_everything_written_is_registered(
    folder: str, method: str, registered: tuple[object, ...]
) -> None:
    """A file whose class does the work is in the written-out tuple."""
    known = {Path(inspect.getfile(type(one))).resolve() for one in registered}
    for path in sorted((ROOT / folder).glob("*.py")):
        tree = ast.parse(path.read_text())
        classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        works = any(
            isinstance(item, ast.FunctionDef) and item.name == method
            for node in classes
            if "Protocol" not in [ast.unparse(base) for base in node.bases]
            for item in node.body
        )
        assert not works or path.resolve() in known, f"{name(path)} is in no tuple"


# ---------------------------------------------------------------- documents


def documents() -> list[Path]:
    return sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md"))


def test_links_lead_somewhere() -> None:
    link = re.compile(r"\]\(([^)\s#]+)(?:#[^)]*)?\)")
    broken = [
        f"{name(path)}: {target}"
        for path in documents()
        for target in link.findall(path.read_text())
        if "://" not in target and not target.startswith("mailto:")
        if not (path.parent / target).exists()
    ]
    assert not broken


def test_mentioned_files_exist() -> None:
    """Paths in code marks that begin with one of our folders."""
    mention = re.compile(
        r"`((?:devices|alerting|gateway|simulators|deploy|docs|tests|benchmarks)/[\w./-]*\w)/?`"
    )
    missing = [
        f"{name(path)}: {target}"
        for path in documents()
        for target in mention.findall(path.read_text())
        if not (ROOT / target).exists()
    ]
    assert not missing


def test_every_command_is_documented() -> None:
    text = "\n".join(path.read_text() for path in documents())
    missing = [one.name for one in COMMANDS if f"guanai {one.name}" not in text]
    assert not missing


@pytest.mark.parametrize("file", ["README.md", "README.zh.md"])
def test_the_readme_is_read_in_two_minutes(file: str) -> None:
    assert _lines(ROOT / file) <= README_LINES_MAX


@pytest.mark.parametrize(
    "file", ["requirements.txt", "requirements-dev.txt", "Makefile", "pyproject.toml"]
)
def test_packages_come_from_wherever_pip_is_told(file: str) -> None:
    host = re.compile(
        r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host", re.IGNORECASE
    )
    found = [line for line in (ROOT / file).read_text().splitlines() if host.search(line)]
    assert not found, "no address of an index in the repository"
