"""From a wearable's raw acceleration to the few seconds around each hard knock."""
