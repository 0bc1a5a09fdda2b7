"""Which carrier a part goes to, what a refusal means, and how fast one may go."""
