"""Messages from handsets: read, given to their account, joined."""
