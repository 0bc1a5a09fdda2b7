"""Homing: a self-hosted SMS gateway whose heart is the delivery receipt."""

__version__ = "0.1.0"
