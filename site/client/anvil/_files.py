"""FileLoader, and Media as the picture of an Image or the target of a Link."""

import _bridge

from anvil import media
from anvil._component import Component


class FileLoaderBase(Component):
    """Lets somebody choose files; each is Media with its name and type; its bytes stay on the page until asked for."""

    def _begin(self, number):
        Component._begin(self, number)
        self._known = {}

    @property
    def files(self):
        """The chosen files as a list of Media, None for none."""
        handles = _bridge.from_json(_bridge.get(self._id, "files"))
        known = {}
        for handle in handles:
            known[handle] = self._known.get(handle) or media.PageMedia(handle)
        self._known = known
        return [known[handle] for handle in handles] or None

    @property
    def file(self):
        """The chosen file, the first of several, None for none."""
        files = self.files
        return files[0] if files else None

    @file.setter
    def file(self, value):
        if value is not None:
            raise AttributeError("'file' can only be set to None, which clears it: people choose files")
        self.clear()

    def clear(self):
        """Forget what was chosen."""
        self._invoke("clear")

    def open_file_selector(self):
        """Ask for files, in a handler of a click alone: browsers allow it nowhere else."""
        if not self._invoke("open_file_selector"):
            raise RuntimeError("open_file_selector() works only right after somebody has clicked: in a click handler")

    def _happened(self, event, event_args):
        if event == "change":
            event_args["file"] = self.file
            event_args["files"] = self.files
        Component._happened(self, event, event_args)


def shown(name):
    """A property whose value is an address or Media."""

    def read(self):
        return self._values.get(name, "")

    def write(self, value):
        self._values[name] = value
        if isinstance(value, media.Media):
            told = {"url": _address(value), "type": value.content_type, "name": value.name}
            _bridge.set_json(self._id, name, _bridge.to_json(told))
        else:
            _bridge.set(self._id, name, "" if value is None else str(value))

    return property(read, write)


def _address(value):
    return media.address(value) or _bridge.blob_url(value._handle_for_page(), False)
