"""The catalogues of our texts: `python -m gateway.locale` brings them up to date."""
