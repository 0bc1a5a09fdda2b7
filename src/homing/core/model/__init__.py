"""The nouns that every layer shares: ids, money, times, messages, parts, receipts, limits."""
