from __future__ import annotations

from hypothesis import settings

# no test depends on the speed of the machine it runs on
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
