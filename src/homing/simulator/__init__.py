"""Carriers and the handsets behind them, over real SMPP. Sees only core and transport."""
