"""Every English message: the source of all translations.

Names begin with what they are for: `sms`, `call` (said on the telephone), `home` (said to the
resident), `keys` (the menus of calls), `said` and `reply` (what is said, or texted, back); the
others are words that fill holes of these. How a template is written:
`alerting.delivery.templates`; which holes it may have: `alerting.delivery.lint`. Edit here,
then `python -m gateway.locale`.
"""
# ruff: noqa: E501 - a message is one line, as a translator sees it

from __future__ import annotations

_HINT = "[2|Reply 1 going, 2 there, 3 cannot. ][6|{mistake}][3|No. {number}. ][4|Desk {desk}. ]"
_CALL = "[2|Please call {desk}. ]"
_WHERE = "[5|{place}. ][7|{elder}. ]"
_SAID = "[1|The address is {place}. ]"

TEMPLATES: dict[str, str] = {
    # ---- texts: please do something
    "sms.alarm": "{signature} {level}: {code} {when} {short}. {act}" + _HINT + _WHERE,
    "sms.alarm.one_way": "{signature} {level}: {code} {when} {short}. {act}" + _CALL + _WHERE,
    "sms.escalated": "{signature} {level}: {code} {when} {short}. [1|{waited}]{act}"
    + _HINT
    + _WHERE,
    "sms.escalated.one_way": "{signature} {level}: {code} {when} {short}. [1|{waited}]{act}"
    + _CALL
    + _WHERE,
    "sms.more": "{signature} REPAIR: {code} {now} also: {short}. {act}" + _HINT,
    "sms.more.one_way": "{signature} REPAIR: {code} {now} also: {short}. {act}" + _CALL,
    "sms.again": "{signature} URGENT: {code} {now} again: {short}. Please hurry. " + _HINT + _WHERE,
    "sms.again.one_way": "{signature} URGENT: {code} {now} again: {short}. Please hurry. "
    + _CALL
    + _WHERE,
    "sms.claim_runs_out": "{signature}: {code} {when} {short}: are you still going? Reply 1 yes, 2 there, 3 cannot. [3|No. {number}. ]",
    "sms.claim_runs_out.one_way": "{signature}: {code} {when} {short}: are you still going? "
    + _CALL,
    "sms.still_there": "{signature}: {code} {when} {short}: you are there. [1|Still busy: reply 2. ][1|When done, tell the desk. ][4|Desk {desk}. ][3|No. {number}. ]",
    "sms.still_there.one_way": "{signature}: {code} {when} {short}: you are there. [1|When done, tell the desk. ][4|Desk {desk}. ][3|No. {number}. ]",
    "sms.confirm": "{signature}: {code} active again. Please make sure all is well, tell the desk. [4|Desk {desk}. ][3|No. {number}. ]",
    "sms.reinforce": "{signature} MORE HELP: {code} {when} {short}. [1|{who} has it. ]{act}"
    + _HINT
    + _WHERE,
    "sms.reinforce.one_way": "{signature} MORE HELP: {code} {when} {short}. [1|{who} has it. ]{act}"
    + _CALL
    + _WHERE,
    "sms.known": "{signature}: {code} {when} {short}: somebody has it. Please answer as well: 1 going, 3 cannot. [3|No. {number}. ]",
    "sms.known.one_way": "{signature}: {code} {when} {short}: somebody has it. Please confirm you know. "
    + _CALL,
    "sms.at_door": "{signature}: {code} {when} {short}: the door code was read in your name. If it was you, reply 2. [4|Desk {desk}. ][3|No. {number}. ]",
    "sms.at_door.one_way": "{signature}: {code} {when} {short}: the door code was read in your name. Was it you? Tell the desk. [4|Desk {desk}. ][3|No. {number}. ]",
    # ---- texts: news
    "sms.informed": "{signature}: {code} {when} {short}: people are asked to go. For your information; you need not go. [3|No. {number}. ]",
    "sms.coming": "{signature}: {code} {when} {short}: {who} is on it. You need not go. [3|No. {number}. ]",
    "sms.coming.desk": "{signature}: {code} {when} {short}: the desk is on it. You need not go. [3|No. {number}. ]",
    "sms.arrived": "{signature}: {code} {when} {short}: {who} is there. You need not go. [3|No. {number}. ]",
    "sms.arrived.somebody": "{signature}: {code} {when} {short}: somebody is there. You need not go. [3|No. {number}. ]",
    "sms.moving_again": "{signature}: {code} active again; somebody is asked to make sure. [3|No. {number}. ]",
    "sms.recovered": "{signature}: {code} devices work again. No need to go. [3|No. {number}. ]",
    "sms.over": "{signature}: {code} {when} {short}: closed, {outcome}. Thank you. [3|No. {number}. ]",
    # ---- texts: drills, which say so before anything else
    "sms.drill": "DRILL {signature}: this is the weekly test, no alarm, nobody is in danger. Please reply 1.",
    "sms.drill.one_way": "DRILL {signature}: this is the weekly test, no alarm, nobody is in danger. No reply needed.",
    # ---- calls: one idea to a sentence
    "call.alarm": "This is {signature}. Home {code}. At {time}, {short}. " + _SAID + "{act}",
    "call.escalated": "This is {signature}. Home {code}. At {time}, {short}. {waited}"
    + _SAID
    + "{act}",
    "call.more": "This is {signature}. Home {code}. At {time}, also, {short}. {act}",
    "call.again": "This is {signature}. Home {code}. Again, {short}. " + _SAID + "Please hurry.",
    "call.claim_runs_out": "This is {signature}. Home {code}. At {time}, {short}. You said that you are going. Are you still on your way?",
    "call.still_there": "This is {signature}. Home {code}. At {time}, {short}. You are there. When it is done, please tell the desk.",
    "call.confirm": "This is {signature}. Home {code} is active again. Please make sure that all is well. Then tell the desk.",
    "call.reinforce": "This is {signature}. Home {code}. At {time}, {short}. [1|{who} has it. ]More help is wanted. "
    + _SAID
    + "{act}",
    "call.known": "This is {signature}. Home {code}. At {time}, {short}. Somebody has it. Please answer as well, so that we know you know.",
    "call.at_door": "This is {signature}. Home {code}. At {time}, {short}. The code at the door was read in your name. Was it you?",
    "call.informed": "This is {signature}. Home {code}. At {time}, {short}. People are asked to go. For your information; you need not go. ",
    "call.coming": "This is {signature}. Home {code}: {who} is on it. You need not go. ",
    "call.coming.desk": "This is {signature}. Home {code}: the desk is on it. You need not go. ",
    "call.arrived": "This is {signature}. Home {code}: {who} is there. You need not go. ",
    "call.arrived.somebody": "This is {signature}. Home {code}: somebody is there. You need not go. ",
    "call.moving_again": "This is {signature}. {code} active again; somebody is asked to make sure. ",
    "call.recovered": "This is {signature}. {code} devices work again. No need to go. ",
    "call.over": "This is {signature}. Home {code}: closed, {outcome}. Thank you. ",
    "call.drill": "Drill. Drill. {signature}, the weekly test. This is no alarm, and nobody is in danger. ",
    # ---- said to the resident
    "home.received": "Your call was received.",
    "home.received.named": "{called}, your call was received.",
    "home.all_right": "Are you all right? Press “all right” if you are; else help is called.",
    "home.all_right.named": "{called}, are you all right? Press “all right” if you are; else help is called.",
    "home.calling": "We are calling your family and neighbours. Please stay calm.",
    "home.calling.leave": "Please leave the house. We are calling your family and neighbours.",
    "home.calling.leave.named": "{called}, please leave the house. We are calling your family and neighbours.",
    "home.coming": "{who} is on the way.",
    "home.coming.desk": "The duty desk is sending somebody.",
    "home.nobody_yet": "Nobody has answered yet. We go on calling.",
    "home.on_scene": "{who} is here.",
    "home.on_scene.somebody": "Your helper is here.",
    "home.over": "This call is closed. Press again whenever you need help.",
    "home.cancelled": "All right, cancelled; nobody was called. Press again whenever you need help.",
    "home.call_back": "You cancelled an alarm. Are you all right? Press “all right” if you are.",
    "home.call_back.named": "{called}, you cancelled an alarm. Are you all right? Press “all right” if you are.",
    "home.measure_again": "Please measure again.",
    "home.asked": "{ask}",
    "home.asked.named": "{called}, {ask}",
    "home.calling.who": "We are calling {who}. Please stay calm.",
    "home.nobody_yet.who": "Nobody has answered yet. We are calling {who}, and we go on calling.",
    "home.coming.within": "{who} is coming, within about {minutes} minutes.",
    "home.coming.who": "{who} is coming.",
    # ---- said to the resident by telephone; the keys follow
    "home.phone.hello": "[1|{called}, ]this is {signature}. ",
    "home.phone.fall": "[1|{called}, ]hello, this is {signature}. Something seems to have happened at home just now.",
    "home.phone.silence": "[1|{called}, ]hello, this is {signature}. We have not seen you about for a while.",
    "home.phone.cancelled": "[1|{called}, ]hello, this is {signature}. You cancelled an alarm just now, so we ask once more.",
    # ---- the keys of calls, and how to answer where none is heard
    "keys.alarm": "If you are going, press 1. If you are there, press 2. If you cannot go, press 3. If it is a false alarm, press 0. To hear this again, press 9.",
    "keys.question": "If you are well, press 1. If you need help, press 2. To hear this again, press 9.",
    "keys.question.none": "If you are well, press the button “all right” at home; without an answer we call help.",
    "keys.drill": "If you hear this, press 1. To hear it again, press 9.",
    "keys.told": "To hear this again, press 9.",
    "keys.by_text": "Please answer by text message: 1 if you are going, 2 if you are there, 3 if you cannot go.",
    "keys.by_ringing": "If you are going, you can also ring this number back and hang up.",
    "keys.next": "For the next one, press 5.",
    "keys.hotline": "{called}, for an emergency press 1, for a service press 2.",
    "keys.stranger": "If you need help urgently, press 1.",
    # ---- said in a call after a key, or without one
    "said.going": "Recorded: you are going. Thank you. When you are there, please text 2.",
    "said.also_going": "Recorded, thank you. Somebody else is already going; another pair of hands is welcome.",
    "said.on_scene": "Recorded: you are there. Thank you.",
    "said.cannot": "Recorded: you cannot go. We will call others.",
    "said.mistake": "Recorded: a false alarm. It is closed, and the others are told.",
    "said.well": "Good: you are well. Press the call button whenever you need help. Goodbye.",
    "said.help": "We have it, and are calling help now. Stay calm, and do not force yourself to get up.",
    "said.received": "We have your key. Thank you.",
    "said.wrong_key": "That key means nothing here.",
    "said.goodbye": "We received no key. We will go on calling others. Goodbye.",
    "said.goodbye.question": "We received no key. Somebody will come and look after you. Goodbye.",
    "said.goodbye.told": "Goodbye.",
    "said.hotline.emergency": "We have it. We are calling your family and the village. Please stay calm.",
    "said.hotline.service": "Your request is noted. If it is an emergency, press 1 now.",
    "said.stranger.emergency": "We have it. The duty staff will ring you back at once; please keep your line free.",
    "said.several": "{count} incidents wait for you. One is: ",
    "said.nothing_open": "Nothing is waiting for your answer now.",
    "said.not_found": "We cannot find this message. Please telephone the duty desk. Goodbye.",
    "said.withheld": "Your number is withheld, so we cannot ring you back.",
    "said.too_many": "Too many people are calling now. Please dial the duty desk, or 120 or 110.",
    "said.desk": "The duty desk's number is {desk}. ",
    # ---- texted back; the signature, and where something was recorded the home's code, come first
    "reply.going": "recorded: you are going. Reply 2 when there.",
    "reply.going.several": 'recorded: you are going. Reply "2 {code}" when there.',
    "reply.also_going": "recorded. Somebody is already going; you are welcome.",
    "reply.on_scene": "recorded: you are there. Thank you.",
    "reply.cannot": "recorded: you cannot go. We call others.",
    "reply.not_going": "recorded: you are not going. We call others.",
    "reply.mistake": "recorded: a false alarm. It is closed; the others are told.",
    "reply.recorded": "recorded. Thank you.",
    "reply.noted": "Your note is kept.",
    "reply.not_understood": "Sorry, we did not understand. Reply 1 if going, 2 if there, 3 if you cannot go, 0 if a false alarm.",
    "reply.nothing_open": "No message is waiting for your answer now.",
    "reply.enough": "Still not understood. Please call the desk[1|, {desk}], or press 1, 2 or 3 in our call.",
    # ---- words that fill holes
    "named.relation": "your {relation} {name}",
    "named.role": "{role} {name}",
    "role.relative": "your relative",
    "role.neighbour": "your neighbour",
    "role.grid_worker": "the grid worker",
    "role.village_doctor": "the village doctor",
    "role.village_cadre": "the village cadre",
    "role.helper": "your helper",
    "role.police": "the police officer",
    "role.town_desk": "the town's duty desk",
    "role.county_desk": "the county's duty desk",
    "mistake": "0 = false alarm. ",
    "level.high": "URGENT",
    "level.check": "PLEASE CHECK",
    "level.caller": "URGENT CALL",
    "level.inactivity": "PLEASE CHECK",
    "level.health": "PLEASE ASK",
    "level.technical": "REPAIR",
    "level.service": "TO DO",
    "level.visit": "VISIT",
    "act.go": "Please go there now. ",
    "act.check": "Please call or go and look. ",
    "act.call_now": "Please call now; if nobody answers, go there. ",
    "act.caller": "Please ring that number now. ",
    "act.inactivity": "Please look in soon. ",
    "act.health": "Please ask after them today. ",
    "act.safety": "Please go there now. ",
    "act.technical": "Please arrange a repair. ",
    "act.service": "Please see to it. ",
    "act.visit": "Please arrange the visit. ",
    "act.smoke": "Go there now; if it burns, call the fire service. ",
    "act.gas": "Go there now; touch no switch. ",
    "act.carbon_monoxide": "Go there now; open the windows. ",
    "act.water": "Please look in. ",
    "act.cold": "Please look in and see to the heating. ",
    "act.heat": "Please look in; bring water and shade. ",
    "waited.yet": "Nobody on the way yet. ",
    "waited.minutes": "Nobody on the way for {count} min. ",
    "waited.hours": "Nobody on the way for {count} h. ",
    "waited.call.yet": "Nobody on the way yet. ",
    "waited.call.minutes": "Nobody on the way for {count} min. ",
    "waited.call.hours": "Nobody on the way for {count} h. ",
    "outcome.safe": "all is well",
    "outcome.mistake": "a mistake, all is well",
    "outcome.needs_service": "service arranged",
    "outcome.hospital": "taken to hospital",
    "outcome.police": "police informed",
    "outcome.fire": "fire service informed",
    "outcome.device_fault": "a device fault",
    "outcome.test": "a test",
    "outcome.recovered": "recovered",
    "outcome.other": "dealt with",
    "short.emergency": "call for help",
    "short.fall": "possible fall",
    "short.inactivity": "no activity for long",
    "short.health": "unusual reading",
    "short.safety": "safety alarm",
    "short.technical": "device fault",
    "short.service": "service request",
    "short.visit": "visit",
    "time.minute": "{hh}:{mm}",
    "time.hour": "{hh}:{mm}",
    "time.day": "{month}-{dd} {time}",
    # ---- the language itself: whose facts it takes where it has no words of its own
    "base": "en",
}
