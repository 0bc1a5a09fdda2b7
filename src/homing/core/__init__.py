"""What Homing decides. Pure: no I/O, no clock, no chance; time and randomness are arguments."""
