"""`[modem]`: a 4G module with an ordinary SIM on a serial line.

Annotations here are evaluated (no `__future__` import): cattrs would lose the readers'
names from postponed ones.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from gateway.config.problems import Problems, shown
from gateway.config.values import Phone
from gateway.transports.modem.access import BALANCE_PATTERN, DEVICE, ModemAccess

BALANCE_EVERY_MIN = timedelta(hours=1)
"""Carriers take more often for abuse, and each question is a text."""
_PIN = re.compile(r"[0-9]{4,8}", re.ASCII)
_SHORT_NUMBER = re.compile(r"\+?[0-9]{3,15}", re.ASCII)


class ModemFamily(StrEnum):
    """Whose commands it takes for speaking and keys."""

    AUTO = "auto"
    SIMCOM = "simcom"
    QUECTEL = "quectel"
    GENERIC = "generic"


@dataclass(frozen=True, kw_only=True)
class ModemSection:
    """`[modem]`."""

    device: str = DEVICE
    family: ModemFamily = ModemFamily.AUTO
    number: Phone
    pin: str = field(default="", repr=False)
    pin_file: str = ""
    message_centre: str = ""
    balance_number: str = ""
    balance_text: str = "YE"
    balance_pattern: str = BALANCE_PATTERN
    balance_min: float = 10.0
    balance_every: timedelta = timedelta(days=1)
    reset_command: tuple[str, ...] = ()
    recording: str = ""


@dataclass(frozen=True, kw_only=True)
class ModemSettings:
    """Our modem; its PIN is in no `repr`."""

    section: ModemSection
    pin: str = field(default="", repr=False)

    @property
    def access(self) -> ModemAccess:
        """Return what the driver is told."""
        section = self.section
        return ModemAccess(
            device=section.device,
            family=section.family.value,
            number=section.number,
            pin=self.pin,
            smsc=section.message_centre,
            balance_number=section.balance_number,
            balance_text=section.balance_text,
            balance_pattern=section.balance_pattern,
            balance_min=section.balance_min,
            balance_every_seconds=section.balance_every.total_seconds(),
            reset_command=section.reset_command,
            recording=section.recording,
        )


def check_modem(section: ModemSection | None, pin: str, problems: Problems) -> None:
    """Note what is wrong with `[modem]`."""
    if section is None:
        return
    if not section.device.startswith("/"):
        problems.add(
            "modem.device",
            f"{shown(section.device)} 不是完整的路径；写法如 {DEVICE}",
            f"{shown(section.device)} is no full path; write {DEVICE}, for example",
        )
    if pin and not _PIN.fullmatch(pin):
        problems.add("modem.pin", "应为 4 到 8 位数字", "is not 4 to 8 digits")
    for name in ("message_centre", "balance_number"):
        value = getattr(section, name)
        if value and not _SHORT_NUMBER.fullmatch(value):
            problems.add(
                f"modem.{name}",
                f"{shown(value)} 不是号码；只写数字，如 10086",
                f"{shown(value)} is no number; write digits only, e.g. 10086",
            )
    if '"' in section.recording:
        problems.add("modem.recording", "不能有引号", "must have no quotation marks")
    if section.balance_every < BALANCE_EVERY_MIN:
        problems.add("modem.balance_every", "至少为 1h", "is less than 1h")
    _check_pattern(section, problems)


def _check_pattern(section: ModemSection, problems: Problems) -> None:
    try:
        groups = re.compile(section.balance_pattern).groups
    except re.error as error:
        problems.add(
            "modem.balance_pattern",
            f"不是正则表达式：{error}",
            f"is no regular expression: {error}",
        )
        return
    if groups < 1:
        problems.add(
            "modem.balance_pattern",
            f"没有括号括出数字；如 {BALANCE_PATTERN}",
            f"has no group around the figure; e.g. {BALANCE_PATTERN}",
        )
