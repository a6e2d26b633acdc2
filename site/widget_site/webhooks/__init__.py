"""Telling other programs that runs have ended: where that may go, how it is signed, and the sending."""
