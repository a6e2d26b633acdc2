"""The cookie of a sign-in (decisions 15), and the address that a sign-in may lead to."""

from urllib.parse import urlsplit

from quart import Response

from widget_site.settings import SiteSettings

_NAME = "widgetry-session"


def has_guarded_cookie(settings: SiteSettings) -> bool:
    """Whether the cookie is ``__Host-`` and Secure: on https and on this machine; elsewhere pages show a warning."""
    return settings.is_https or settings.is_local


def session_cookie(settings: SiteSettings) -> str:
    """Return the name of the sign-in's cookie."""
    return f"__Host-{_NAME}" if has_guarded_cookie(settings) else _NAME


def form_cookie(settings: SiteSettings) -> str:
    """Return the name of the cookie that forms of people who are not signed in yet are bound to."""
    return f"{session_cookie(settings)}-form"


def set_cookie(response: Response, settings: SiteSettings, name: str, value: str, max_age_s: float | None) -> None:
    """Set a cookie that scripts can't read and other sites don't send along."""
    response.set_cookie(
        name,
        value,
        max_age=None if max_age_s is None else int(max_age_s),
        path="/",
        secure=has_guarded_cookie(settings),
        httponly=True,
        samesite="Lax",
    )


def clear_cookie(response: Response, settings: SiteSettings, name: str) -> None:
    """Make the browser forget a cookie."""
    response.delete_cookie(name, path="/", secure=has_guarded_cookie(settings), httponly=True, samesite="Lax")


def safe_next(target: str | None) -> str:
    """Return where to go after signing in: a path of this site, else the home page (security.md 52)."""
    if not target or len(target) > 2000 or not target.startswith("/") or target.startswith(("//", "/\\")):
        return "/"
    # Browsers drop tabs and newlines, and read a backslash as a slash.
    if "\\" in target or any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    return target if not parts.scheme and not parts.netloc else "/"
