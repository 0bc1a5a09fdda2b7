"""HTTP in, HTTP out: the compatible API and our own. Translates, never decides."""
