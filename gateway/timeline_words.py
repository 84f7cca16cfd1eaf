"""How the timeline says what happened, in both languages."""

from __future__ import annotations

from alerting.events import Answer, DeliveryState, ErrorClass, Phrase, PresenceState, Purpose
from alerting.household import IncidentKind
from alerting.words import Words

VIA = {
    "sms": Words(zh="短信", en="text message"),
    "voice": Words(zh="电话", en="call"),
    "push": Words(zh="应用推送", en="push notification"),
    "scaip": Words(zh="报警接收中心", en="alarm receiving centre"),
    "webhook": Words(zh="其他系统", en="another system"),
    "prompt": Words(zh="语音提示", en="prompt"),
    "ring": Words(zh="回拨", en="ringing back"),
    "desk": Words(zh="值班台", en="the desk"),
    "qr": Words(zh="门口扫码", en="the code at the door"),
}

OWED = {
    Purpose.ALARM: Words(zh="通知", en="owed"),
    Purpose.REMINDER: Words(zh="提醒", en="owed as a reminder"),
    Purpose.NEWS: Words(zh="告知进展", en="owed with the news"),
    Purpose.QUESTION: Words(zh="询问老人", en="to ask the resident"),
    Purpose.TOLD: Words(zh="告诉老人进展", en="to tell the resident"),
    Purpose.DRILL: Words(zh="演练", en="as a drill"),
}

DELIVERY = {
    DeliveryState.ACCEPTED: Words(zh="已被运营商接收", en="accepted by the provider"),
    DeliveryState.DELIVERED: Words(zh="已送达", en="delivered"),
    DeliveryState.HEARD: Words(zh="已有人听到", en="heard by a person"),
    DeliveryState.UNDELIVERED: Words(zh="未送达", en="not delivered"),
    DeliveryState.FAILED: Words(zh="失败", en="failed"),
    DeliveryState.AMBIGUOUS: Words(zh="是否发出不明", en="may or may not have gone out"),
    DeliveryState.RECALLED: Words(zh="已撤回", en="taken back"),
}

OTHERWISE = {
    ("voice", DeliveryState.DELIVERED): Words(
        zh="电话已接通（尚不能证明有人听到）", en="Call picked up (by a person or a machine)"
    ),
    ("voice", DeliveryState.HEARD): Words(
        zh="电话中有人按键", en="A key pressed in the call: a person listened"
    ),
    ("voice", DeliveryState.UNDELIVERED): Words(zh="电话无人接听", en="Call not answered"),
    ("voice", DeliveryState.RECALLED): Words(
        zh="电话还没接通，已挂断：已有人应答",
        en="Call ended while it rang: somebody has answered",
    ),
    ("prompt", DeliveryState.ACCEPTED): Words(
        zh="语音提示已发往设备", en="Prompt sent to the device"
    ),
    ("prompt", DeliveryState.DELIVERED): Words(
        zh="设备已确认语音提示", en="The device confirmed the prompt"
    ),
}
"""What is said differently of a call or a prompt than of a text message."""

RESIDENT_RECALLED = Words(
    zh="打给老人的电话还没接通，已挂断：内容已过时",
    en="Call to the resident ended while it rang: what it says is out of date",
)
"""Of a responder's call it means that somebody answered; of a resident's it does not."""

NOT_TAKEN = {
    "no-answer": Words(zh="电话响了，无人接听", en="The phone rang, and nobody answered"),
    "busy": Words(zh="电话占线", en="The line was busy"),
}
"""What became of a call, by what the provider calls it."""

ERRORS = {
    ErrorClass.CONTACT: Words(zh="此号码不可用", en="this number does not work"),
    ErrorClass.CONFIGURATION: Words(zh="我方账户或号码设置有误", en="our account is set up wrong"),
    ErrorClass.BLOCKED: Words(zh="内容被拒绝", en="the content was refused"),
    ErrorClass.UNREACHABLE: Words(zh="关机或忙", en="phone off or busy"),
    ErrorClass.TRANSIENT: Words(zh="暂时故障", en="a fault for the moment"),
    ErrorClass.AMBIGUOUS: Words(zh="结果不明", en="outcome not known"),
    ErrorClass.EXPIRED: Words(zh="已过时", en="too old to send"),
}

ANSWERS = {
    Answer.GOING: Words(zh="我去", en="I am going"),
    Answer.ON_SCENE: Words(zh="我已到达", en="I am there"),
    Answer.CANNOT: Words(zh="我去不了", en="I cannot"),
    Answer.CLOSE: Words(zh="结束", en="it is over"),
    Answer.NOTE: Words(zh="备注", en="note"),
    Answer.ESCALATE: Words(zh="立即升级", en="escalate"),
    Answer.MISTAKE: Words(zh="是误报", en="it is a false alarm"),
    Answer.REPEAT: Words(zh="请再说一遍", en="please say it again"),
    Answer.WELL: Words(zh="没事", en="I am well"),
    Answer.HELP: Words(zh="需要帮助", en="I need help"),
    Answer.HEARD: Words(zh="收到演练", en="I heard the drill"),
}

PHRASES = {
    Phrase.RECEIVED: Words(zh="告诉老人：呼叫已收到", en="The resident is told: received"),
    Phrase.ALL_RIGHT: Words(zh="问老人：您没事吧", en="The resident is asked: are you all right"),
    Phrase.CALLING: Words(zh="告诉老人：正在找人", en="The resident is told: calling people"),
    Phrase.COMING: Words(zh="告诉老人：有人来了", en="The resident is told: somebody is coming"),
    Phrase.NOBODY_YET: Words(
        zh="告诉老人：还没人应答，仍在呼叫", en="The resident is told: nobody yet, still calling"
    ),
    Phrase.ON_SCENE: Words(zh="告诉老人：人已到", en="The resident is told: they are there"),
    Phrase.OVER: Words(zh="告诉老人：已结束", en="The resident is told: it is over"),
    Phrase.MEASURE_AGAIN: Words(zh="请老人再量一次", en="The resident is asked to measure again"),
    Phrase.CALL_BACK: Words(
        zh="回访老人：您没事吧", en="The resident is asked again: are you all right"
    ),
}

PRESENCE = {
    PresenceState.HOME: Words(zh="老人在家", en="The resident is at home"),
    PresenceState.AWAY: Words(zh="老人外出", en="The resident is away"),
    PresenceState.HOSPITAL: Words(zh="老人住院", en="The resident is in hospital"),
    PresenceState.PAUSED: Words(zh="暂停看护", en="Watching is paused"),
}

KINDS = {
    IncidentKind.EMERGENCY: Words(zh="呼救", en="emergency"),
    IncidentKind.FALL: Words(zh="跌倒", en="fall"),
    IncidentKind.INACTIVITY: Words(zh="久无活动", en="inactivity"),
    IncidentKind.HEALTH: Words(zh="健康", en="health"),
    IncidentKind.SAFETY: Words(zh="安全", en="safety"),
    IncidentKind.TECHNICAL: Words(zh="设备", en="technical"),
    IncidentKind.SERVICE: Words(zh="服务", en="service"),
    IncidentKind.VISIT: Words(zh="探访", en="visit"),
}
