"""The phones of everybody who may be called: people, their habits, their page."""
