"""Topics of families that speak further below their own topic."""

from __future__ import annotations

from alerting.household import Device, Role
from gateway.routes import Routes
from tests.builders import household

RADAR = Device("radar", "esphome", Role.PRESENCE, topic="guanai-bed-01")
SCALE = Device("scale", "theengs", Role.HEALTH, topic="home/TheengsGateway/BTtoMQTT/C81EC7000001")
BRIDGE = Device("bridge", "theengs", Role.HEALTH, topic="home/TheengsGateway")
SOS = Device("sos", "z2m-sos", Role.CALL_BUTTON, topic="zigbee2mqtt/bed")
WATCH = Device("watch", "native", Role.WEARABLE)


def found(topic: str) -> tuple[str, str] | None:
    route = Routes({"h1": household(RADAR, SCALE, BRIDGE, SOS, WATCH)}).find(topic.encode())
    return None if route is None else (route.source.device, route.part)


def test_an_entity_belongs_to_its_node() -> None:
    topic = "guanai-bed-01/sensor/real-time_heart_rate/state"
    assert found(topic) == ("radar", "sensor/real-time_heart_rate/state")
    assert found("guanai-bed-01/status") == ("radar", "status")
    assert found("guanai-bed-02/status") is None


def test_a_bluetooth_device_is_not_its_bridge() -> None:
    assert found("home/TheengsGateway/BTtoMQTT/C81EC7000001") == ("scale", "")
    assert found("home/TheengsGateway/LWT") == ("bridge", "LWT")
    assert found("home/TheengsGateway/BTtoMQTT/AAAAAAAAAAAA") is None


def test_other_families_speak_one_level_below_at_most() -> None:
    assert found("zigbee2mqtt/bed/availability") == ("sos", "availability")
    assert found("zigbee2mqtt/bed/lamp/availability") is None
    assert found("care/v1/h1/watch/vitals") == ("watch", "vitals")
    assert found("care/v1/h1/watch/vitals/more") is None
    assert found("care/v1/h1/watch/prompt") is None


def test_a_family_is_subscribed_to_where_it_speaks() -> None:
    home = household(RADAR, SCALE)
    wanted = [pattern for pattern, _ in Routes({"h1": home}).subscriptions(0)]
    assert wanted == [
        "care/v1/#",
        "guanai-bed-01/status",
        "guanai-bed-01/sensor/+/state",
        "guanai-bed-01/binary_sensor/+/state",
        "home/TheengsGateway/BTtoMQTT/C81EC7000001",
        "home/TheengsGateway/BTtoMQTT/C81EC7000001/LWT",
    ]
