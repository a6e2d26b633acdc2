"""The ``widgetry`` command: widgets of a site from a terminal. Standard library only, and nothing of the server's."""
