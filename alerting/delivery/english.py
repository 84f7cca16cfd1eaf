"""Every English sentence that goes out."""

from __future__ import annotations

from alerting.delivery.parts import Facts, Part
from alerting.events import Phrase
from alerting.household import IncidentKind
from alerting.incident import Outcome, Urgency
from alerting.orders import About

SHORT: dict[IncidentKind, str] = {
    IncidentKind.EMERGENCY: "call for help",
    IncidentKind.FALL: "possible fall",
    IncidentKind.INACTIVITY: "no activity for long",
    IncidentKind.HEALTH: "unusual reading",
    IncidentKind.SAFETY: "safety alarm",
    IncidentKind.TECHNICAL: "device fault",
    IncidentKind.SERVICE: "service request",
    IncidentKind.VISIT: "visit",
}
"""What happened, where the finding itself has no few words for it."""

_LEVEL: dict[IncidentKind, str] = {
    IncidentKind.INACTIVITY: "PLEASE CHECK",
    IncidentKind.HEALTH: "PLEASE ASK",
    IncidentKind.TECHNICAL: "REPAIR",
    IncidentKind.SERVICE: "TO DO",
    IncidentKind.VISIT: "VISIT",
}
_ACT: dict[IncidentKind, str] = {
    IncidentKind.INACTIVITY: "Please look in soon. ",
    IncidentKind.HEALTH: "Please ask after them today. ",
    IncidentKind.TECHNICAL: "Please arrange a repair. ",
    IncidentKind.SERVICE: "Please see to it. ",
    IncidentKind.VISIT: "Please arrange the visit. ",
}
_ACT_SAFETY: dict[str, str] = {
    "smoke": "Go there now; if it burns, call the fire service. ",
    "gas": "Go there now; touch no switch. ",
    "carbon_monoxide": "Go there now; open the windows. ",
    "water": "Please look in. ",
    "cold": "Please look in and see to the heating. ",
    "heat": "Please look in; bring water and shade. ",
}
_LEAVE = frozenset({"smoke", "gas", "carbon_monoxide"})
"""Hazards from which one leaves the house; out of the cold one does not."""
_OUTCOME: dict[Outcome, str] = {
    Outcome.SAFE: "all is well",
    Outcome.MISTAKE: "a mistake, all is well",
    Outcome.NEEDS_SERVICE: "service arranged",
    Outcome.HOSPITAL: "taken to hospital",
    Outcome.POLICE: "police informed",
    Outcome.FIRE: "fire service informed",
    Outcome.DEVICE_FAULT: "a device fault",
    Outcome.TEST: "a test",
    Outcome.RECOVERED: "recovered",
    Outcome.OTHER: "dealt with",
}
_HINT = "Reply 1 going, 2 there, 3 cannot. "


def sms(about: About, facts: Facts) -> list[Part]:
    """Return the text message in parts."""
    event = f"{facts.code} {facts.when} {facts.short}"
    number = Part(f"No. {facts.number}. ", 3)
    desk = Part(f"Desk {facts.desk}. " if facts.desk else "", 4)
    place = Part(f"{facts.place}. " if facts.place else "", 5)
    callback = Part(f"Please call {facts.desk}. " if facts.desk else "", 2)
    answer = [Part(_HINT, 2), number, desk] if facts.can_reply else [callback]
    head = f"{facts.signature}: "
    match about:
        case About.ALARM:
            return [
                Part(f"{facts.signature} {_level(facts)}: {event}. {_act(facts)}"),
                *answer,
                place,
            ]
        case About.ESCALATED:
            waited = Part(f"Nobody on the way{_waited(facts.minutes)}. ", 1)
            said = Part(f"{facts.signature} {_level(facts)}: {event}. ")
            return [said, waited, Part(_act(facts)), *answer, place]
        case About.MORE | About.WORSE:
            more = f"{facts.signature} REPAIR: {facts.code} {facts.now} also: {facts.short}. "
            return [Part(f"{more}{_act(facts)}"), *answer]
        case About.AGAIN:
            again = f"{facts.signature} URGENT: {facts.code} {facts.now} again: {facts.short}. "
            return [Part(f"{again}Please hurry. "), *answer, place]
        case About.CLAIM_RUNS_OUT if facts.can_reply:
            asks = f"{head}{event}: are you still going? Reply 1 yes, 2 there, 3 cannot. "
            return [Part(asks), number]
        case About.CLAIM_RUNS_OUT:
            return [Part(f"{head}{event}: are you still going? "), callback]
        case About.STILL_THERE:
            still = [Part("Still busy: reply 2. ", 1)] if facts.can_reply else []
            return [
                Part(f"{head}{event}: you are there. "),
                *still,
                Part("When done, tell the desk. ", 1),
                desk,
                number,
            ]
        case About.CONFIRM:
            asks = f"{head}{facts.code} active again. Please make sure all is well, tell the desk. "
            return [Part(asks), desk, number]
        case _:
            return [Part(f"{head}{_news(about, facts, event)}"), number]


def _news(about: About, facts: Facts, event: str) -> str:
    match about:
        case About.COMING:
            return f"{event}: {facts.who or 'the desk'} is on it. You need not go. "
        case About.ARRIVED:
            return f"{event}: {facts.who or 'somebody'} is there. You need not go. "
        case About.MOVING_AGAIN:
            return f"{facts.code} active again; somebody is asked to make sure. "
        case About.RECOVERED:
            return f"{facts.code} devices work again. No need to go. "
        case _:
            return f"{event}: closed, {_OUTCOME[facts.outcome or Outcome.OTHER]}. Thank you. "


def spoken(about: About, facts: Facts) -> str:
    """Return what the telephone says: one idea to a sentence."""
    this = f"This is {facts.signature}. "
    event = f"Home {facts.code}. At {facts.when}, {facts.short}. "
    where = f"The address is {facts.place}. " if facts.place else ""
    match about:
        case About.ALARM:
            said = f"{this}{event}{where}{_act(facts)}"
        case About.ESCALATED:
            waited = f"Nobody on the way{_waited(facts.minutes)}. "
            said = f"{this}{event}{waited}{where}{_act(facts)}"
        case About.MORE | About.WORSE:
            said = f"{this}Home {facts.code}. At {facts.now}, also, {facts.short}. {_act(facts)}"
        case About.AGAIN:
            said = f"{this}Home {facts.code}. Again, {facts.short}. {where}Please hurry."
        case About.CLAIM_RUNS_OUT:
            said = f"{this}{event}You said that you are going. Are you still on your way?"
        case About.STILL_THERE:
            said = f"{this}{event}You are there. When it is done, please tell the desk."
        case About.CONFIRM:
            said = (
                f"{this}Home {facts.code} is active again. "
                "Please make sure that all is well. Then tell the desk."
            )
        case _:
            said = f"{this}{_news(about, facts, f'Home {facts.code}')}"
    return said.strip()


def prompt(phrase: Phrase, kind: IncidentKind, group: str, called: str, who: str) -> str:
    """Return what the resident hears at home."""
    dear = f"{called}, " if called else ""
    match phrase:
        case Phrase.RECEIVED:
            return f"{dear}your call was received." if dear else "Your call was received."
        case Phrase.ALL_RIGHT:
            asks = "are you all right? Press “all right” if you are; else help is called."
            return f"{dear}{asks}" if dear else asks[0].upper() + asks[1:]
        case Phrase.CALLING if kind is IncidentKind.SAFETY and group in _LEAVE:
            leave = f"{dear}please leave the house." if dear else "Please leave the house."
            return f"{leave} We are calling your family and neighbours."
        case Phrase.CALLING:
            return "We are calling your family and neighbours. Please stay calm."
        case Phrase.COMING:
            return f"{who} is on the way." if who else "The duty desk is sending somebody."
        case Phrase.NOBODY_YET:
            return "Nobody has answered yet. We go on calling."
        case Phrase.ON_SCENE:
            return f"{who} is here." if who else "Your helper is here."
        case Phrase.OVER:
            return "This call is closed. Press again whenever you need help."
        case Phrase.MEASURE_AGAIN:
            return "Please measure again."
        case Phrase.CALL_BACK:
            return f"{dear}you cancelled an alarm. Are you all right? Press “all right” if you are."


def _level(facts: Facts) -> str:
    if facts.kind in _LEVEL and not _is_call_back(facts):
        return _LEVEL[facts.kind]
    return "URGENT" if facts.urgency is Urgency.HIGH else "PLEASE CHECK"


def _is_call_back(facts: Facts) -> bool:
    """Vital signs that cannot wait: first of all somebody calls."""
    return facts.kind is IncidentKind.HEALTH and facts.urgency is Urgency.HIGH


def _act(facts: Facts) -> str:
    if facts.group in _ACT_SAFETY:
        return _ACT_SAFETY[facts.group]
    if _is_call_back(facts):
        return "Please call now; if nobody answers, go there. "
    if facts.kind in _ACT:
        return _ACT[facts.kind]
    is_high = facts.urgency is Urgency.HIGH
    return "Please go there now. " if is_high else "Please call or go and look. "


def _waited(minutes: int) -> str:
    """Return for how long nobody has had it; nothing is said of less than a minute."""
    if not minutes:
        return " yet"
    return f" for {minutes} min" if minutes < 120 else f" for {minutes // 60} h"
