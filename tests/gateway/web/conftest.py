"""A desk, and people who come to its door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.desk import Desk, open_desk
from tests.gateway.web.person import Person


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        yield opened


@pytest.fixture
async def stranger(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    yield person
    await person.http.close()


@pytest.fixture
async def li(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    await person.log_in("李敏")
    yield person
    await person.http.close()


@pytest.fixture
async def anna(desk: Desk) -> AsyncIterator[Person]:
    person = Person(desk)
    await person.log_in("Anna")
    await person.post("/language", language="en", back="/")
    yield person
    await person.http.close()
