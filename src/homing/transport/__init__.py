"""Moves octets: the asyncio shell around `core.smpp.session`, the webhook client, TLS."""
