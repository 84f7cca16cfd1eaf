"""The timeline's sentences: what happened to an incident, in both languages."""

from __future__ import annotations

from alerting.household import Responder
from alerting.incident import Outcome
from alerting.words import Words

OUTCOMES: dict[Outcome, Words] = {
    Outcome.SAFE: Words("老人平安", "the resident is safe"),
    Outcome.MISTAKE: Words("误触", "a mistake"),
    Outcome.NEEDS_SERVICE: Words("需要服务", "service is needed"),
    Outcome.HOSPITAL: Words("已送医", "taken to hospital"),
    Outcome.POLICE: Words("已转警方", "handed to the police"),
    Outcome.FIRE: Words("已转消防", "handed to the fire service"),
    Outcome.DEVICE_FAULT: Words("设备故障", "a device fault"),
    Outcome.TEST: Words("测试", "a test"),
    Outcome.RECOVERED: Words("已自行恢复", "it recovered by itself"),
    Outcome.OTHER: Words("其他", "something else"),
}

NOBODY_ANSWERED = Words(
    "所有人都已通知，仍无人接单；继续反复通知",
    "everybody was told and nobody answered; we go on telling them",
)
NO_LONGER_COMING = Words("接单已到期，重新通知", "the claim ran out; others are told again")


def stepped(tier: str, people: tuple[Responder, ...], step: int, round: int) -> Words:
    """Say whom the step tells; steps count within their round, and the first round goes unsaid."""
    zh = "、".join(person.name for person in people)
    en = ", ".join(person.name for person in people)
    again = (f"第{round}轮", f"round {round}, ") if round > 1 else ("", "")
    return Words(
        f"{again[0]}第{step}步，通知{tier}：{zh}", f"{again[1]}step {step}, told {tier}: {en}"
    )


def stands_in(deputy: str, principal: str) -> Words:
    """Say who is told in whose place."""
    return Words(f"{principal}未接单，通知代理人{deputy}", f"told {deputy}, deputy of {principal}")


def next_in_line(name: str) -> Words:
    """Say whose turn it is, where people are told one by one."""
    return Words(f"依次通知：{name}", f"next in line, told {name}")


def confirmed(name: str, left: int) -> Words:
    """Say who has answered where everybody must, and how many have not."""
    more = (
        (f"，还有{left}人未确认", f"; {left} more to answer")
        if left
        else ("，全部确认", "; all have")
    )
    return Words(f"{name}已确认{more[0]}", f"{name} has answered{more[1]}")


def must_confirm(names: list[str]) -> Words:
    """Say who was told again because they must answer themselves."""
    return Words(f"再次请{'、'.join(names)}确认", f"asked again to answer: {', '.join(names)}")


def escalated(name: str) -> Words:
    """Say who had the next step taken before its time."""
    return Words(f"{name}要求立即升级", f"{name} escalated it at once")


def at_door(name: str) -> Words:
    """Say that the code at the door was read under a name, which proves nothing yet."""
    return Words(
        f"有人在门口扫码，报的是{name}；已请{name}回复确认",
        f"the code at the door was read under the name of {name}, who was asked to confirm",
    )


def not_reachable(tier: str) -> Words:
    """Say that a step has nobody any channel reaches."""
    return Words(
        f"{tier}：没有可用的通知方式，转下一级",
        f"{tier}: no channel reaches anybody there; going on",
    )


def repeated(people: int) -> Words:
    """Say that all were told once more."""
    return Words(f"再次通知全部{people}人", f"all {people} people were told again")


def claimed(name: str, minutes: int) -> Words:
    """Say who goes, and for how long we believe it."""
    return Words(
        f"{name}接单，{minutes}分钟内有效", f"{name} is going; valid for {minutes} minutes"
    )


def renewed(name: str, minutes: int) -> Words:
    """Say that the claim holds on."""
    return Words(
        f"{name}确认仍在前往，再延长{minutes}分钟",
        f"{name} is still going; {minutes} minutes more",
    )


def handed_over(name: str) -> Words:
    """Say that the other one who is coming has it now."""
    return Words(f"{name}也在前往，由其接单", f"{name} is on the way as well and has it now")


def also_coming(name: str) -> Words:
    """Say that one more is going."""
    return Words(f"{name}也在前往", f"{name} is going as well")


def on_scene(name: str) -> Words:
    """Say who is there."""
    return Words(f"{name}已到场", f"{name} is there")


def declined(name: str) -> Words:
    """Say who cannot."""
    return Words(f"{name}不能去", f"{name} cannot go")


def gave_back(name: str) -> Words:
    """Say that the claimant cannot go after all."""
    return Words(f"{name}去不了，重新通知", f"{name} cannot go after all; others are told again")


def reminded(name: str) -> Words:
    """Say who was asked whether they are still at it."""
    return Words(f"已提醒{name}", f"{name} was reminded")


def asked_to_confirm(name: str) -> Words:
    """Say who was asked to make sure."""
    return Words(f"请{name}确认老人平安", f"{name} was asked to make sure that all is well")


def closed(name: str, outcome: Outcome, note: str) -> Words:
    """Say who closed it and how it ended."""
    ended = OUTCOMES[outcome]
    extra = (f"：{note}", f": {note}") if note else ("", "")
    return Words(f"{name}结案，{ended.zh}{extra[0]}", f"closed by {name}, {ended.en}{extra[1]}")


def called_again(reason: Words) -> Words:
    """Say that nobody was known to be there any more when the resident called again."""
    return Words(
        f"{reason.zh}；现场已久无消息，从头通知",
        f"{reason.en}; no word from the scene for long, so the ladder begins again",
    )


def over(closer: Words, time: str, outcome: Outcome) -> Words:
    """Tell a person whose answer comes too late who has closed it."""
    ended = OUTCOMES[outcome]
    return Words(
        f"此事已由{closer.zh}于{time}结案：{ended.zh}。谢谢您。",
        f"This was closed by {closer.en} at {time}: {ended.en}. Thank you.",
    )


def is_there(name: str) -> Words:
    """Tell a person who calls it a mistake that somebody on the scene decides that."""
    return Words(
        f"{name}已在现场，请由其或值班台结案。",
        f"{name} is there; it is for them or the desk to close it.",
    )


UNKNOWN = Words(
    "没有这个编号的事件，请核对编号。", "No open incident has this number; please check."
)
NOT_ASKED = Words(
    "您不在此事的通知名单中，请致电值班台。",
    "You are not among the people told of this; please call the duty desk.",
)
OUTCOME_NEEDED = Words("结案须选择处置结果。", "Closing needs an outcome.")
ALREADY_THERE = Words(
    "您已登记到场；处理完请在值班台结案，需要增援请致电值班台。",
    "You are already on the scene; close it at the duty desk, or call the desk for help.",
)
SOMEBODY_THERE = Words("已有人到场。", "Somebody is there already.")
RECOVERED = Words("全部恢复正常，自动结案", "everything works again; closed by itself")
RESIDENT = Words("老人", "the resident")
ALL_RIGHT = Words("老人表示没事，结案", "the resident is all right; closed")
BY_ITSELF = Words("系统", "the system")
RESIDENT_WELL = Words("老人按键答复：没事", "the resident pressed 1: all is well")
RESIDENT_WELL_LATE = Words(
    "老人按键答复没事；人已经通知，请确认后结案",
    "the resident pressed 1, all is well; people were called already, so please make sure",
)
RESIDENT_NEEDS_HELP = Words("老人按键答复：需要帮助", "the resident pressed 2: help is needed")


def asked_resident(names: tuple[str, ...], seconds: int) -> Words:
    """Say that the resident is called first, and how long that is waited for."""
    zh, en = "、".join(names), ", ".join(names)
    return Words(
        f"先打电话问{zh}是否需要帮助，等{seconds}秒；不答按需要帮助处理",
        f"{en} is called first and has {seconds} s to answer; no answer counts as need",
    )


TEST_NOT_CONFIRMED = Words(
    "没有人确认是测试：按真的呼救处理",
    "nobody confirmed that it is a test: it is taken for real",
)
CALLED_BACK = Words("取消后回访老人", "the resident is called back after the cancelled alarm")
CALLED_BACK_WELL = Words("回访：老人答复没事", "called back: the resident is well")
CALLED_BACK_HELP = Words("回访：老人需要帮助", "called back: the resident needs help")
CALLED_BACK_SILENT = Words(
    "回访无人应答，请值班台致电", "the call-back was not answered: the desk is asked to call"
)
CALLED_BACK_UNHEARD = Words(
    "回访电话已交出，没有响铃的消息，请值班台致电",
    "the call-back was handed over and nothing says that it rang: the desk is asked to call",
)
CALLED_BACK_NOT_PLACED = Words(
    "回访电话没能打出，请值班台致电",
    "the call-back could not be placed: the desk is asked to call",
)
CALL_BACK_BY_DESK = Words(
    "家中没有可以回访的电话，请值班台致电确认",
    "nobody at home can be called back by us: the desk is asked to make sure",
)
CALL_BACK_MOOT = Words(
    "又有新的报警，不再单独回访", "something new has come meanwhile: no separate call-back"
)
CALL_BACK_SHORT = Words("取消后回访未答", "call-back not answered")
CALL_BACK_SHORT_NOT_PLACED = Words("回访电话没能打出", "call-back not placed")
HELP_SHORT = Words("回访时要求帮助", "asked for help when called back")
HELP_LATE = Words("接电话时要求帮助", "asked for help on the phone")


def fell_and_silent(reason: Words, is_unheard: bool, is_placed: bool) -> Words:
    """Say that nothing was heard of who cancelled an alarm after a fall, and why not."""
    zh, en = "回访无人应答", "then did not answer when called back"
    if not is_placed:
        zh, en = "回访电话没能打出", "and could not be called back"
    elif is_unheard:
        zh, en = "回访没有响铃的消息", "and nothing says that the call-back rang"
    return Words(
        f"取消报警后{zh}（原报警：{reason.zh}）", f"cancelled an alarm, {en} (it was: {reason.en})"
    )


def in_test(reason: Words) -> Words:
    """Mark what came while buttons were tried out."""
    return Words(
        f"【测试？】{reason.zh}，请在2分钟内确认是测试，否则按真的处理",
        f"TEST? {reason.en}; confirm within 2 min that it is a test, or it is taken for real",
    )


def drilled(state: str, name: str, channel: str) -> Words:
    """Say how far the drill with one person has come."""
    ways = {"sms": ("短信", "text message"), "voice": ("电话", "call")}
    zh, en = ways.get(channel, (channel, channel))
    said = {
        "asked": (f"演练：已用{zh}询问{name}", f"drill: {name} was asked by {en}"),
        "proven": (f"演练：{name}已答复（{zh}）", f"drill: {name} answered ({en})"),
        "unanswered": (
            f"演练：{name}一天内没有答复（{zh}）",
            f"drill: {name} did not answer within a day ({en})",
        ),
        "withdrawn": (
            f"演练撤回：{name}有真的报警",
            f"drill withdrawn: something real has come for {name}",
        ),
        "impossible": (
            f"演练：{zh}无法通知{name}",
            f"drill: {name} cannot be told by {en}",
        ),
    }
    return Words(*said[state])
