"""Messages as each provider wants them: codecs, not connections."""
