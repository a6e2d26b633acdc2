"""Alembic's migrations, in order; each is one file of ``versions``."""
