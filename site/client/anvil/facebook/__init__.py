"""Facebook, as far as the server reaches it."""
