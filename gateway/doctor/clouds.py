"""Do the mainland clouds answer, and are our texts approved as configured? Nothing is sent."""

from __future__ import annotations

import asyncio

from alerting.words import Words
from gateway.clock import SystemClock
from gateway.config import Settings
from gateway.config.clouds import CloudSettings
from gateway.doctor.finding import Finding, Level
from gateway.door import FrontDoor
from gateway.transports.aliyun import NAME as ALIYUN
from gateway.transports.aliyun import Aliyun
from gateway.transports.tencent import Tencent
from gateway.transports.transport import SendError

CLOUD_SECONDS_MAX = 30.0

_NAMES = {ALIYUN: Words("阿里云", "Aliyun")}
_TENCENT = Words("腾讯云", "Tencent")


def configured(settings: Settings) -> list[CloudSettings]:
    """Return the clouds that are configured."""
    return [cloud for cloud in (settings.aliyun, settings.tencent) if cloud is not None]


async def examine(cloud: CloudSettings) -> Finding:
    """Ask a cloud whether it knows us and our texts."""
    what = _NAMES.get(cloud.name, _TENCENT)
    if not cloud.access.secret:
        words = Words(
            "没有试：这里读不到密钥；请用 sudo，密钥文件放在配置旁边",
            "not tried: the key cannot be read here; use sudo, with the key's file beside the "
            "configuration",
        )
        return Finding(Level.WARN, what, words)
    kind = Aliyun if cloud.name == ALIYUN else Tencent
    transport = kind(cloud.access, SystemClock(), FrontDoor())
    try:
        async with asyncio.timeout(CLOUD_SECONDS_MAX):
            await transport.warm()
            wrong = await transport.unlike()
    except SendError as error:
        words = Words(
            f"拒绝或没有应答：{error}；请检查网络、密钥和子账号权限",
            f"refuses or does not answer: {error}; check the network, the key and its rights",
        )
        return Finding(Level.FAIL, what, words)
    except TimeoutError:
        words = Words(
            f"{CLOUD_SECONDS_MAX:.0f} 秒没有应答；请检查网络",
            f"did not answer within {CLOUD_SECONDS_MAX:.0f} s; check the network",
        )
        return Finding(Level.FAIL, what, words)
    finally:
        await transport.close()
    if wrong:
        listed = ", ".join(wrong)
        words = Words(
            f"模板没有通过审核，或与配置的文字不同：{listed}",
            f"texts that are not approved, or read otherwise than configured: {listed}",
        )
        return Finding(Level.FAIL, what, words)
    return Finding(Level.OK, what, Words("应答正常，短信模板一致", "answers; its texts agree"))
