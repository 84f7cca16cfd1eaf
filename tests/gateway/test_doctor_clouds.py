"""The doctor asks the clouds, and sends nothing."""

from __future__ import annotations

import msgspec
import pytest

from gateway.config.clouds import CloudSettings
from gateway.doctor.clouds import examine
from gateway.doctor.finding import Level
from simulators.clouds.server import serving
from tests.fakes.clouds import access, clouds

both = pytest.mark.parametrize("provider", ["aliyun", "tencent"])


@both
async def test_what_the_doctor_says_of_a_cloud(provider: str) -> None:
    async with serving(clouds()) as server:
        made = access(provider, server.url)
        good = await examine(CloudSettings(name=provider, access=made))
        assert (good.level, server.clouds.texts) == (Level.OK, [])
        templates = server.clouds.tenants[provider].templates
        templates["1001"] = msgspec.structs.replace(templates["1001"], text="别的话")
        other = await examine(CloudSettings(name=provider, access=made))
        assert other.level is Level.FAIL
        assert "1001" in other.words.en
        for secret, level in (("another", Level.FAIL), ("", Level.WARN)):
            changed = msgspec.structs.replace(made, secret=secret)
            found = await examine(CloudSettings(name=provider, access=changed))
            assert found.level is level
            assert found.words.zh != found.words.en
    away = await examine(CloudSettings(name=provider, access=made))
    assert away.level is Level.FAIL
