"""The parts the outbox is made of."""
