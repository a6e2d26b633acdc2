"""The bodies of the JSON API about accounts and tokens."""

from pydantic import BaseModel, Field

from widget_site.api.models import Body, ScopeName, Time

_SCOPE = "read; run, which also starts and stops runs; or write, which does everything."


class NewAccount(Body):
    """A new account."""

    username: str = Field(description="2 to 40 letters, digits, _ . or -", max_length=100)
    email: str = Field(max_length=300)
    password: str = Field(description="8 to 256 characters", max_length=1000)


class NewToken(Body):
    """A new bearer token, for whoever has this name and password (or, from our own pages, is signed in)."""

    name: str = Field(max_length=200)
    username: str | None = Field(None, max_length=300)
    password: str | None = Field(None, max_length=1000)
    scope: ScopeName = Field("write", description=_SCOPE)
    expires_in_days: int | None = Field(None, ge=1, le=3650, description="Without it the token works until revoked.")


class AccountName(BaseModel):
    """Who was made."""

    username: str


class TokenShown(BaseModel):
    """A token, without its secret."""

    id: str
    name: str
    scope: ScopeName
    created_at: Time
    last_used_at: Time | None
    expires_at: Time | None


class Me(BaseModel):
    """The account that asks."""

    username: str
    email: str
    is_admin: bool
    created_at: Time
    token: TokenShown | None = Field(description="The token that this was asked with; null in a browser.")


class TokenMade(BaseModel):
    """A new token; ``token`` is shown this once."""

    id: str
    name: str
    scope: ScopeName
    expires_at: Time | None
    token: str


class Tokens(BaseModel):
    """The account's tokens."""

    items: list[TokenShown]
