"""What Homing remembers. Nothing above `contract` knows which engine runs."""
