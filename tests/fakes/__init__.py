"""Small honest implementations of the world, for tests."""
