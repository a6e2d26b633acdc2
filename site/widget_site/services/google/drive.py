"""``anvil.google.drive``: files and folders by version 2 of Drive's API, which the library's items come from."""

import re
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from widget_site.services.google.api import MAX_CONTENT, USER, GoogleApi, app_files, checked_id, content_of, related
from widget_site.services.native import Native, NativeCall, NativeError
from widget_wire.values import LazyMedia, Media

MANAGER = "google-drive"
FOLDER = "application/vnd.google-apps.folder"
_FILES, _UPLOAD = "/drive/v2/files", "/upload/drive/v2/files"
_DOWNLOAD = re.compile(r"/drive/v2/files/([A-Za-z0-9_-]{1,200})(?:/revisions/[A-Za-z0-9_-]{1,200})?")
_IN_DOWNLOADS = ("alt", "source", "revisionId", "gd")
_MAX_TITLE = 1000


class Drive:
    """The functions; ``creds`` says in whose name (``api``)."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    def natives(self) -> Mapping[str, Native]:
        """Return the functions by name."""
        names = (
            "get_app_file get_user_files list_files list_file_revisions get_file_by_id create_item_simple "
            "create_item_multipart update_metadata get_content set_content trash delete"
        )
        return {f"drive.{name}": getattr(self, name) for name in names.split()} | {"get_config": self.get_config}

    async def get_config(self, call: NativeCall) -> dict[str, Any]:
        """Give the names of the app files that the caller may read."""
        files = app_files(await self._api.app(call))
        kept = [one for one in files if call.is_trusted or one.get("client") in ("read", "write")]
        return {"app_files": [{"python_name": one["python_name"], "id": one["id"]} for one in kept]}

    async def get_app_file(self, call: NativeCall) -> dict[str, Any]:
        """Give an app file."""
        [file_id] = call.take(str)
        return await self._item(call, file_id, "google-delegated")

    async def get_user_files(self, call: NativeCall) -> dict[str, Any]:
        """Give the topmost folder of who signed in."""
        call.take()
        return await self._item(call, "root", USER)

    async def list_files(self, call: NativeCall) -> dict[str, Any]:
        """Give a page of what is in a folder and matches."""
        parent, creds = call.take(str, str)
        token = await self._api.reach(call, creds, parent)
        given = {name: value for name, value in call.kwargs.items() if value not in (None, "")}
        wanted = [f"'{parent}' in parents"]
        if "trashed" in given:
            wanted.append(f"trashed = {'true' if given['trashed'] else 'false'}")
        if "title" in given:
            wanted.append(f"title = {_quoted(given['title'])}")
        if "mime_type" in given:
            kind = str(given["mime_type"])
            wanted.append(f"mimeType {'!=' if kind.startswith('!') else '='} {_quoted(kind.removeprefix('!'))}")
        query = {"q": " and ".join(wanted), "maxResults": str(_most(given.get("max_results", 100)))}
        if "page_token" in given:
            query["pageToken"] = str(given["page_token"])[:2000]
        found = (await self._api.ask(token, "GET", "www", _FILES, params=query)).json()
        items = [_item(one, creds) for one in found.get("items") or ()]
        more = {"nextPageToken": found["nextPageToken"]} if found.get("nextPageToken") else {}
        return {"items": items, **more}

    async def list_file_revisions(self, call: NativeCall) -> dict[str, Any]:
        """Give a page of the revisions of a file."""
        file_id, creds, page = call.take(str, str, (str, type(None)))
        token = await self._api.reach(call, creds, file_id)
        query = {"pageToken": page[:2000]} if page else {}
        found = await self._api.ask(token, "GET", "www", f"{_FILES}/{quote(file_id)}/revisions", params=query)
        return found.json()

    async def get_file_by_id(self, call: NativeCall) -> dict[str, Any] | None:
        """Give a file of a folder; None for one that is elsewhere."""
        folder, file_id, creds = call.take(str, str, str)
        checked_id(file_id)
        token = await self._api.reach(call, creds, folder)
        item = (await self._api.ask(token, "GET", "www", f"{_FILES}/{quote(file_id)}")).json()
        is_there = any(parent.get("id") == folder for parent in item.get("parents") or ())
        return _item(item, creds) if is_there else None

    async def create_item_simple(self, call: NativeCall) -> dict[str, Any]:
        """Make an empty file or a folder in a folder."""
        title, folder, kind, creds = call.take(str, str, str, str)
        token = await self._api.reach(call, creds, folder, writes=True)
        about = {"title": _title(title), "mimeType": kind, "parents": [{"id": folder}]}
        return _item((await self._api.ask(token, "POST", "www", _FILES, json=about)).json(), creds)

    async def create_item_multipart(self, call: NativeCall) -> dict[str, Any]:
        """Make a file with content in a folder."""
        title, folder, given, creds = call.take(str, str, object, str)
        content, kind = content_of(given, call.kwargs.get("content_type"))
        token = await self._api.reach(call, creds, folder, writes=True)
        about = {"title": _title(title), "mimeType": kind, "parents": [{"id": folder}]}
        body, body_kind = related(about, content, kind, secrets.token_hex(16))
        headers, query = {"content-type": body_kind}, {"uploadType": "multipart"}
        made = await self._api.ask(token, "POST", "www", _UPLOAD, params=query, headers=headers, content=body)
        return _item(made.json(), creds)

    async def update_metadata(self, call: NativeCall) -> dict[str, Any]:
        """Rename a file, or move it to another folder."""
        file_id, changes, creds = call.take(str, dict, str)
        token = await self._api.reach(call, creds, file_id, writes=True)
        unknown = set(changes) - {"title", "parents"}
        if unknown:
            raise NativeError("KeyError", str(min(unknown)))
        query: dict[str, str] = {}
        for parent in _parents(changes.get("parents") or []):
            # It goes to where the caller may write, too.
            await self._api.reach(call, creds, parent.get("id"), writes=True)
            query = {"addParents": parent["id"], "removeParents": checked_id(parent.get("old_id"))}
        about = {"title": _title(changes["title"])} if "title" in changes else {}
        path = f"{_FILES}/{quote(file_id)}"
        return _item((await self._api.ask(token, "PUT", "www", path, params=query, json=about)).json(), creds)

    async def get_content(self, call: NativeCall) -> Media:
        """Give the content that Drive has at an address of its own."""
        url, creds = call.take(str, str)
        base = self._api.base("www")
        found = _DOWNLOAD.fullmatch(urlsplit(url[len(base) :]).path) if url.startswith(f"{base}/") else None
        if found is None:
            raise NativeError("ValueError", "This is no address of a file's content in Google Drive")
        token = await self._api.reach(call, creds, found[1])
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items() if name in _IN_DOWNLOADS}
        path = urlsplit(url[len(base) :]).path
        reply = await self._api.ask(token, "GET", "www", path, params={**query, "alt": "media"}, most_bytes=MAX_CONTENT)
        return Media(reply.content_type or None, reply.content)

    async def set_content(self, call: NativeCall) -> dict[str, Any]:
        """Write a file anew."""
        file_id, given, creds = call.take(str, object, str)
        content, kind = content_of(given, None)
        token = await self._api.reach(call, creds, file_id, writes=True)
        path, query = f"{_UPLOAD}/{quote(file_id)}", {"uploadType": "media"}
        headers = {"content-type": kind}
        made = await self._api.ask(token, "PUT", "www", path, params=query, headers=headers, content=content)
        return _item(made.json(), creds)

    async def trash(self, call: NativeCall) -> None:
        """Put a file into the trash."""
        file_id, creds = call.take(str, str)
        token = await self._api.reach(call, creds, file_id, writes=True)
        await self._api.ask(token, "POST", "www", f"{_FILES}/{quote(file_id)}/trash")

    async def delete(self, call: NativeCall) -> None:
        """Delete a file for good."""
        file_id, creds = call.take(str, str)
        token = await self._api.reach(call, creds, file_id, writes=True)
        await self._api.ask(token, "DELETE", "www", f"{_FILES}/{quote(file_id)}")

    async def fetch(self, call: NativeCall, media: LazyMedia) -> Media:
        """Give the content of a file that was given as media."""
        creds, _, file_id = media.id.partition(":")
        token = await self._api.reach(call, creds, file_id)
        path, query = f"{_FILES}/{quote(file_id)}", {"alt": "media"}
        reply = await self._api.ask(token, "GET", "www", path, params=query, most_bytes=MAX_CONTENT)
        return Media(media.content_type or reply.content_type or None, reply.content, media.name)

    async def _item(self, call: NativeCall, file_id: str, creds: str) -> dict[str, Any]:
        token = await self._api.reach(call, creds, file_id)
        return _item((await self._api.ask(token, "GET", "www", f"{_FILES}/{quote(file_id)}")).json(), creds)


def _item(found: dict[str, Any], creds: str) -> dict[str, Any]:
    """Return an item as the library makes a File or a Folder of it."""
    size, kind, title = found.get("fileSize"), str(found.get("mimeType") or ""), str(found.get("title") or "")
    length = int(size) if isinstance(size, str | int) and str(size).isdigit() else None
    return {**found, "anvil_LazyMedia": LazyMedia(MANAGER, f"{creds}:{found.get('id')}", kind, title, length)}


def _most(wanted: Any) -> int:
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise NativeError("ValueError", "max_results is a whole number from 1")
    return min(wanted, 1000)


def _parents(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list) or len(given) > 1 or not all(isinstance(one, dict) for one in given):
        raise NativeError("ValueError", "A file goes to one folder: parents is a list of one dict")
    return given


def _title(title: Any) -> str:
    if not isinstance(title, str) or not 0 < len(title) <= _MAX_TITLE:
        raise NativeError("ValueError", f"The title of a file has 1 to {_MAX_TITLE} characters")
    return title


def _quoted(text: Any) -> str:
    plain = str(text)[:_MAX_TITLE].replace("\\", "\\\\").replace("'", "\\'")
    return f"'{plain}'"
