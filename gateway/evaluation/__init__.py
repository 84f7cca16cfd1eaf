"""How well detection does on recorded data. Nothing that carries an alarm imports this."""
