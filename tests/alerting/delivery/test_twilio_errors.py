"""The whole error policy: every code the project names, by what it asks of us."""

from __future__ import annotations

import pytest

from alerting.delivery.channels.twilio_errors import BAD_CALLBACK, CODES, by_answer, by_code
from alerting.events import ErrorClass

POLICY: dict[ErrorClass, tuple[int, ...]] = {
    ErrorClass.CONTACT: (21211, 21614, 21610, 21635, 30006, 30005, 21268),
    ErrorClass.CONFIGURATION: (
        *(20003, 20404, 21408, 21606, 21612, 21617, 30002, 30024, 30034, 60220),
        *(11100, 21609),
    ),
    ErrorClass.BLOCKED: (30004, 30007, 32017),
    ErrorClass.UNREACHABLE: (30003, 32203),
    ErrorClass.TRANSIENT: (20429, 20500, 30001, 30500, 30008, 30410, 60005),
}
ADDED: dict[ErrorClass, tuple[int, ...]] = {
    ErrorClass.CONTACT: (13224, 21217),
    ErrorClass.EXPIRED: (30036,),
}
"""What the table has beyond the policy."""
ALL = [(kind, code) for table in (POLICY, ADDED) for kind, codes in table.items() for code in codes]


@pytest.mark.parametrize(("kind", "code"), ALL)
def test_a_code_asks_of_us_what_the_policy_says(kind: ErrorClass, code: int) -> None:
    assert by_code(code) is kind
    assert by_code(str(code)) is kind
    assert by_answer(400, code, readable=True) is kind


def test_the_table_has_these_codes_and_no_other() -> None:
    assert {code for _, code in ALL} == set(CODES)
    assert set(POLICY[ErrorClass.CONFIGURATION]) >= BAD_CALLBACK


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (29999, ErrorClass.CONFIGURATION),
        (21215, ErrorClass.CONFIGURATION),
        (39999, ErrorClass.UNREACHABLE),
        (0, ErrorClass.UNREACHABLE),
        ("what", ErrorClass.UNREACHABLE),
    ],
)
def test_a_code_nobody_knows_is_judged_by_its_range(code: int | str, kind: ErrorClass) -> None:
    assert by_code(code) is kind


@pytest.mark.parametrize(
    ("status", "readable", "kind"),
    [
        (429, True, ErrorClass.TRANSIENT),
        (500, True, ErrorClass.TRANSIENT),
        (503, False, ErrorClass.TRANSIENT),
        (502, False, ErrorClass.AMBIGUOUS),
        (404, False, ErrorClass.CONFIGURATION),
    ],
)
def test_an_answer_without_a_code_is_judged_by_its_status(
    status: int, readable: bool, kind: ErrorClass
) -> None:
    assert by_answer(status, 0, readable) is kind
