"""Every Chinese sentence that goes out."""

from __future__ import annotations

from alerting.delivery.parts import Facts, Part
from alerting.events import Phrase
from alerting.household import IncidentKind
from alerting.incident import Outcome, Urgency
from alerting.orders import About

SHORT: dict[IncidentKind, str] = {
    IncidentKind.EMERGENCY: "呼救",
    IncidentKind.FALL: "疑似跌倒",
    IncidentKind.INACTIVITY: "久未活动",
    IncidentKind.HEALTH: "体征异常",
    IncidentKind.SAFETY: "安全报警",
    IncidentKind.TECHNICAL: "设备故障",
    IncidentKind.SERVICE: "服务需求",
    IncidentKind.VISIT: "探访",
}
"""What happened, where the finding itself has no few words for it."""

_LEVEL: dict[IncidentKind, str] = {
    IncidentKind.INACTIVITY: "关注",
    IncidentKind.HEALTH: "提醒",
    IncidentKind.TECHNICAL: "设备维护",
    IncidentKind.SERVICE: "工单",
    IncidentKind.VISIT: "探访",
}
_ACT: dict[IncidentKind, str] = {
    IncidentKind.INACTIVITY: "请尽快上门看望。",
    IncidentKind.HEALTH: "请今日电话或上门询问。",
    IncidentKind.SAFETY: "请立即到场。",
    IncidentKind.TECHNICAL: "请安排检修。",
    IncidentKind.SERVICE: "请安排办理。",
    IncidentKind.VISIT: "请安排探访。",
}
_ACT_SAFETY: dict[str, str] = {
    "smoke": "速到场，有火拨119。",
    "gas": "速到场，勿动电器。",
    "carbon_monoxide": "速到场，开窗通风。",
    "water": "请到场查看。",
    "cold": "请上门查看取暖。",
    "heat": "请上门查看，防中暑。",
}
_LEAVE = frozenset({"smoke", "gas", "carbon_monoxide"})
"""Hazards from which one leaves the house; out of the cold one does not."""
_OUTCOME: dict[Outcome, str] = {
    Outcome.SAFE: "老人平安",
    Outcome.MISTAKE: "误触，平安",
    Outcome.NEEDS_SERVICE: "已安排服务",
    Outcome.HOSPITAL: "已送医",
    Outcome.POLICE: "已转警方",
    Outcome.FIRE: "已转消防",
    Outcome.DEVICE_FAULT: "设备故障",
    Outcome.TEST: "测试",
    Outcome.RECOVERED: "已恢复",
    Outcome.OTHER: "已处理",
}
_HINT = "回复1去 2到 3不能。"


def sms(about: About, facts: Facts) -> list[Part]:
    """Return the text message in parts."""
    head = f"【{facts.signature}】"
    event = f"{facts.code} {facts.when}{facts.short}"
    number = Part(f"编号{facts.number}。", 3)
    desk = Part(f"值班{facts.desk}。" if facts.desk else "", 4)
    place = Part(f"{facts.place}。" if facts.place else "", 5)
    callback = Part(f"请回电{facts.desk}。" if facts.desk else "", 2)
    answer = [Part(_HINT, 2), number, desk] if facts.can_reply else [callback]
    match about:
        case About.ALARM:
            said = f"{head}{_level(facts)}：{event}。{_act(facts)}"
            return [Part(said), *answer, place]
        case About.ESCALATED:
            waited = Part(
                f"{_waited(facts.minutes)}无人前往。" if facts.minutes else "目前无人前往。", 1
            )
            return [Part(f"{head}升级：{event}。"), waited, Part(_act(facts)), *answer, place]
        case About.MORE | About.WORSE:
            more = f"{head}设备维护：{facts.code} {facts.now}又有{facts.short}。请一并检修。"
            return [Part(more), *answer]
        case About.AGAIN:
            said = f"{head}紧急：{facts.code} {facts.now}又一次：{facts.short}。请尽快到场。"
            return [Part(said), *answer, place]
        case About.CLAIM_RUNS_OUT:
            said = f"{head}{event}：您说过前往，仍去请回复1，到了回复2，去不了回复3。"
            if not facts.can_reply:
                return [Part(f"{head}{event}：您说过前往，请告知进展。"), callback]
            return [Part(said), number]
        case About.STILL_THERE:
            said = f"{head}{event}：您已到场。"
            still = [Part("仍在处理请回复2。", 1)] if facts.can_reply else []
            return [Part(said), *still, Part("处理完请告知值班台。", 1), desk, number]
        case About.CONFIRM:
            said = f"{head}{facts.code} 已恢复活动。请电话或上门确认平安并告知值班台。"
            return [Part(said), desk, number]
        case _:
            return [Part(f"{head}{_news(about, facts, event)}"), number]


def _news(about: About, facts: Facts, event: str) -> str:
    match about:
        case About.COMING:
            who = f"{facts.who}正在前往" if facts.who else "值班台已接手"
            return f"{event}：{who}，您暂不必前往。"
        case About.ARRIVED:
            who = f"{facts.who}已到场" if facts.who else "已有人到场"
            return f"{event}：{who}，您不必前往。"
        case About.MOVING_AGAIN:
            return f"{facts.code} 已恢复活动，正在请人确认平安。"
        case About.RECOVERED:
            return f"{facts.code} 设备已恢复正常，不必前往。"
        case _:
            outcome = _OUTCOME[facts.outcome or Outcome.OTHER]
            return f"{event}已处置：{outcome}。谢谢您。"


def spoken(about: About, facts: Facts) -> str:
    """Return what the telephone says: one idea to a sentence."""
    home = f"{facts.called}家，编号{facts.code}。" if facts.called else f"编号{facts.code}。"
    event = f"{home}{_said_time(facts.when)}，{facts.short}。"
    where = f"地址，{facts.place}。" if facts.place else ""
    match about:
        case About.ALARM:
            return f"{facts.signature}，{_level(facts)}通知。{event}{where}{_act(facts)}"
        case About.ESCALATED:
            waited = f"已经{_waited(facts.minutes)}，" if facts.minutes else "目前"
            waited += "还没有人前往。"
            return f"{facts.signature}，{_level(facts)}通知。{event}{waited}{where}{_act(facts)}"
        case About.MORE | About.WORSE:
            more = f"{home}{_said_time(facts.now)}，又有{facts.short}。请一并检修。"
            return f"{facts.signature}，设备维护通知。{more}"
        case About.AGAIN:
            return f"{facts.signature}，紧急通知。{home}又一次，{facts.short}。{where}请尽快到场。"
        case About.CLAIM_RUNS_OUT:
            return f"{facts.signature}，提醒您。{event}您说过正在前往。请说明您是否还在路上。"
        case About.STILL_THERE:
            return f"{facts.signature}，提醒您。{event}您已经到场。处理完，请告知值班台。"
        case About.CONFIRM:
            return f"{facts.signature}，提醒您。{home}已经恢复活动。请确认老人平安，并告知值班台。"
        case _:
            return f"{facts.signature}，通知您。{home}{_spoken_news(about, facts)}"


def _spoken_news(about: About, facts: Facts) -> str:
    match about:
        case About.COMING:
            who = f"{facts.who}正在前往。" if facts.who else "值班台已经接手。"
            return f"{who}您暂时不必前往。"
        case About.ARRIVED:
            return f"{facts.who or '有人'}已经到场。您不必前往。"
        case About.MOVING_AGAIN:
            return "已经恢复活动。正在请人确认平安。"
        case About.RECOVERED:
            return "设备已经恢复正常。您不必前往。"
        case _:
            return f"事情已经处置。结果，{_OUTCOME[facts.outcome or Outcome.OTHER]}。谢谢您。"


def prompt(phrase: Phrase, kind: IncidentKind, group: str, called: str, who: str) -> str:
    """Return what the resident hears at home."""
    dear = f"{called}，" if called else ""
    match phrase:
        case Phrase.RECEIVED:
            return f"{dear}您的呼叫收到了。"
        case Phrase.ALL_RIGHT:
            return f"{dear}您没事吧？没事请按“我没事”键，不按就帮您叫人。"
        case Phrase.CALLING if kind is IncidentKind.SAFETY and group in _LEAVE:
            return f"{dear}请先离开屋子。正在通知家人和村里。"
        case Phrase.CALLING:
            return "正在通知家人和村里。请不要着急。"
        case Phrase.COMING:
            return f"{who}正在赶来。" if who else "值班台接到了。正在安排人来。"
        case Phrase.NOBODY_YET:
            return "暂时还没有人应答。我们还在继续呼叫。"
        case Phrase.ON_SCENE:
            return f"{who}已经到了。" if who else "帮您的人已经到了。"
        case Phrase.OVER:
            return "这次呼叫已经处理完了。有事请再按。"
        case Phrase.MEASURE_AGAIN:
            return "请再量一次。"
        case Phrase.CALL_BACK:
            return f"{dear}您刚才取消了报警。您没事吧？没事请按“我没事”键。"


def _level(facts: Facts) -> str:
    if facts.kind in _LEVEL and not _is_call_back(facts):
        return _LEVEL[facts.kind]
    return "紧急" if facts.urgency is Urgency.HIGH else "核实"


def _is_call_back(facts: Facts) -> bool:
    """Vital signs that cannot wait: first of all somebody calls."""
    return facts.kind is IncidentKind.HEALTH and facts.urgency is Urgency.HIGH


def _act(facts: Facts) -> str:
    if facts.group in _ACT_SAFETY:
        return _ACT_SAFETY[facts.group]
    if _is_call_back(facts):
        return "请立即打电话，打不通请上门。"
    if facts.kind in _ACT:
        return _ACT[facts.kind]
    return "请立即上门。" if facts.urgency is Urgency.HIGH else "请电话或上门核实。"


def _waited(minutes: int) -> str:
    return f"{minutes}分钟" if minutes < 120 else f"{minutes // 60}小时"


def _said_time(when: str) -> str:
    """Return `08:42` as people say it."""
    day, _, clock = when.rpartition(" ")
    hour, minute = (int(part) for part in clock.split(":"))
    date = "{}月{}日".format(*(int(part) for part in day.split("-"))) if day else ""
    return f"{date}{hour}点{minute:02}分" if minute else f"{date}{hour}点整"
