"""The commands: they start the gateway and ask it. Nothing is decided here."""
