"""Passwords that are compared with what is kept."""

import secrets

import pytest

from widget_site.accounts.passwords import Passwords


@pytest.mark.parametrize("kept", [None, ""])
async def test_no_password_fits_where_there_is_none(kept: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda: "of nobody at all")
    compared = Passwords()

    assert not await compared.matches(None, "of nobody at all")
    assert not await compared.matches(kept, "of nobody at all")
    assert not await compared.matches(kept, "")
    assert await compared.matches(await compared.hash("a sentence"), "a sentence")
