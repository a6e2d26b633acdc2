"""The widget's files in Google Drive, as the server gives them."""

import anvil.server


class _AppFiles:
    """The files that the owner added to the widget: ``app_files.my_file``."""

    def __init__(self):
        self._found = None

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._found is None:
            self._found = anvil.server.call("anvil.private.google.drive.get_app_files")
        if name not in self._found:
            raise AttributeError("This widget has no file '%s' of Google Drive" % name)
        return self._found[name]


app_files = _AppFiles()
