"""What the phones' page says, in both languages."""

from __future__ import annotations

LANGUAGES = ("zh", "en")

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("村里的电话", "The phones of the village"),
    "note": (
        "每张卡片是一部手机。响了就接，也可以回短信；没人动手时，按各自的习惯来。",
        "Each card is a phone. Answer it or reply; left alone, everybody follows their habit.",
    ),
    "other_language": ("English", "中文"),
    "sound_on": ("打开声音", "Turn sound on"),
    "sound_blocked": (
        "浏览器还不允许出声：电话响了也听不见。",
        "The browser does not allow sound yet: you would not hear a phone ring.",
    ),
    "speak": ("朗读通话", "Read calls aloud"),
    "ringing_now": ("正在响铃：", "Ringing now: "),
    "link_lost": (
        "与模拟器的连接断了，正在重连……这里显示的可能已过时。",
        "The link to the simulator is lost; reconnecting. What you see may be out of date.",
    ),
    "incoming": ("来电", "Incoming call"),
    "from": ("来自", "from"),
    "answer": ("接听", "Answer"),
    "reject": ("拒接", "Reject"),
    "let_ring": ("让它响", "Let it ring"),
    "hushed": ("不出声地响着", "ringing silently"),
    "talking": ("通话中", "In a call"),
    "hang_up": ("挂断", "Hang up"),
    "asked": ("请按键", "Waiting for a key"),
    "pressed": ("按了", "pressed"),
    "transcript": ("通话内容", "What was said"),
    "last_call": ("上一通电话", "Last call"),
    "completed": ("已结束", "ended"),
    "busy": ("占线或拒接", "busy or rejected"),
    "no-answer": ("无人接听", "no answer"),
    "failed": ("未接通", "not reachable"),
    "canceled": ("对方取消", "cancelled by the caller"),
    "voicemail": ("转入语音信箱", "taken by voicemail"),
    "no_texts": ("还没有短信", "No texts yet"),
    "write": ("写一条", "Write one"),
    "reply_placeholder": ("回短信……", "Write a text…"),
    "send": ("发送", "Send"),
    "quick": ("快速回复", "Quick reply"),
    "lost": ("发不出去：大陆号码只能收", "not carried: mainland numbers only receive"),
    "habit": ("习惯", "Habit"),
    "manual": ("等人来按", "by hand"),
    "helpful": ("接电话并按 1", "answers and presses 1"),
    "texts-back": ("回短信 1", "texts back 1"),
    "declines": ("回答不能去（3）", "cannot come (3)"),
    "ignores": ("不理会", "ignores everything"),
    "rejects": ("拒接", "rejects calls"),
    "voicemail_habit": ("语音信箱", "voicemail"),
    "busy_habit": ("一直占线", "always busy"),
    "off": ("关机", "switched off"),
    "late": ("十分钟后才回", "replies ten minutes later"),
    "nonsense": ("答非所问", "answers nonsense"),
    "own": ("自定", "own"),
    "relative": ("家属", "relative"),
    "neighbour": ("邻居", "neighbour"),
    "grid_worker": ("网格员", "grid worker"),
    "village_doctor": ("村医", "village doctor"),
    "village_cadre": ("村干部", "village cadre"),
    "police": ("民警", "police"),
    "town_desk": ("镇值班室", "town desk"),
    "county_desk": ("县平台", "county desk"),
    "technician": ("维修", "technician"),
    "nobody": ("还没有电话", "There are no phones yet"),
    "refused": ("没有做成：", "Not done: "),
    "hint_1": ("我去", "going"),
    "hint_2": ("到了", "there"),
    "hint_3": ("去不了", "can't"),
    "hint_9": ("重听", "repeat"),
}


def words(language: str) -> dict[str, str]:
    """Return every word of the page in one language; Chinese for any other."""
    index = 1 if language == "en" else 0
    return {key: pair[index] for key, pair in _WORDS.items()}
