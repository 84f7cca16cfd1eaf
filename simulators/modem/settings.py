"""How the simulated modem and its network are, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, field

FAMILIES = ("simcom", "quectel", "generic")
MAKERS = {
    "simcom": ("SIMCOM INCORPORATED", "A7670C-FASL", "A7670M7_B08V01"),
    "quectel": ("Quectel", "EC200N-CN", "EC200NCNLAR03A01M16"),
    "generic": ("ACME", "USB MODEM", "1.0"),
}
BALANCE = (
    "【中国移动】尊敬的客户，您好！截至3月2日，您的账户可用余额为38.50元，"
    "其中话费余额38.50元，当月已消费11.50元。回复数字可查询其他业务：1流量 2套餐 3积分。"
    "如需帮助请拨打10086。中国移动"
)


@dataclass(frozen=True)
class Timing:
    """Seconds of the telephone world, times `pace`."""

    pace: float = 1.0
    submit: float = 1.2
    report: float = 4.0
    late: float = 1_800.0
    dial: float = 1.5
    ring: float = 3.0
    character: float = 0.2
    boot: float = 12.0
    balance: float = 5.0
    gone: float = 3.0
    """How long the device is away from the machine while it restarts."""

    def of(self, seconds: float) -> float:
        """Return real seconds."""
        return seconds * self.pace


HURRIED = Timing(pace=0.01)
"""A hundred times faster, for tests."""


@dataclass
class Setup:
    """What stays over a restart of the modem."""

    family: str = "simcom"
    slots: int = 20
    """How many received texts the SIM holds."""
    pin: str = ""
    """What unlocks the SIM; empty: it is not locked."""
    operator: str = "CHINA MOBILE"
    service_number: str = "10086"
    service_word: str = "YE"
    balance: str = BALANCE
    stores_reports: bool = False
    """Reports go into the memory (+CDSI) instead of straight through (+CDS)."""
    lists_data: bool = True
    """Data contexts stand among the calls of +CLCC, as some Quectel modules do it."""
    can_speak: bool | None = None
    """None: as its family can."""
    can_hear: bool | None = None


@dataclass
class Faults:
    """What is wrong with the modem now; a test sets it."""

    hangs: bool = False
    """It answers nothing until AT+CFUN=1,1 or its power is cut."""
    hangs_hard: bool = False
    """It answers nothing until its power is cut."""
    submit_errors: list[int] = field(default_factory=list)
    """What the next texts are refused with."""
    loses_answer: int = 0
    """How many texts are taken by the network without the modem saying so."""
    hangs_after_submit: bool = False
    """The next text goes out; then the modem hangs."""
    reenumerates: bool = False
    """The device disappears and comes back at every restart."""
