"""Files of the owner's Google Drive that the owner lets browsers read, as Media."""

import anvil.server


class _AppFiles:
    """The files that the owner added to the widget: ``app_files.my_file``."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        for one in anvil.server.call("anvil.private.google.get_config")["app_files"]:
            if one["python_name"] == name:
                return anvil.server.call("anvil.private.google.drive.get_app_file", one["id"])["anvil_LazyMedia"]
        raise AttributeError("This widget has no file '%s' of Google Drive for browsers" % name)


app_files = _AppFiles()
