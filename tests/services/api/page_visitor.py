"""Somebody who opens our pages and sends their forms, as a browser without scripts does."""

import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

from quart import Quart

#: Where the site of these tests is, and what people sign in with.
SITE = "http://localhost:8000"
PASSWORD = "a sentence that is long"


@dataclass
class Shown:
    """A page that came back, or where it led."""

    status: int
    text: str
    location: str
    data: bytes


@dataclass
class PageVisitor:
    """A browser with its cookies."""

    app: Quart
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    #: Where the site is.
    origin: str = SITE

    async def get(self, path: str) -> Shown:
        return await self._send("GET", path)

    async def send(self, path: str, page: str = "", /, **fields: str) -> Shown:
        """Send the form of a page (by default the one at the same address) with its token."""
        return await self._send("POST", path, {**fields, "csrf_token": await self._token(page or path)})

    async def upload(self, path: str, files: dict[str, Any], page: str = "", /, **fields: str) -> Shown:
        """Send such a form with files."""
        return await self._send("POST", path, {**fields, "csrf_token": await self._token(page or path)}, files)

    async def _token(self, page: str) -> str:
        token = re.search(r'name="csrf_token" value="([^"]+)"', (await self.get(page)).text)
        return token[1] if token else ""

    async def sign_in(self, name: str, password: str) -> Shown:
        return await self.send("/sign-in", username=name, password=password)

    async def _send(
        self, method: str, path: str, form: dict[str, str] | None = None, files: dict[str, Any] | None = None
    ) -> Shown:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **self.headers}
        if form is not None:
            headers["Origin"] = self.origin
        more: dict[str, Any] = {} if form is None else {"form": form}
        if files:
            more["files"] = files
        client = self.app.test_client(use_cookies=False)
        response = await client.open(path, method=method, headers=headers, **more)
        for line in response.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if not morsel.value:
                    del self.cookies[name]
        data: bytes = await response.get_data(as_text=False)
        location = response.headers.get("Location", "")
        return Shown(response.status_code, data.decode(errors="replace"), location, data)
