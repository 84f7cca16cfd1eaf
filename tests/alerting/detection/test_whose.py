from __future__ import annotations

import msgspec

from alerting.detection.readings import theirs, whose
from alerting.household import Device, Resident, Role
from tests.gateway.test_timeline import HOME

TWO = (Resident("陈福"), Resident("何秀英"))


def test_a_reading_of_nobody_in_particular_is_told_of_either() -> None:
    cuff = Device("cuff", "native", Role.HEALTH)
    home = msgspec.structs.replace(HOME, residents=TWO, devices={"cuff": cuff})
    assert whose(home, "cuff").zh == "陈福或何秀英："
    assert whose(home, "cuff").en == "陈福 or 何秀英: "
    assert theirs(home, "陈福").zh == "陈福或何秀英："
    own = msgspec.structs.replace(cuff, resident="何秀英")
    home = msgspec.structs.replace(home, devices={"cuff": own})
    assert whose(home, "cuff").zh == "何秀英："
    assert theirs(home, "陈福").zh == "陈福："
    alone = msgspec.structs.replace(home, residents=TWO[:1])
    assert whose(alone, "cuff").zh == ""
