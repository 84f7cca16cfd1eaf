"""The configuration file, from text to records, and everything that can be wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from alerting.household import IncidentKind, Role
from gateway.config import GATEWAY_HOUSEHOLD, GATEWAY_PARTS, ConfigError, Settings, load

DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"

WHOLE = """
language = "en"

[broker]
kind = "mosquitto"

[desk]
phone = "023-12345678"

[twilio]
account_sid = "AC00000000000000000000000000000001"
auth_token = "a-secret"
from = "+14155550100"

[[responder]]
id = "son"
name = "Li Qiang"
role = "relative"
phone = "+14155550101"

[[responder]]
id = "fitter"
name = "He"
role = "technician"
phone = "+14155550102"
channels = ["sms"]

[[policy]]
id = "need"
kinds = ["emergency", "fall"]

[[policy.step]]
tier = "family"
who = ["relative"]
wait = "60s"

[[policy]]
id = "repair"
kinds = ["technical"]
channels = ["sms"]
quiet = ["21:00", "08:00"]

[[policy.step]]
tier = "repair"
who = ["technician"]
wait = "4h"

[[household]]
id = "h1"
code = "A1"
name = "Li"
residents = [{ name = "Li Dashan", called = "Grandpa Li" }]
team = { relative = ["son"], technician = ["fitter"] }

[[household.device]]
id = "h1-sos"
profile = "z2m-sos"
role = "call_button"
topic = "zigbee2mqtt/sos"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return file


def loaded(folder: Path, text: str, **environment: str) -> Settings:
    return load(written(folder, text), environment)


def wrong(folder: Path, text: str, **environment: str) -> list[str]:
    """Return the problems of a configuration, in English."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, **environment)
    for problem in caught.value.problems:
        assert problem.words.zh != problem.words.en, f"only one language: {problem}"
    return [problem.said("en") for problem in caught.value.problems]


def changed(before: str, after: str) -> str:
    assert before in WHOLE, before
    return WHOLE.replace(before, after, 1)


def test_the_village_of_the_demo_is_correct() -> None:
    settings = load(DEMO, {})
    assert len(settings.households) == 7
    assert settings.warnings == ()
    home = settings.households["h1"]
    assert home.devices["h1-door"].role is Role.ENTRANCE
    assert [step.tier for step in home.policy(IncidentKind.FALL).steps] == [
        "家庭",
        "村",
        "镇",
        "县",
    ]
    first = home.policy(IncidentKind.EMERGENCY).steps[0]
    assert [person.id for person in first.responders] == ["wang-daughter", "wang-neighbour"]
    assert first.wait == timedelta(seconds=60)


def test_records_take_what_the_file_says(tmp_path: Path) -> None:
    settings = loaded(tmp_path, WHOLE)
    home = settings.households["h1"]
    assert home.residents[0].called == "Grandpa Li"
    assert home.language == "en"
    assert home.desk_phone == "023-12345678"
    assert home.policy(IncidentKind.TECHNICAL).quiet == ("21:00", "08:00")
    assert settings.responders["son"].language == "en"
    assert settings.twilio is not None
    assert settings.twilio.auth_token == "a-secret"


def test_a_role_may_have_its_own_longest_silence(tmp_path: Path) -> None:
    text = changed("[broker]", "[supervision]\nlongest_silence = { call_button = '2h' }\n[broker]")
    (home, *_) = loaded(tmp_path, text).households.values()
    beats = {
        id: device.heartbeat for id, device in home.devices.items() if device.role == "call_button"
    }
    assert set(beats.values()) == {timedelta(hours=2)}
    own = changed('profile = "z2m-sos"', 'profile = "z2m-sos"\nheartbeat = "3h"')
    own = own.replace(
        "[broker]", "[supervision]\nlongest_silence = { call_button = '2h' }\n[broker]"
    )
    (home, *_) = loaded(tmp_path, own).households.values()
    assert home.devices["h1-sos"].heartbeat == timedelta(hours=3), "the device's own goes first"


def test_a_home_care_bed_needs_a_mattress(tmp_path: Path) -> None:
    text = changed('code = "A1"', 'code = "A1"\ncare_bed = true\ncold_below = 10')
    settings = loaded(tmp_path, text)
    home = settings.households["h1"]
    assert (home.care_bed, home.cold_below, home.heat_above) == (True, 10.0, 35.0)
    assert any(w.where == "household[h1].care_bed" for w in settings.warnings)


def test_the_gateway_is_a_household_whose_parts_can_break(tmp_path: Path) -> None:
    home = loaded(tmp_path, WHOLE).households[GATEWAY_HOUSEHOLD]
    assert tuple(home.devices) == GATEWAY_PARTS
    assert all(device.role is Role.GATEWAY for device in home.devices.values())
    policy = home.policy(IncidentKind.TECHNICAL)
    assert [person.id for person in policy.responders] == ["fitter"]
    assert policy.quiet is None, "a blind gateway does not wait for the morning"


def test_the_gateway_may_have_a_team_of_its_own(tmp_path: Path) -> None:
    own = '[gateway]\nid = "village-3"\nteam = { technician = ["son"] }\n\n[broker]'
    home = loaded(tmp_path, changed("[broker]", own)).households[GATEWAY_HOUSEHOLD]
    assert home.code == "village-3"
    assert [p.id for p in home.policy(IncidentKind.TECHNICAL).responders] == ["son"]


def test_secrets_are_in_no_repr(tmp_path: Path) -> None:
    text = changed('kind = "mosquitto"', 'kind = "mosquitto"\nusername = "g"\npassword = "hush"')
    shown = repr(loaded(tmp_path, text))
    assert "a-secret" not in shown
    assert "hush" not in shown


def test_all_problems_come_at_once_with_place_and_remedy(tmp_path: Path) -> None:
    text = (
        WHOLE.replace('wait = "60s"', 'wait = "5 mins"')
        .replace('"z2m-sos"', '"z2m-soss"')
        .replace('role = "call_button"', 'role = "call_buton"')
        .replace('phone = "+14155550102"', 'phone = "13800000006"')
        .replace('language = "en"', 'langage = "en"\nzone = "Asia/Shangai"')
    )
    assert wrong(tmp_path, text) == [
        "zone: there is no time zone \"Asia/Shangai\"; did you mean 'Asia/Shanghai'?",
        "langage: no such setting; did you mean 'language'?",
        'responder[fitter].phone: "13800000006" is not a number in international form '
        '(+, country, number); did you mean "+8613800000006"?',
        'policy[need].step[#1].wait: "5 mins" is not a duration; write "5m"',
        "household[h1].device[h1-sos].role: \"call_buton\" is unknown; did you mean 'call_button'?",
        "household[h1].device[h1-sos].profile: "
        "profile \"z2m-soss\" is unknown; did you mean 'z2m-sos'?",
    ]


def test_a_fault_in_a_table_hides_no_fault_across_the_file(tmp_path: Path) -> None:
    home = WHOLE[WHOLE.index("[[household]]") :].replace('id = "h1"', 'id = "gateway"')
    text = (
        (WHOLE + home.replace("residents = ", "residence = "))
        .replace('id = "fitter"', 'id = "son"')
        .replace('language = "en"', 'language = "fr"')
        .replace('listen = ":1883"', 'listen = "127.0.0.1:8470"\nqos = 2')
        .replace('who = ["relative"]', 'who = ["relativ"]\nweight = 1')
    )
    found = {line.split(":")[0] for line in wrong(tmp_path, text)}
    assert found >= {
        "language",
        "responder[#2].id",
        "policy[need].step[#1].weight",
        "household[gateway].residence",
        "household[gateway].residents",
        "household[gateway].id",
        "household[gateway].code",
        "household[h1].team",
        "household[gateway].team",
    }
    assert not any("is empty" in line for line in wrong(tmp_path, text)), "said twice"


def test_what_is_missing_is_said_with_how_it_is_written(tmp_path: Path) -> None:
    (said,) = wrong(tmp_path, changed('code = "A1"\n', ""))
    assert said == 'household[h1].code: is missing; e.g. code = "A1001"'


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"z2m-sos"', '"z2m-soss"', "profile \"z2m-soss\" is unknown; did you mean 'z2m-sos'?"),
        ('topic = "zigbee2mqtt/sos"', "", "device[h1-sos].topic: is missing"),
        ('topic = "zigbee2mqtt/sos"', 'topic = "zigbee2mqtt/#"', "is not a device's topic"),
        ('topic = "zigbee2mqtt/sos"', 'topic = "z/s"\nspeaks = true', "takes no prompts"),
        ('topic = "zigbee2mqtt/sos"', 'topic = "z/s"\nworn = "ankle"', "write 'waist' (or neck)"),
        ('topic = "zigbee2mqtt/sos"', 'topic = "z/s"\nworn = "wrist"', "the role 'wearable' only"),
        ('id = "h1"', 'id = "h 1"', '"h 1" cannot be an id'),
        ('id = "h1"', 'id = "gateway"', "is kept for the gateway's own faults"),
        ('id = "h1"', 'id = "selftest"', "is kept for the broker's self-test"),
        ('id = "fitter"', 'id = "son"', "is already used at responder[son].id"),
        ('"+14155550102"', '"+14155550101"', "is already used at responder[son].phone"),
        ('relative = ["son"]', 'relative = ["sun"]', "no [[responder]] 'sun'; did you mean 'son'?"),
        (
            'who = ["relative"]',
            'who = ["relativ"]',
            "reaches nobody here: there is no relativ",
        ),
        ('who = ["relative"]', 'who = "relative"', 'put it in brackets: ["relative"]'),
        ('who = ["relative"]', "who = []", "is empty; write roles"),
        ('wait = "60s"', "wait = 60", '60 is not a duration; write "60s" or "60m" or "60h"'),
        ('wait = "60s"', 'wait = "0s"', "is out of range"),
        ('kinds = ["emergency", "fall"]', 'kinds = ["fall"]', "nobody would be told of a press"),
        ('kinds = ["emergency", "fall"]', 'kinds = ["emergency", "technical"]', "one [[policy]]"),
        ('kinds = ["technical"]', 'kinds = ["technical", "safety"]', "may not hold back safety"),
        ('channels = ["sms"]\nquiet', 'channels = ["voice"]\nquiet', "takes sms only"),
        ('quiet = ["21:00", "08:00"]', 'quiet = ["21:00"]', "is not two times"),
        ('quiet = ["21:00", "08:00"]', 'quiet = ["21:00", "8"]', "is not a time of day"),
        ('"+14155550101"', '"+8613800000006"', 'no calls there; write channels = ["sms"]'),
        ('residents = [{ name = "Li Dashan", called = "Grandpa Li" }]', "residents = []", "e.g."),
        ('code = "A1"', "", "household[h1].code: is missing"),
        ('kind = "mosquitto"', 'kind = "mosquito"', "did you mean 'mosquitto'?"),
        ('kind = "mosquitto"', 'listen = "1883"', 'write "127.0.0.1:8470"'),
        ('kind = "mosquitto"', 'url = "mqtt://u:pass@x"', "settings of their own"),
        ('kind = "mosquitto"', 'url = "http://x"', "is not a broker's address"),
        (
            'kind = "mosquitto"',
            'url = "mqtt://x"\nusername = "u"',
            "write password or password_file",
        ),
        ('kind = "mosquitto"', "in_flight_max = 0", "is not a whole number above 0"),
        ('kind = "mosquitto"', "in_flight_max = true", "is not a whole number above 0"),
        ("[desk]", "[store]\nkeep_days = 1_000_000\n[desk]", "store.keep_days: 1000000 is more"),
        ("[desk]", "[store]\nkeep_records_days = 99_999\n[desk]", "write 36500 for ever"),
        ('kind = "mosquitto"', 'kind = "nats"\nprotocol = "5"', "MQTT 3.1.1 only"),
        ('kind = "mosquitto"', 'kind = "nats"\nlisten = ":1883"', "serves this machine only"),
        ('kind = "mosquitto"', 'listen = "127.0.0.1:8470"', "already used at broker.listen"),
        ('"AC00000000000000000000000000000001"', '"AC1"', "expected AC and 32 of 0-9a-f"),
        ('auth_token = "a-secret"', "", "write auth_token or auth_token_file"),
        ('auth_token = "a-secret"', 'auth_token = ""', "write auth_token or auth_token_file"),
        ('auth_token = "a-secret"', "auth_token = 5", "5 is not text"),
        (
            'auth_token = "a-secret"',
            'auth_token = "x"\nbase_url = "http://a.b"',
            "secrets in clear",
        ),
        ('[broker]\nkind = "mosquitto"', "broker = 3", "3 is not a table"),
        ('id = "h1"', 'id = "h1"\nfalse_alarms_per_month = 0', "0 is not how often a month"),
        ('id = "h1"', 'id = "h1"\nfalse_alarms_per_month = "1"', "write a number from 0.1 to 30"),
        ('phone = "023-12345678"', 'phone = "a\\u0000b"', "has control characters"),
        (
            'called = "Grandpa Li"',
            "limits = { spo2_verylow = 88 }",
            "there is no such limit; did you mean 'spo2_very_low'?",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { spo2_very_low = 8 }",
            "residents[#1].limits.spo2_very_low: 8 is impossible; expected 50 to 100 %",
        ),
        (
            'called = "Grandpa Li"',
            'limits = { spo2_very_low = "88" }',
            "is not a number; write 88 or 38.5",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { glucose_low = 70 }",
            "70 is impossible; expected 0.5 to 60 mmol/L",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { heart_rate_very_low = 60 }",
            "heart_rate_very_low (60) must be below heart_rate_low (50)",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { heart_rate_high = 140 }",
            "heart_rate_high (140) must be below heart_rate_very_high (131)",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { blood_pressure_very_high_diastolic = 300 }",
            "expected 15 to 220 mmHg",
        ),
        (
            'called = "Grandpa Li"',
            "limits = { news2_single = 40 }",
            "40 is impossible; expected 1 to 21",
        ),
        (
            'called = "Grandpa Li"',
            "spo2_scale = 3",
            "expected 1, or 2 as a doctor decided",
        ),
        ('topic = "zigbee2mqtt/sos"', 'topic = "z/s"\nresident = "Li"', "does not live here"),
        (
            'profile = "z2m-sos"\nrole = "call_button"\ntopic = "zigbee2mqtt/sos"',
            'profile = "esphome"\nrole = "call_button"',
            "write the node's topic_prefix",
        ),
        ('code = "A1"', 'code = "A1"\ncold_below = "12"', "is not a room's temperature"),
        ('code = "A1"', 'code = "A1"\ncold_below = 40', "40 is not below heat_above, 35"),
        ('code = "A1"', 'code = "A1"\nheat_above = 99', "write degrees Celsius, -40 to 60"),
        ("[broker]", "[supervision]\nlongest_silence = { buton = '2h' }\n[broker]", "is unknown"),
        ("[broker]", "[supervision]\nlongest_silence = { bed = 2 }\n[broker]", "not a duration"),
        (
            "[broker]",
            "[supervision]\nlongest_silence = { gateway = '2h' }\n[broker]",
            "the gateway's own parts, which have no heartbeat",
        ),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, before: str, after: str, said: str) -> None:
    found = wrong(tmp_path, changed(before, after))
    assert any(said in line for line in found), found


def test_two_households_may_not_share_what_leads_back_to_one(tmp_path: Path) -> None:
    home = WHOLE[WHOLE.index("[[household]]") :]
    found = wrong(tmp_path, WHOLE + home)
    assert [line.split(":")[0] for line in found] == [
        "household[#2].id",
        "household[#2].code",
        "household[#2].device[h1-sos].id",
        "household[#2].device[h1-sos].topic",
    ]


def test_nats_cannot_carry_a_topic_with_a_space(tmp_path: Path) -> None:
    text = changed('kind = "mosquitto"', 'kind = "nats"').replace("zigbee2mqtt/sos", "z/my sos")
    assert any("has a space" in line for line in wrong(tmp_path, text))
    assert loaded(tmp_path, text.replace('"nats"', '"mosquitto"'))


def test_what_is_doubtful_becomes_a_warning(tmp_path: Path) -> None:
    text = (
        changed('phone = "023-12345678"', 'listen = "0.0.0.0:8470"')
        .replace('kinds = ["technical"]', 'kinds = ["service"]')
        .replace('role = "call_button"', 'role = "motion"')
        .replace('technician = ["fitter"]', 'technician = ["fitter"], neighbor = ["son"]')
        .replace("+14155550101", "+8613800000006")
        .replace('phone = "+8613800000006"', 'phone = "+8613800000006"\nchannels = ["sms"]')
    )
    said = "\n".join(warning.said("en") for warning in loaded(tmp_path, text).warnings)
    assert "desk.listen: the desk is open to the network without https" in said
    assert "desk.phone: is missing" in said
    assert "household[h1]: has no call button" in said
    assert "household[h1].team.neighbor: no [[policy.step]] tells this role" in said
    assert "only the desk can confirm" in said


def test_without_a_provider_only_the_desk_is_told(tmp_path: Path) -> None:
    start, end = WHOLE.index("[twilio]"), WHOLE.index("[[responder]]")
    settings = loaded(tmp_path, WHOLE[:start] + WHOLE[end:])
    assert settings.twilio is None
    assert any("except at the desk" in warning.said("en") for warning in settings.warnings)


def test_a_person_in_no_team_is_pointed_out(tmp_path: Path) -> None:
    text = WHOLE + '\n[[responder]]\nid = "x"\nname = "X"\nrole = "y"\nphone = "+14155550109"\n'
    assert [w.said("en") for w in loaded(tmp_path, text).warnings] == [
        "responder[x]: is in no team: is never told"
    ]


class TestTheFileItself:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="there is no such file"):
            load(tmp_path / "none.toml")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="is a folder"):
            load(tmp_path)

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (WHOLE.encode("utf-16"), "looks like UTF-16"),
            ('language = "zh"\nsignature = "关爱"\n'.encode("gb18030"), "line 2 is not UTF-8"),
            (b"language = zh", "is not valid TOML"),
            (b"\x00", "is not UTF-8 text"),
            (b"#" * 8_000_001, "at most 8000000"),
        ],
    )
    def test_not_ours_to_read(self, tmp_path: Path, content: bytes, said: str) -> None:
        file = tmp_path / "gateway.toml"
        file.write_bytes(content)
        with pytest.raises(ConfigError, match=said):
            load(file)

    def test_a_byte_order_mark_does_no_harm(self, tmp_path: Path) -> None:
        file = tmp_path / "gateway.toml"
        file.write_bytes(b"\xef\xbb\xbf" + WHOLE.encode())
        assert load(file, {})

    def test_an_empty_file_says_what_is_needed(self, tmp_path: Path) -> None:
        assert wrong(tmp_path, "") == [
            "household: there is none; write at least one [[household]]",
        ]

    def test_lists_that_are_none(self, tmp_path: Path) -> None:
        found = wrong(tmp_path, 'responder = 1\npolicy = ["a"]\nhousehold = {}\n')
        assert found[:3] == [
            "responder: is not a list of tables; begin each with [[responder]]",
            'policy[#1]: "a" is not a table; expected lines of name = value',
            "household: is not a list of tables; begin each with [[household]]",
        ]

    def test_every_problem_is_said_in_chinese_too(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError) as caught:
            loaded(tmp_path, changed('wait = "60s"', 'wait = "5 分钟"'))
        assert caught.value.said("zh").splitlines()[1:] == [
            '  policy[need].step[#1].wait: "5 分钟" 不是时长；写法如 "5m"'
        ]


class TestSecrets:
    WITHOUT = changed('auth_token = "a-secret"', 'auth_token_file = "token"')

    def test_from_a_file_beside_the_configuration(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("  from-a-file\n")
        file.chmod(0o600)
        settings = loaded(tmp_path, self.WITHOUT)
        assert settings.twilio is not None
        assert settings.twilio.auth_token == "from-a-file"
        assert settings.warnings == ()

    def test_a_file_everybody_can_read_is_pointed_out(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("from-a-file")
        file.chmod(0o644)
        assert any("chmod 600" in w.said("en") for w in loaded(tmp_path, self.WITHOUT).warnings)

    def test_handed_over_by_systemd(self, tmp_path: Path) -> None:
        credentials = tmp_path / "credentials"
        credentials.mkdir()
        for name in ("twilio-auth-token", "broker-password"):
            (credentials / name).write_text(f"{name}-of-systemd\n")
            (credentials / name).chmod(0o400)
        text = changed('auth_token = "a-secret"\n', "")
        settings = loaded(tmp_path, text, CREDENTIALS_DIRECTORY=str(credentials))
        assert settings.twilio is not None
        assert settings.twilio.auth_token == "twilio-auth-token-of-systemd"
        assert settings.broker.password == "broker-password-of-systemd"

    @pytest.mark.parametrize(
        ("content", "said"),
        [(None, "cannot read"), ("", "is empty"), ("x" * 5000, "is too big for a secret")],
    )
    def test_a_file_that_holds_no_secret(
        self, tmp_path: Path, content: str | None, said: str
    ) -> None:
        if content is not None:
            (tmp_path / "token").write_text(content)
        found = wrong(tmp_path, self.WITHOUT)
        assert len(found) == 1
        assert said in found[0]

    def test_given_twice(self, tmp_path: Path) -> None:
        text = changed('auth_token = "a-secret"', 'auth_token = "a"\nauth_token_file = "b"')
        assert wrong(tmp_path, text) == [
            "twilio.auth_token: is given twice; keep either this or the _file setting"
        ]


LITERALS = (
    *("1", "-1", "0", "1.5", "nan", "true", "1979-05-27T07:32:00Z", "07:32:00", "{}", "[]"),
    *('""', '"x"', '" "', '"关爱"', "[1]", '["x"]', "[[]]", "[{}]", "{ x = 1 }"),
    f'"{"x" * 500}"',
)


def test_no_value_of_any_type_anywhere_is_more_than_a_problem(tmp_path: Path) -> None:
    """Every setting is given values of every type: the file is used, or refused in words."""
    lines = WHOLE.splitlines()
    refused: list[ConfigError] = []
    for number, line in enumerate(lines):
        name, equals, _ = line.partition(" = ")
        for literal in LITERALS if equals else ():
            text = "\n".join([*lines[:number], f"{name} = {literal}", *lines[number + 1 :]])
            try:
                loaded(tmp_path, text)
            except ConfigError as error:
                refused.append(error)
    assert len(refused) > len(lines) * 5
    for refusal in refused:
        assert refusal.said("zh") != refusal.said("en")
        for problem in refusal.problems:
            assert 0 < len(problem.said("en")) < 400, problem


@pytest.mark.parametrize("section", ["gateway", "broker", "desk", "twilio", "store"])
@pytest.mark.parametrize("literal", ["1", '"x"', "[]", "[1]", "true"])
def test_a_table_that_is_none_is_a_problem(tmp_path: Path, section: str, literal: str) -> None:
    start = WHOLE.find(f"[{section}]")
    end = WHOLE.find("\n[", start)
    text = WHOLE if start < 0 else WHOLE[:start] + WHOLE[end:]
    found = wrong(tmp_path, f"{section} = {literal}\n{text}")
    assert any(f"{section}:" in line for line in found)


def test_limits_and_owners_reach_the_household(tmp_path: Path) -> None:
    limits = "limits = { spo2_low = 90, spo2_very_low = 86.5 }"
    own = f'{{ name = "Li Dashan", {limits}, spo2_scale = 2, on_oxygen = true }}'
    text = changed(
        'residents = [{ name = "Li Dashan", called = "Grandpa Li" }]',
        f'residents = [{{ name = "Li Mei" }}, {own}]',
    ).replace('topic = "zigbee2mqtt/sos"', 'topic = "zigbee2mqtt/sos"\nresident = "Li Dashan"')
    home = loaded(tmp_path, text).households["h1"]
    resident = home.measured_by("h1-sos")
    assert resident == home.residents[1]
    assert resident.limits == {"spo2_low": 90, "spo2_very_low": 86.5}
    assert (resident.spo2_scale, resident.on_oxygen) == (2, True)


def test_a_meter_of_nobody_in_particular_is_doubtful(tmp_path: Path) -> None:
    text = changed(
        'residents = [{ name = "Li Dashan", called = "Grandpa Li" }]',
        'residents = [{ name = "Li Mei" }, { name = "Li Dashan" }]',
    ).replace('role = "call_button"', 'role = "health"', 1)
    said = [problem.said("en") for problem in loaded(tmp_path, text).warnings]
    assert any("its readings are judged by the limits of Li Mei" in line for line in said)


# ---------------------------------------------------------------------- telephones of residents


def test_a_resident_s_telephone_is_theirs_alone(tmp_path: Path) -> None:
    ours = 'residents = [{ name = "Li Dashan", '
    text = changed(ours, ours + 'phone = "+85251000009", ')
    assert loaded(tmp_path, text).households["h1"].residents[0].phone == "+85251000009"
    taken = changed(ours, ours + 'phone = "+14155550101", ')
    (problem,) = wrong(tmp_path, taken)
    assert "household[h1].residents.phone" in problem
    assert "already used at responder[son].phone" in problem


def test_who_answers_for_unknown_callers_is_the_highest_tier(tmp_path: Path) -> None:
    higher = '[[policy]]\nid = "repair"'
    step = '[[policy.step]]\ntier = "town"\nwho = ["technician"]\nwait = "60s"\n\n'
    gateway = loaded(tmp_path, changed(higher, step + higher)).households["gateway"]
    emergency = gateway.policies[IncidentKind.EMERGENCY]
    assert [(one.tier, [p.id for p in one.responders]) for one in emergency.steps] == [
        ("town", ["fitter"])
    ]
    assert gateway.policies[IncidentKind.TECHNICAL].steps[0].tier == "repair"
