"""The leaf values of the file: each read strictly, each error with the expected form."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from alerting.delivery.registered import Extra
from alerting.orders import About
from alerting.words import Words
from devices.topic import ID_CHARS_MAX, is_id
from gateway.config.problems import did_you_mean, shown

Name = Annotated[str, "Name"]
"""An id: letters, digits, `-` and `_`, as it appears in topics, keys and file names."""
Phone = Annotated[str, "Phone"]
"""A telephone number in international form (E.164)."""
Zone = Annotated[str, "Zone"]
"""A time zone of the system's list."""
Language = Annotated[str, "Language"]
"""A tag such as `zh`, `en`, `yue`; whether it is spoken is checked in gateway.config.wording."""
TimeOfDay = Annotated[str, "TimeOfDay"]
"""`HH:MM`, local."""
WebUrl = Annotated[str, "WebUrl"]
"""`https://host[:port]`, without a slash at the end."""
ProviderUrl = Annotated[str, "ProviderUrl"]
"""A web address over which secrets pass: `https`, or `http` on this machine."""
Account = Annotated[str, "Account"]
"""A Twilio account: AC and 32 hexadecimal digits."""
BrokerUrl = Annotated[str, "BrokerUrl"]
"""`mqtt://host[:port]` or `mqtts://host[:port]`."""
Topic = Annotated[str, "Topic"]
"""Where a device speaks, without the part."""
Date = Annotated[str, "Date"]
"""A local date, `YYYY-MM-DD`."""
Text = Annotated[str, "Text"]
"""Words of one line, not empty."""
Celsius = Annotated[float, "Celsius"]
"""A temperature of a room in degrees Celsius."""

Sayable = About | Extra
"""What a registered text is about."""
PerMonth = Annotated[float, "PerMonth"]
"""How often a month something may happen."""

TEXT_CHARACTERS_MAX = 80
TOPIC_BYTES_MAX = 200
DURATION_MAX = timedelta(days=400)

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_CUT_SHORT = re.compile(r"\+861[3-9](?:[0-9]{1,8}|[0-9]{10,})", re.ASCII)
"""A mainland mobile number with a digit too few or too many: no landline begins like this."""
_MAINLAND_MOBILE = re.compile(r"(?:0086|86)?(1[3-9][0-9]{9})", re.ASCII)
_DURATION = re.compile(r"(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?", re.ASCII)
_LONG_DURATION = re.compile(r"\s*(\d+)\s*([a-z]+|[天时小分秒]\w*)\s*", re.IGNORECASE)
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)


class Endpoint(NamedTuple):
    """Where a server of ours listens."""

    host: str
    port: int


class BadValue(ValueError):
    """A leaf that is not what the setting needs."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.words = Words(zh, en)


def read_text(value: object, _type: object = None) -> str:
    """Return one line of text, unchanged."""
    if not isinstance(value, str):
        raise BadValue(
            f"{shown(value)} 不是文字；请加引号",
            f'{shown(value)} is not text; put it in quotes: "..."',
        )
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in value):
        raise BadValue(
            "文字中有控制字符；应为一行文字",
            f"{shown(value)} has control characters; expected one line",
        )
    return value


def read_words(value: object, _type: object = None) -> str:
    """Return a name or sentence that people read: not empty, not too long."""
    text = read_text(value)
    if not text.strip():
        raise BadValue("是空的；应为一行文字", "is empty; expected a line of text")
    if len(text) > TEXT_CHARACTERS_MAX:
        raise BadValue(
            f"有 {len(text)} 个字符；最多 {TEXT_CHARACTERS_MAX} 个",
            f"has {len(text)} characters; at most {TEXT_CHARACTERS_MAX}",
        )
    return text


def read_name(value: object, _type: object = None) -> str:
    """Return an id."""
    text = read_text(value)
    if not is_id(text):
        raise BadValue(
            f"{shown(text)} 不能用作编号；只用字母、数字、- 和 _，最多 {ID_CHARS_MAX} 个",
            f"{shown(text)} cannot be an id; use letters, digits, - and _, at most {ID_CHARS_MAX}",
        )
    return text


def read_phone(value: object, _type: object = None) -> str:
    """Return a number in E.164 form."""
    text = read_text(value)
    if _CUT_SHORT.fullmatch(text):
        digits = len(text) - len("+86")
        raise BadValue(
            f"{shown(text)} 有 {digits} 位；大陆手机号码是 +86 加 11 位",
            f"{shown(text)} has {digits} digits; a mainland mobile number is +86 and 11 digits",
        )
    if _PHONE.fullmatch(text):
        return text
    plain = re.sub(r"[\s().-]", "", text)
    hint = Words("，如 +8613800000000", ", e.g. +14155550100")
    mobile = _MAINLAND_MOBILE.fullmatch(plain)
    if mobile:
        hint = Words(f"；是否想写 +86{mobile[1]}？", f'; did you mean "+86{mobile[1]}"?')
    elif _PHONE.fullmatch(plain):
        hint = Words(f"；请写 {plain}", f'; write "{plain}"')
    raise BadValue(
        f"{shown(text)} 不是国际格式的号码（+、国家代码、号码）{hint.zh}",
        f"{shown(text)} is not a number in international form (+, country, number){hint.en}",
    )


TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_language(value: object, _type: object = None) -> str:
    """Return a language's tag; which are spoken, `gateway.config.wording` knows."""
    text = read_text(value)
    if not TAG.fullmatch(text):
        raise BadValue(
            f'{shown(text)} 不可用；应为 "zh" 或 "en"',
            f'{shown(text)} is not spoken; expected "zh" or "en"',
        )
    return text


def read_zone(value: object, _type: object = None) -> str:
    """Return the name of a time zone that exists."""
    text = read_text(value)
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        hint = did_you_mean(text, available_timezones())
        raise BadValue(
            f"没有时区 {shown(text)}{hint.zh or '，如 Asia/Shanghai'}",
            f"there is no time zone {shown(text)}{hint.en or ', e.g. Asia/Shanghai'}",
        ) from None
    return text


def read_duration(value: object, _type: object = None) -> timedelta:
    """Return `90s`, `3m`, `8h`, `7d` or a sum like `1h30m`; more than nothing."""
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if not match:
        hint = _duration_hint(value)
        raise BadValue(
            f"{shown(value)} 不是时长；写法如 {hint.zh}",
            f"{shown(value)} is not a duration; write {hint.en}",
        )
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta(0) < length <= DURATION_MAX:
        raise BadValue(
            f"{shown(value)} 超出范围；应大于 0，最长 {DURATION_MAX.days} 天",
            f"{shown(value)} is out of range; more than 0, at most {DURATION_MAX.days}d",
        )
    return length


def _duration_hint(value: object) -> Words:
    if isinstance(value, int) and not isinstance(value, bool):
        return _either(f"{value}s", f"{value}m", f"{value}h")
    match = _LONG_DURATION.fullmatch(value) if isinstance(value, str) else None
    unit = _UNITS.get(match[2][0].lower()) if match else None
    return _either(f"{match[1]}{unit}") if match and unit else _either("90s", "3m", "8h")


_UNITS = {"天": "d", "小": "h", "时": "h", "分": "m", "秒": "s"} | {unit: unit for unit in "dhms"}


def _either(*written: str) -> Words:
    quoted = [f'"{one}"' for one in written]
    return Words("、".join(quoted), " or ".join(quoted))


def read_time_of_day(value: object, _type: object = None) -> str:
    """Return a local time `HH:MM`."""
    text = read_text(value)
    if not _TIME_OF_DAY.fullmatch(text):
        raise BadValue(
            f'{shown(text)} 不是时刻；写法如 "07:30"',
            f'{shown(text)} is not a time of day; write "07:30"',
        )
    return text


def read_date(value: object, _type: object = None) -> str:
    """Return a local date as `YYYY-MM-DD`; in the file it may stand with or without quotes."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise BadValue(
            f"{shown(value)} 不是日期；写法如 2026-10-01",
            f"{shown(value)} is not a date; write 2026-10-01",
        ) from None


def read_endpoint(value: object, _type: object = None) -> Endpoint:
    """Return host and port of `127.0.0.1:8470`, `[::]:8470` or `:8470` (all addresses)."""
    text = read_text(value)
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = int(port) if port.isascii() and port.isdecimal() else -1
    if not colon or not 0 <= number <= 65_535 or (":" in bare and bare == host):
        raise BadValue(
            f'{shown(text)} 不是“地址:端口”；写法如 "127.0.0.1:8470"',
            f'{shown(text)} is not address:port; write "127.0.0.1:8470"',
        )
    return Endpoint(bare or "0.0.0.0", number)


def read_web_url(value: object, _type: object = None) -> str:
    """Return a web address without a slash at its end; empty stays empty."""
    text = read_text(value).rstrip("/")
    if text and not _is_url(text, {"http", "https"}):
        raise BadValue(
            f'{shown(text)} 不是网址；写法如 "https://care.example.org"',
            f'{shown(text)} is not a web address; write "https://care.example.org"',
        )
    return text


def read_provider_url(value: object, _type: object = None) -> str:
    """Return a web address over which secrets may pass; empty stays empty."""
    text = read_web_url(value)
    if text.startswith("http://") and not is_loopback(urlsplit(text).hostname or ""):
        raise BadValue(
            f"{shown(text)} 会明文传输密钥；只有本机地址可用 http，否则请写 https",
            f"{shown(text)} would carry secrets in clear; "
            "only this machine may have http, write https",
        )
    return text


def is_loopback(host: str) -> bool:
    """Return True when only this machine can reach `host`."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def read_account(value: object, _type: object = None) -> str:
    """Return a Twilio account."""
    text = read_text(value)
    if not _ACCOUNT.fullmatch(text):
        raise BadValue(
            f"{shown(text)} 不是账户号；应为 AC 加 32 位 0-9a-f",
            f"{shown(text)} is not an account; expected AC and 32 of 0-9a-f",
        )
    return text


def read_broker_url(value: object, _type: object = None) -> str:
    """Return a broker's address; empty stays empty. Passwords have a setting of their own."""
    text = read_text(value).rstrip("/")
    if text and (not _is_url(text, {"mqtt", "mqtts"}) or "@" in text or urlsplit(text).path):
        raise BadValue(
            f'{shown(_without_password(text))} 不是代理地址；写法如 "mqtt://192.168.1.5:1883"，用户名和密码另写',
            f"{shown(_without_password(text))} is not a broker's address; "
            'write "mqtt://192.168.1.5:1883"; user name and password have settings of their own',
        )
    return text


def _is_url(text: str, schemes: set[str]) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _without_password(text: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", text)


def read_topic(value: object, _type: object = None) -> str:
    """Return a topic one device publishes to: no wildcards, no slash at either end."""
    text = read_text(value)
    if text.startswith(("/", "$")) or text.endswith("/") or "//" in text or set("#+") & set(text):
        raise BadValue(
            f'{shown(text)} 不是设备的主题；不含 # 和 +，两端没有 /，写法如 "zigbee2mqtt/客厅"',
            f"{shown(text)} is not a device's topic; no # or +, no / at either end, "
            'e.g. "zigbee2mqtt/living room"',
        )
    if len(text.encode()) > TOPIC_BYTES_MAX:
        raise BadValue(
            f"主题超过 {TOPIC_BYTES_MAX} 字节", f"the topic is longer than {TOPIC_BYTES_MAX} bytes"
        )
    return text


def read_sayable(value: object, kind: object) -> About | Extra:
    """Read what a text is about.

    Raises:
        BadValue: nothing is ever said about that.
    """
    known: dict[str, About | Extra] = {one.value: one for one in (*About, *Extra)}
    found = known.get(value) if isinstance(value, str) else None
    if found is None:
        hint = did_you_mean(str(value), known)
        raise BadValue(f"{shown(value)} 不可用{hint.zh}", f"{shown(value)} is unknown{hint.en}")
    return found
