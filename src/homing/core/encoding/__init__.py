"""Texts as octets on the air: alphabets, user data headers, parts. Knows only `core.model`."""
