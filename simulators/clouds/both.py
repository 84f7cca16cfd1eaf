"""Both clouds with their faces."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulators.clouds.aliyun import AliyunFace
from simulators.clouds.core import Clouds, Face
from simulators.clouds.settings import Tenant, Timing
from simulators.clouds.tencent import TencentFace
from simulators.phones.people import Person

FACES: dict[str, Callable[[Clouds, Tenant], Face]] = {"aliyun": AliyunFace, "tencent": TencentFace}


def both(
    tenants: dict[str, Tenant], people: Iterable[Person] = (), timing: Timing | None = None
) -> Clouds:
    """Return the clouds for which there is an account."""
    clouds = Clouds(tenants, people, timing)
    clouds.faces.update({name: FACES[name](clouds, tenant) for name, tenant in tenants.items()})
    return clouds
