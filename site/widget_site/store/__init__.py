"""What is kept: tables, queries, migrations and blobs. The only importer of SQLAlchemy.

Functions take the ``Store`` first. What somebody may see is decided in ``permission.py`` alone.
"""
