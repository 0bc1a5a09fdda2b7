"""What a part costs: a table of prices by country and network, as data. Accounts are not known."""
