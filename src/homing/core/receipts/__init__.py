"""Receipts: read what a carrier sent, find its part, fold it into a state. Problems are values."""
