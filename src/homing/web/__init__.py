"""Puts the API on listeners: TCP, TLS, the operator's socket, metrics; and bounds every request."""
