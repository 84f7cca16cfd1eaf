"""What it means and who must know. Pure: no IO, no clock, no randomness."""
