"""How they are told: wording, routing, channels."""
