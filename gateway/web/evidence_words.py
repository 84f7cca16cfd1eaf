"""What each piece of evidence is called, and in what it is counted."""

from __future__ import annotations

from enum import Enum

from alerting.detection.climate import WORDS as CLIMATES
from alerting.detection.news2 import NAMES as NEWS2_PARTS
from alerting.detection.safety import WORDS as HAZARDS
from alerting.detection.troubles import WRONG
from alerting.words import Words

MINUTES_FROM, HOURS_FROM = 120, 7_200
"""From so many seconds on a time is said in minutes, and in hours."""


class Unit(Enum):
    """In what a number is counted: what stands after it in both languages, and times what."""

    PLAIN = ("", "", 1)
    TIMES = ("次", " times", 1)
    SECONDS = ("秒", " s", 1)
    MINUTES = ("分钟", " min", 1)
    HOURS = ("小时", " h", 1)
    DAYS = ("天", " days", 1)
    DEVICES = ("台", " devices", 1)
    PLACES = ("处", "", 1)
    POINTS = ("分", "", 1)
    PERCENT = ("%", " %", 1)
    SHARE = ("%", " %", 100)
    DEGREES = ("℃", " °C", 1)
    GRAVITY = ("g", " g", 1)
    HERTZ = ("次/秒", " Hz", 1)
    DBM = ("dBm", " dBm", 1)
    OF_255 = ("/255", "/255", 1)
    CLOCK = (":", ":", 1)

    def said(self, value: float) -> Words:
        """Return a number with its unit."""
        if self is Unit.CLOCK:
            hours, minutes = divmod(round(value) % 1440, 60)
            return Words(f"{hours}:{minutes:02}", f"{hours}:{minutes:02}")
        if self is Unit.SECONDS and value >= MINUTES_FROM:
            whole = Unit.MINUTES if value < HOURS_FROM else Unit.HOURS
            return whole.said(round(value / (60 if whole is Unit.MINUTES else 3600), 1))
        zh, en, factor = self.value
        number = f"{round(value * factor, 2):g}"
        return Words(f"{number}{zh}", f"{number}{en}")


def _of(zh: str, en: str, unit: Unit = Unit.PLAIN) -> tuple[Words, Unit]:
    return Words(zh, en), unit


FACTS: dict[str, tuple[Words, Unit]] = {
    "device": _of("设备", "device"),
    "devices": _of("相关设备", "devices", Unit.DEVICES),
    "resident": _of("老人", "resident"),
    "keys": _of("来电中的按键", "keys pressed in the call"),
    "number": _of("来电号码", "caller's number"),
    "contacts": _of("联系人", "contacts"),
    "reachable": _of("能联系上的", "of them reachable"),
    # falls
    "score": _of("评分", "score"),
    "threshold": _of("判定线", "threshold"),
    "eased": _of("因传感器迟钝加分", "added for a dull sensor"),
    "worn": _of("佩戴位置", "worn at"),
    "peak_g": _of("撞击", "knock", Unit.GRAVITY),
    "rate_hz": _of("采样", "samples", Unit.HERTZ),
    "knock": _of("撞击在第几个采样", "knock is sample"),
    "still_from": _of("静止从第几个采样", "still from sample"),
    "lost_seconds": _of("缺失数据", "data missing", Unit.SECONDS),
    "age_seconds": _of("多久以前", "how long ago", Unit.SECONDS),
    "watched_seconds": _of("之后观察了", "watched afterwards", Unit.SECONDS),
    "moving_percent": _of("其中在活动", "moving", Unit.PERCENT),
    "after_seconds": _of("多久后按键", "pressed after", Unit.SECONDS),
    "sources": _of("报告跌倒的来源", "sources of it", Unit.PLACES),
    "delay_seconds": _of("传到用时", "took to arrive", Unit.SECONDS),
    "before": _of("之前的状态", "state before"),
    # calls
    "presses": _of("按键", "presses", Unit.TIMES),
    "press": _of("按键编号", "number of the press"),
    "retained": _of("由服务器保留", "kept by the broker", Unit.TIMES),
    # vital signs
    "value": _of("读数", "reading"),
    "diastolic": _of("舒张压", "diastolic"),
    "limit": _of("限值", "limit"),
    "limit_diastolic": _of("舒张压限值", "limit of the lower pressure"),
    "target": _of("目标", "target"),
    "target_diastolic": _of("舒张压目标", "target of the lower pressure"),
    "clear": _of("恢复线", "well again at"),
    "usual": _of("平时", "usual"),
    "rule": _of("判断依据", "judged by"),
    "quantity": _of("项目", "measured"),
    "readings": _of("读数次数", "readings", Unit.TIMES),
    "seconds": _of("持续", "lasted", Unit.SECONDS),
    "minutes": _of("持续", "lasted", Unit.MINUTES),
    "witness": _of("另一台也测到的设备", "also measured by"),
    "witness_value": _of("另一台测得", "that one measured"),
    "quality": _of("信号质量", "quality of the signal", Unit.PERCENT),
    "z": _of("偏离程度（标准差）", "how far off (standard deviations)"),
    "days": _of("对比的天数", "compared with", Unit.DAYS),
    "behind_minutes": _of("时钟慢", "clock behind by", Unit.MINUTES),
    "hours": _of("没有戴", "not worn for", Unit.HOURS),
    "missing": _of("缺", "missing"),
    "spo2_scale": _of("血氧量表", "scale for oxygen"),
    **{str(part): (words, Unit.PLAIN) for part, words in NEWS2_PARTS.items()},
    **{
        f"{part}_points": (Words(f"{words.zh}得分", f"points for {words.en}"), Unit.POINTS)
        for part, words in NEWS2_PARTS.items()
    },
    # silence and habits
    "silent_hours": _of("没有活动", "no movement for", Unit.HOURS),
    "limit_hours": _of("限度", "limit", Unit.HOURS),
    "limit_minutes": _of("限度", "limit", Unit.MINUTES),
    "usual_hours": _of("以往最长", "longest so far", Unit.HOURS),
    "usual_minutes": _of("以往最长", "longest so far", Unit.MINUTES),
    "last_heard_device": _of("最后有消息的设备", "heard last"),
    "last_heard_minutes_ago": _of("它多久前有消息", "heard how long ago", Unit.MINUTES),
    "last_moved": _of("最后活动处", "last moved at"),
    "limit_by_day_hours": _of("白天限度", "limit by day", Unit.HOURS),
    "limit_by_night_hours": _of("夜间限度", "limit by night", Unit.HOURS),
    "expected_active_hours": _of("这段时间平时活动", "usually active in this time", Unit.HOURS),
    "unusual": _of("异常程度", "how unusual"),
    "unusual_limit": _of("异常程度的判定线", "told from"),
    "days_known": _of("已了解的天数", "known for", Unit.DAYS),
    "false_alarms_per_month": _of("设定的每月误报", "false alarms a month, as set", Unit.TIMES),
    "presence": _of("老人在哪里", "where the resident is"),
    "bathroom_minutes": _of("在卫生间", "in the bathroom", Unit.MINUTES),
    "empty_minutes": _of("床空着", "bed empty for", Unit.MINUTES),
    "signs": _of("期间的活动", "signs of life since", Unit.TIMES),
    "out_minutes": _of("外出", "out for", Unit.MINUTES),
    "out_hours": _of("外出", "out for", Unit.HOURS),
    "nights_out_in_30_days": _of("近30天夜里外出", "nights out in 30 days", Unit.TIMES),
    "usual_minute": _of("平时起床", "usually up at", Unit.CLOCK),
    "late_hours": _of("晚了", "late by", Unit.HOURS),
    "mornings": _of("近日起床", "up on the last days at", Unit.CLOCK),
    "quarters_seen": _of("有动静的刻钟", "quarters of an hour with a sign"),
    "changes": _of("来回", "to and fro", Unit.TIMES),
    "limit_changes": _of("限度", "limit", Unit.TIMES),
    "usual_changes": _of("以往最多", "most so far", Unit.TIMES),
    # safety and climate
    "hazard": _of("险情", "hazard"),
    "temperature_c": _of("室温", "room temperature", Unit.DEGREES),
    "limit_c": _of("限值", "limit", Unit.DEGREES),
    "reading_minutes_ago": _of("读数是多久前的", "read how long ago", Unit.MINUTES),
    # devices
    "battery_percent": _of("电量", "battery", Unit.PERCENT),
    "limit_percent": _of("限值", "limit", Unit.PERCENT),
    "weak_hours": _of("信号弱", "signal weak for", Unit.HOURS),
    "signal_dbm": _of("信号", "signal", Unit.DBM),
    "link_quality": _of("信号", "signal", Unit.OF_255),
    "offline_minutes": _of("离线", "offline for", Unit.MINUTES),
    "unseen_minutes": _of("多久没有看到这个家", "home not seen for", Unit.MINUTES),
    "missing_quarters": _of("没有反应的刻钟", "quarters of an hour without it"),
    "usual_share": _of("平时有反应", "usually seen in", Unit.SHARE),
    "expected_signs": _of("本应有的反应", "signs expected", Unit.TIMES),
    "unheard_absences": _of("像是外出却没有开门", "out without the door, it seems", Unit.TIMES),
    "was": _of("之前", "before"),
    "also": _of("另外", "also"),
    "detail": _of("报告", "as reported"),
    "watched": _of("在判断", "judged"),
    "scored": _of("在计分", "scored"),
    "wrong": _of("问题", "faults"),
    "opened": _of("外壳打开", "case opened"),
    "on": _of("报警中", "alarming"),
    "broken": _of("故障", "broken"),
}
"""By the name under which a detector keeps it."""

CODES: dict[str, Words] = {
    "waist": Words("腰间", "waist"),
    "wrist": Words("手腕", "wrist"),
    "unknown": Words("未知", "unknown"),
    "kept": Words("由服务器保留", "kept by the broker"),
    "unsure": Words("断线前已显示跌倒", "shown before we were deaf"),
    "fixed": Words("固定时限", "fixed limits"),
    "learned": Words("本人的习惯", "this person's habits"),
    "home": Words("在家", "at home"),
    "away": Words("外出", "away"),
    "hospital": Words("住院", "in hospital"),
    "paused": Words("暂停看护", "watching paused"),
    "impossible": Words("读数不可信", "impossible readings"),
    "poor": Words("信号太差", "signal too poor"),
    "flat": Words("读数不变", "readings stuck"),
    "clock": Words("时钟不准", "clock behind"),
    "not_worn": Words("没有佩戴", "not worn"),
    "bathroom": Words("卫生间", "bathroom"),
    "bedroom": Words("卧室", "bedroom"),
    "kitchen": Words("厨房", "kitchen"),
    **WRONG,
    **{str(kind): words for kind, words in HAZARDS.items()},
    **{str(side): words for side, words in CLIMATES.items()},
}
"""Words that detectors write for programs."""
