"""Microsoft's services, as far as the server reaches them."""
