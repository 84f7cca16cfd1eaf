"""What every test shares."""

import sqlite_utils  # noqa: F401  migrations then run in this process, which is quicker
