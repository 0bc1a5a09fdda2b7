"""Telephone numbers and sender addresses. `data/` holds tables; nothing here asks a network."""
