"""Stripe in client code: ``stripe.checkout``."""
