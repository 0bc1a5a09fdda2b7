"""What tests share. `checker` and `ledgers` import nothing of homing."""
