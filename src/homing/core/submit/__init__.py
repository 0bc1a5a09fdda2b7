"""From an API call's parameters to a request, and from a request to `submit_sm` bodies."""
