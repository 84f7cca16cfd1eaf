"""What is counted at the door, as the technical page names it: Chinese and English."""

from __future__ import annotations

_ZH = {
    "accelerometer batches": "加速度批次",
    "SIM memory not read": "SIM 卡短信读不出",
    "bad payload": "读不懂的消息",
    "bad text": "读不懂的短信",
    "balance not asked": "余额查询发不出",
    "blind wearable": "穿戴设备丢失批次",
    "carrier's text not understood": "运营商短信看不懂",
    "clock jump": "时钟跳变",
    "door code": "门口扫码",
    "door code that is not ours": "伪造的门口二维码",
    "door code, unknown number": "门口扫码，号码不在名单",
    "engine failed": "判断出错",
    "flaw": "设备数据有问题",
    "flood": "泛滥",
    "forged webhook": "伪造回调",
    "held too long": "积压太多",
    "incomplete text": "不完整的短信",
    "ingest failed": "接收出错",
    "call from a stranger": "陌生人来电",
    "key press not placed": "按键对不上来电",
    "late": "程序停顿",
    "late batch": "迟到的批次",
    "late wearable": "穿戴设备补传",
    "messages missing": "缺少的消息",
    "not acted upon": "未处理",
    "paused": "暂停接收",
    "repeated batch": "重复的批次",
    "ping of a stranger": "陌生网关的信号",
    "reply from a stranger": "陌生人回复",
    "reply met an error of ours": "处理回复时出错",
    "reply not answered": "回复未作答",
    "reply not understood": "回复看不懂",
    "report not read": "短信回执读不出",
    "report of nothing": "短信回执对不上",
    "retained batch": "保留的批次",
    "retained press": "保留的呼叫",
    "sequence gap": "序号缺口",
    "too long": "消息太长",
    "too many unknown callers": "陌生来电求助太多",
    "unknown household": "未知住户",
    "unknown topic": "未知主题",
    "unwritable entry": "写不进的记录",
    "wearable blind seconds": "穿戴设备盲区秒数",
    "webhook not understood": "回调看不懂",
}


def in_both(what: str) -> str:
    """Return the name of what is counted in both languages; an unknown one as it is."""
    zh = _ZH.get(what)
    return what if zh is None else f"{zh} / {what}"
