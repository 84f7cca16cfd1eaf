"""How good the detectors are, measured on recordings; nothing here carries an alarm."""
