"""Data Tables of widgets: how they are kept (issue 4, point 6).

*A real SQL table for each table of a widget.* ``data_t<id>`` has a typed SQL column ``c<column id>`` for each column,
and an index for each that can be ordered by. One table of JSON documents would need an index on an expression for each
column all the same, and would read a whole document for each row that is looked at. Names that people choose never
become names in SQL: ids do, and no id is used twice.

*A file of its own for each widget on SQLite* (``tables/<widget id>/rows.sqlite`` in the data folder), with its catalog
in it: SQLite has one writer for each file, so a transaction that a widget holds open blocks neither the site nor
another widget. On Postgres the same tables are in the site's database, behind a pool of connections of their own. The
content of media cells is in ``tables/<widget id>/media`` on both.

*Work is a plain function* of a ``Connection`` (``catalog``, ``rows``, ``queries``): ``homes`` runs it in a thread on
SQLite and in SQLAlchemy's greenlet on Postgres, in a transaction of its own or in one that user code opened.
"""
