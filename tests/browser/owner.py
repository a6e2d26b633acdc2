"""The first account of a site, made with its link as a program does: ``python -m tests.browser.owner LINK``."""

import re
import sys
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urlsplit

from tests.browser.person import PASSWORD

OWNER = "the-boss"


def make_owner(link: str) -> None:
    """Make the administrator OWNER with PASSWORD."""
    site = urlsplit(link)
    # Names below localhost are found by browsers, and not by Python.
    address = f"http://127.0.0.1:{site.port}{site.path}"
    headers = {"Host": site.netloc}
    opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPCookieProcessor(CookieJar()))
    with opener.open(urllib.request.Request(address, headers=headers)) as shown:
        page = shown.read().decode()
        [cookie] = [value.partition(";")[0] for value in shown.headers.get_all("Set-Cookie")]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    fields = {"username": OWNER, "email": "boss@example.com", "password": PASSWORD, "csrf_token": token[1]}
    sent = {**headers, "Cookie": cookie, "Origin": f"http://{site.netloc}"}
    with opener.open(urllib.request.Request(address, urlencode(fields).encode(), sent)) as answer:
        assert answer.status == 303


class _StayHere(urllib.request.HTTPRedirectHandler, urllib.request.HTTPErrorProcessor):
    def http_response(self, request, response):  # type: ignore[no-untyped-def]  # as it is told, a redirect too
        return response


if __name__ == "__main__":
    make_owner(sys.argv[1])
