"""SMPP 3.4 for both roles, without I/O: octets and time in, events and octets out. Knows nobody."""
