from pathlib import Path

import pytest

from simulators.config import BrokerAddress, ConfigError, load, parse

DEMO = Path(__file__).parents[2] / "gateway" / "demo.toml"


def test_the_demo_village_has_at_least_five_different_homes() -> None:
    world = load(DEMO)
    assert len(world.homes) >= 5
    kinds = [tuple(sorted(device.profile for device in home.devices)) for home in world.homes]
    assert len(set(kinds)) >= 5
    assert len({home.residents for home in world.homes}) == len(world.homes)


def test_people_and_homes_take_the_language_and_zone_of_the_file_unless_they_have_their_own() -> (
    None
):
    world = load(DEMO)
    languages = {person.id: person.language for person in world.people}
    assert languages["zhang-daughter"] == "en"
    assert languages["wang-daughter"] == "zh"
    assert {home.zone for home in world.homes} == {"Asia/Shanghai"}


def test_the_broker_is_the_external_one_or_else_where_our_own_listens() -> None:
    own = parse({"broker": {"listen": "127.0.0.1:18830"}}, "x.toml").broker
    assert (own.host, own.port, own.tls) == ("127.0.0.1", 18830, False)
    other = parse({"broker": {"url": "mqtts://care.example"}}, "x.toml").broker
    assert (other.host, other.port, other.tls) == ("care.example", 8883, True)
    assert parse({}, "x.toml").broker.port == 1883


def test_a_broker_address_takes_a_name_and_password_and_shows_neither() -> None:
    address = BrokerAddress.parse("mqtt://user:p%40ss@host:1999")
    assert (address.username, address.password) == ("user", "p@ss")
    assert "p@ss" not in repr(address)
    assert str(address) == "mqtt://host:1999"


@pytest.mark.parametrize("url", ["http://host", "mqtt://", "mqtt://host:port", "host:1883"])
def test_what_is_no_brokers_address_is_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(ConfigError, match="expected mqtt://host:1883"):
        BrokerAddress.parse(url)


def test_a_fault_names_the_file_and_the_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x\.toml: .*code.*household"):
        parse({"household": [{"id": "h1"}]}, "x.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "absent.toml")
    bad = tmp_path / "bad.toml"
    bad.write_text("a = ")
    with pytest.raises(ConfigError, match="is not TOML"):
        load(bad)


def test_the_token_of_the_account_is_not_shown() -> None:
    assert "token" not in repr(load(DEMO).account)
