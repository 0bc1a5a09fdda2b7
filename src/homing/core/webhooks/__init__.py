"""Webhooks, decided: what is sent, where it may go, what an answer means, when the next try is."""
