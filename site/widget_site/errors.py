"""What can go wrong in the site; ``responses.py`` is the one place that answers it.

SiteError                     status  code
├── BadRequestError           400     bad_request
│   └── FormError             400     bad_field          a field of a form or body; ``field`` names it
├── SignInError               401     sign_in_needed
│   ├── WrongPasswordError    401     wrong_password
│   └── StaleSignInError      401     stale_sign_in      something that can't be undone needs a new sign-in
├── ForbiddenError            403     forbidden
│   └── CsrfError             403     csrf
├── NotFoundError             404     not_found
│   └── MovedError            308     moved              a widget has another name now; ``slug`` is it
├── ConflictError             409     conflict           ``details`` holds what the caller needs in order to go on
├── TooManyError              429     too_many           ``retry_after_s``
│   └── OverQuotaError        429     over_quota         ``details`` names the quota
└── UnavailableError          503     unavailable        ``retry_after_s``

What user code does wrong is never one of these: it is an Outcome.
"""

from typing import Any, ClassVar


class SiteError(Exception):
    """Base of what the site answers instead of a result; the text is for the person who reads it."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    text: ClassVar[str] = "Something went wrong on our side."

    def __init__(self, text: str = "", *, details: dict[str, Any] | None = None, retry_after_s: int = 0) -> None:
        super().__init__(text or self.text)
        self.details = details or {}
        self.retry_after_s = retry_after_s


class BadRequestError(SiteError):
    """The request can't be understood."""

    status, code, text = 400, "bad_request", "The request could not be understood."


class FormError(BadRequestError):
    """One field is wrong."""

    code = "bad_field"

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text, details={"field": field})
        self.field = field


class SignInError(SiteError):
    """Nobody is signed in, or the token is not valid."""

    status, code, text = 401, "sign_in_needed", "Sign in, or send a valid token."


class WrongPasswordError(SignInError):
    """Name and password don't belong together."""

    code, text = "wrong_password", "That user name and password don't match."


class StaleSignInError(SignInError):
    """Who signed in is to do so again, for something that can't be undone."""

    code, text = "stale_sign_in", "For this, sign in again first: your last time is more than a few minutes ago."


class ForbiddenError(SiteError):
    """The caller may know of it and read it, but not do this."""

    status, code, text = 403, "forbidden", "You may not do this."


class CsrfError(ForbiddenError):
    """A state-changing request that our own pages did not send."""

    code, text = "csrf", "This request did not come from our own page, or the page is too old. Reload it and try again."


class NotFoundError(SiteError):
    """It does not exist, or the caller may not know that it does."""

    status, code, text = 404, "not_found", "There is nothing here."


class MovedError(NotFoundError):
    """The widget of this name is called otherwise now; whoever asks may see it. For who reads no further: not found."""

    status, code = 308, "moved"

    def __init__(self, slug: str) -> None:
        super().__init__(f"This widget is called {slug} now.", details={"slug": slug})
        self.slug = slug


class ConflictError(SiteError):
    """Somebody else was quicker, or the name is taken."""

    status, code, text = 409, "conflict", "This was changed in the meantime."


class TooManyError(SiteError):
    """A limit of requests in a time."""

    status, code, text = 429, "too_many", "Too many requests. Wait a little and try again."


class OverQuotaError(TooManyError):
    """The account has used up a quota; the text says which, and what to do."""

    code, text = "over_quota", "A quota of your account is used up."


class UnavailableError(SiteError):
    """A part that is needed does not answer."""

    status, code, text = 503, "unavailable", "The service is restarting. Try again in a moment."
