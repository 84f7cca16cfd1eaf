"""Every device family we understand: one line each."""

from __future__ import annotations

from devices.profile import Profile
from devices.profiles.esphome import ESPHOME
from devices.profiles.native import NATIVE
from devices.profiles.theengs import THEENGS
from devices.profiles.z2m_bed import Z2M_BED
from devices.profiles.z2m_bed_reversed import Z2M_BED_REVERSED
from devices.profiles.z2m_climate import Z2M_CLIMATE
from devices.profiles.z2m_contact import Z2M_CONTACT
from devices.profiles.z2m_fall import Z2M_FALL
from devices.profiles.z2m_gas import Z2M_GAS
from devices.profiles.z2m_item import Z2M_ITEM
from devices.profiles.z2m_leak import Z2M_LEAK
from devices.profiles.z2m_motion import Z2M_MOTION
from devices.profiles.z2m_pendant import Z2M_PENDANT
from devices.profiles.z2m_presence import Z2M_PRESENCE
from devices.profiles.z2m_smoke import Z2M_SMOKE
from devices.profiles.z2m_sos import Z2M_SOS

PROFILES: tuple[Profile, ...] = (
    NATIVE,
    Z2M_SOS,
    Z2M_MOTION,
    Z2M_PRESENCE,
    Z2M_CONTACT,
    Z2M_LEAK,
    Z2M_SMOKE,
    Z2M_GAS,
    THEENGS,
    ESPHOME,
    Z2M_FALL,
    Z2M_PENDANT,
    Z2M_CLIMATE,
    Z2M_ITEM,
    Z2M_BED,
    Z2M_BED_REVERSED,
)
BY_MODEL: dict[str, Profile] = {profile.model: profile for profile in PROFILES}
