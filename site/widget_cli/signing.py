"""login, logout, whoami."""

import argparse
import getpass
import os
import socket
import sys
import time
import webbrowser
from typing import Any
from urllib.parse import urlencode

from widget_cli import chosen
from widget_cli.errors import ApiError, CliError
from widget_cli.said import note, plain, say, show_json
from widget_cli.sign_ins import DEFAULT_SITE, SignIn, SignIns, normalise
from widget_cli.site import Site


def login(arguments: argparse.Namespace) -> int:
    """Ask for a token, try it, keep it."""
    sign_ins = SignIns()
    named = arguments.site or os.environ.get("WIDGETRY_SITE") or sign_ins.current or DEFAULT_SITE
    url = normalise(named)
    if url.startswith("http://") and not _is_local(url):
        note("This address is plain HTTP: others on the way can read your token and what you send.")
    token = _token(url, arguments.no_browser) if sys.stdin.isatty() else sys.stdin.readline().strip()
    if not token:
        raise CliError("No token was given.")
    me = Site(url, token).get("/me")
    sign_ins.add(SignIn(url, str(me["username"]), token))
    if arguments.json:
        show_json({"site": url, "username": me["username"], "token": me["token"]})
    else:
        say(f"Signed in at {url} as {plain(me['username'])}{_may(me)}.")
    return 0


def logout(arguments: argparse.Namespace) -> int:
    """Revoke the token on the site and forget it here."""
    sign_ins = SignIns()
    url = normalise(arguments.site or os.environ.get("WIDGETRY_SITE") or sign_ins.current or DEFAULT_SITE)
    held = sign_ins.of(url)
    if held is None:
        raise CliError(f"You are not signed in at {url}.")
    revoked = _revoke(Site(url, held.token))
    sign_ins.remove(url)
    if arguments.json:
        show_json({"site": url, "revoked": revoked})
    elif revoked:
        say(f"Signed out at {url}; the token works no more.")
    else:
        say(f"Forgot the token of {url}. It was not revoked there; do that at {url}/account if it still works.")
    return 0


def whoami(arguments: argparse.Namespace) -> int:
    """Tell who the token is."""
    site = chosen.site(arguments)
    me = site.get("/me")
    if arguments.json:
        show_json({"site": site.url, **me})
    else:
        say(f"{plain(me['username'])} at {site.url}{_may(me)}")
    return 0


def _token(url: str, no_browser: bool) -> str:
    name = f"widgetry on {socket.gethostname()}"
    page = f"{url}/account?{urlencode({'token_name': name})}#tokens-title"
    note(f"Make a token on this page, copy it, and paste it here:\n  {page}")
    if not no_browser:
        webbrowser.open(page)
    return getpass.getpass("Token: ").strip()


def _revoke(site: Site) -> bool:
    try:
        token = site.get("/me")["token"]
        if token is None:
            return False
        site.delete(f"/tokens/{token['id']}")
    except (ApiError, CliError):
        return False
    return True


def _may(me: dict[str, Any]) -> str:
    token = me.get("token")
    if not token:
        return ""
    until = token["expires_at"]
    end = f", until {time.strftime('%Y-%m-%d', time.localtime(until))}" if until else ""
    return f" (token {plain(token['name'])!r} may {token['scope']}{end})"


def _is_local(url: str) -> bool:
    return url.split("/")[2].partition(":")[0] in ("localhost", "127.0.0.1") or "[::1]" in url
