"""Bytes with a type and a name: made here, chosen by people, or of the server."""

import _bridge


class Media:
    """What all media have: ``content_type``, ``name``, ``length``, ``url`` and ``get_bytes()``."""

    content_type = None
    name = None

    @property
    def length(self):
        """How many bytes it has."""
        return len(self.get_bytes())

    @property
    def url(self):
        """Its address, for links; None when it has none."""
        return None

    def get_url(self, download=True):
        """Return its address."""
        return self.url

    def get_bytes(self):
        """Return its content."""
        raise NotImplementedError("This kind of Media has no content")

    def _handle_for_page(self):
        """Return the page's number for its content."""
        return _bridge.blob(self.get_bytes(), self.content_type or "")


class PageMedia(Media):
    """Media whose content the page holds: an answer of the server, or a file that somebody chose."""

    #: The page's number for the content, which goes with this object: 0 while the page has none.
    _handle = 0

    def __init__(self, handle, content_type=None, name=None):
        self._own(handle)
        info = _bridge.from_json(_bridge.blob_info(handle))
        self.content_type = content_type or info["type"] or None
        self.name = name if name is not None else info["name"]
        self._length = info["size"]

    def _own(self, handle):
        self._handle = handle
        _bridge.drop_with(self, "blob", handle)

    def __del__(self):
        if self._handle:
            _bridge.drop_blob(self._handle)

    @property
    def length(self):
        """How many bytes it has."""
        return self._length

    @property
    def url(self):
        """An address that this page alone knows, for as long as the page is there."""
        return _bridge.blob_url(self._handle_for_page(), True)

    def get_bytes(self):
        """Return its content."""
        return _bridge.blob_bytes(self._handle)

    def _handle_for_page(self):
        return self._handle


class BlobMedia(PageMedia):
    """Media made of bytes: ``BlobMedia("text/plain", b"Hello", name="hello.txt")``."""

    def __init__(self, content_type, content, name=None):
        if isinstance(content, str):
            content = content.encode("utf-8")
        self._content = content
        self.content_type = content_type or None
        self.name = name
        self._length = len(content)

    def get_bytes(self):
        """Return its content."""
        return self._content

    def _handle_for_page(self):
        if not self._handle:
            self._own(_bridge.blob(self._content, self.content_type or ""))
        return self._handle


class URLMedia(Media):
    """Media at an address."""

    def __init__(self, url):
        self._url = url
        self.name = url.split("#")[0].split("?")[0].rpartition("/")[2] or None

    @property
    def url(self):
        """Its address."""
        return self._url


class LazyMedia(Media):
    """Media that is on the server: its content is fetched when it is read."""

    def __init__(self, spec):
        self._spec = spec
        self._fetched = None
        self._urls = {}

    @property
    def content_type(self):
        """Its type, as ``text/plain``."""
        return self._known("mime-type") or self._fetch().content_type

    @property
    def name(self):
        """Its name, None when it has none."""
        return self._spec["name"] if "name" in self._spec else self._fetch().name

    @property
    def length(self):
        """How many bytes it has."""
        known = self._known("length")
        return self._fetch().length if known is None else known

    @property
    def url(self):
        """An address that is good for an hour."""
        return self.get_url(True)

    def get_url(self, download=True):
        """Return an address that is good for an hour; without ``download`` a browser shows what is there."""
        import anvil.server

        if download not in self._urls:
            self._urls[download] = anvil.server.call("anvil.private.get_lazy_media_url", self, download)
        return self._urls[download]

    def get_bytes(self):
        """Return its content."""
        return self._fetch().get_bytes()

    def _known(self, name):
        return self._spec.get(name)

    def _fetch(self):
        import anvil.server

        if self._fetched is None:
            self._fetched = anvil.server.call("anvil.private.fetch_lazy_media", self)
        return self._fetched

    def _handle_for_page(self):
        return self._fetch()._handle_for_page()


def download(media):
    """Save media as a file."""
    if not isinstance(media, Media):
        raise TypeError("download() takes a Media object, not %s" % type(media).__name__)
    _bridge.download(address(media), media.name or "download")


def print_media(media):
    """Ask the visitor's browser to print media: a picture, a PDF, a text."""
    _bridge.wait(_bridge.print_page(address(media)))


def address(media):
    """Return an address of media for who keeps the media as long as the address."""
    return _bridge.blob_url(media._handle_for_page(), False) if isinstance(media, PageMedia) else media.get_url(False)


class TempUrl:
    """An address of media, until the block ends: ``with TempUrl(media) as url:``; or until ``revoke()``."""

    def __init__(self, media, download=True):
        self._media = media
        #: The address, None after ``revoke()``.
        self.url = address(media) if isinstance(media, PageMedia) else media.get_url(download)

    def revoke(self):
        """End it."""
        self._media = self.url = None

    def __enter__(self):
        return self.url

    def __exit__(self, kind, value, trace):
        self.revoke()
        return False
