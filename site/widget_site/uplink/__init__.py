"""Uplinks: programs outside that are part of a widget's server code (features.md section 9).

A program connects to ``/_/uplink`` with a key (``handshake``). The site process that it reached holds its ``Link``
until either goes; ``sockets`` lets links in, and cuts those whose key was revoked. Which links there are, in all site
processes, is in every process's ``Directory``: Redis keeps it, each process writes what it holds and reads the rest.
``Uplinks`` answers a call with one of the links that registered its name: its own at once, another process's through
Redis (``far``).

What an uplink calls goes the way of every call of server code (``services``, ``functions``), as the ServiceCall of a
trusted caller for a server key, of a client for a client key. The latter's values are signed for that key alone
(``boundary``).
"""
