"""Secrets as they are kept: encrypted with keys that can be changed, bound to their widget (D-25)."""

import asyncio
import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from tests.services.store.people import account, widget

from widget_site.errors import ConflictError, ForbiddenError, FormError, NotFoundError, SignInError
from widget_site.secret_box import SecretBox, UnreadableSecretError
from widget_site.settings import SettingsError, SiteSettings
from widget_site.store import deleted, secrets, widgets
from widget_site.store.store import Store

VALUE = "correct horse battery staple"


def box_of(folder: Path, key: str | None = None) -> SecretBox:
    return SecretBox(SiteSettings(data=folder, secret_key=None if key is None else SecretStr(key)))


async def test_d_25_a_value_is_kept_encrypted_and_opens_for_its_widget_alone(store: Store, tmp_path: Path) -> None:
    olive, box = await account(store), box_of(tmp_path)
    mine, other = await widget(store, olive), await widget(store, olive)

    await secrets.put(store, mine.slug, olive.id, "KEY", VALUE, box.encrypt)

    kept = await secrets.kept(store, mine.id, "KEY")
    assert kept is not None
    assert VALUE.encode() not in kept
    assert box.decrypt(mine.id, "KEY", kept) == VALUE
    for whose, name in ((other.id, "KEY"), (mine.id, "OTHER")):
        with pytest.raises(UnreadableSecretError):
            box.decrypt(whose, name, kept)
    assert await secrets.kept(store, other.id, "KEY") is None
    assert await secrets.kept(store, mine.id, "KEY\0") == kept


async def test_d_25_only_the_owner_lists_sets_and_deletes(store: Store, tmp_path: Path) -> None:
    olive, otto, box = await account(store), await account(store, "otto"), box_of(tmp_path)
    made = await widget(store, olive)
    await secrets.put(store, made.slug, olive.id, "KEY", "old", box.encrypt)
    await secrets.put(store, made.slug, olive.id, "KEY", VALUE, box.encrypt)

    assert [one.name for one in await secrets.listed(store, made.slug, olive.id)] == ["KEY"]
    for viewer, error in ((otto.id, ForbiddenError), (None, SignInError)):
        with pytest.raises(error):
            await secrets.listed(store, made.slug, viewer)
        with pytest.raises(error):
            await secrets.put(store, made.slug, viewer, "KEY", "x", box.encrypt)
        with pytest.raises(error):
            await secrets.remove(store, made.slug, viewer, "KEY")
    await secrets.remove(store, made.slug, olive.id, "KEY")
    with pytest.raises(NotFoundError):
        await secrets.remove(store, made.slug, olive.id, "KEY")


async def test_security_61_a_fork_has_no_secrets_and_a_deleted_widget_leaves_none(store: Store, tmp_path: Path) -> None:
    olive, otto, box = await account(store), await account(store, "otto"), box_of(tmp_path)
    made = await widget(store, olive)
    await secrets.put(store, made.slug, olive.id, "KEY", VALUE, box.encrypt)

    fork = await widgets.fork(store, made.slug, otto)
    own_fork = await widgets.fork(store, made.slug, olive)
    await deleted.purge(store, made.id)

    assert await secrets.listed(store, fork.slug, otto.id) == ()
    assert await secrets.listed(store, own_fork.slug, olive.id) == ()
    assert [kept async for kept in secrets.all_kept(store)] == []


@pytest.mark.parametrize("name", ["", "1st", "a b", "a/b", "é", "x" * 65, "a\n"[:1] + "\0"])
async def test_d_25_names_are_checked(store: Store, tmp_path: Path, name: str) -> None:
    olive = await account(store)
    made = await widget(store, olive)

    with pytest.raises(FormError) as refused:
        await secrets.put(store, made.slug, olive.id, name, "v", box_of(tmp_path).encrypt)

    assert refused.value.field == "name"


async def test_d_25_values_and_their_number_are_bounded(store: Store, tmp_path: Path) -> None:
    olive, box = await account(store), box_of(tmp_path)
    made, many = await widget(store, olive), await widget(store, olive)

    for value in ("", "x" * 8193, "\ud800"):
        with pytest.raises(FormError):
            await secrets.put(store, made.slug, olive.id, "KEY", value, box.encrypt)
    for number in range(4):
        await secrets.put(store, made.slug, olive.id, f"KEY{number}", "x" * 8192, box.encrypt)
    with pytest.raises(ConflictError, match="together"):
        await secrets.put(store, made.slug, olive.id, "KEY4", "x", box.encrypt)
    await secrets.put(store, made.slug, olive.id, "KEY3", "y" * 8192, box.encrypt)
    for number in range(secrets.MAX_SECRETS):
        await secrets.put(store, many.slug, olive.id, f"KEY{number}", "x", box.encrypt)
    with pytest.raises(ConflictError, match="which is the most"):
        await secrets.put(store, many.slug, olive.id, "KEY", "x", box.encrypt)


async def test_d_25_the_key_changes_while_a_process_runs(store: Store, tmp_path: Path) -> None:
    olive, running, operator = await account(store), box_of(tmp_path), box_of(tmp_path)
    made = await widget(store, olive)
    await secrets.put(store, made.slug, olive.id, "KEY", VALUE, running.encrypt)
    old = operator.path.read_text().split()

    operator.add_key()
    assert await secrets.encrypt_all_anew(store, operator.encrypt_anew) == 1
    kept = await secrets.kept(store, made.id, "KEY")
    assert kept is not None
    assert operator.first_key_opens(kept)
    operator.keep_first_key()

    assert running.decrypt(made.id, "KEY", kept) == VALUE
    [new] = operator.path.read_text().split()
    assert [new] != old
    assert os.stat(operator.path).st_mode & 0o777 == 0o600
    assert [name for name in os.listdir(tmp_path) if name.startswith("secret.key")] == ["secret.key"]


def test_d_25_keys_of_the_environment_win_and_the_first_encrypts(tmp_path: Path) -> None:
    old, new = base64.b64encode(b"\xff" * 32).decode(), Fernet.generate_key().decode()
    kept = box_of(tmp_path, old).encrypt("w", "KEY", VALUE)

    both = box_of(tmp_path, f"{new}, {old}")

    assert both.decrypt("w", "KEY", kept) == VALUE
    assert box_of(tmp_path, new).decrypt("w", "KEY", both.encrypt("w", "KEY", VALUE)) == VALUE
    with pytest.raises(UnreadableSecretError):
        box_of(tmp_path, new).decrypt("w", "KEY", kept)
    assert not os.listdir(tmp_path)
    with pytest.raises(SettingsError, match="openssl rand"):
        box_of(tmp_path, "password").encrypt("w", "KEY", VALUE)


def test_d_25_without_its_key_a_secret_is_told_to_be_unreadable(tmp_path: Path) -> None:
    kept = box_of(tmp_path).encrypt("w", "KEY", VALUE)
    (tmp_path / "secret.key").unlink()

    with pytest.raises(UnreadableSecretError):
        box_of(tmp_path).decrypt("w", "KEY", kept)
    assert not (tmp_path / "secret.key").exists()


async def test_d_25_the_commands_change_the_key(database_url: str, store: Store, tmp_path: Path) -> None:
    olive, box = await account(store), box_of(tmp_path)
    made = await widget(store, olive)
    await secrets.put(store, made.slug, olive.id, "KEY", VALUE, box.encrypt)
    old = box.path.read_text()

    async def command(name: str) -> str:
        env = {**os.environ, "WIDGETRY_DATA": str(tmp_path), "WIDGETRY_DATABASE_URL": database_url}
        program = [sys.executable, "-m", "widget_site.secret_box", name]
        process = await asyncio.create_subprocess_exec(*program, env=env, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        return said.decode()

    assert await command("rotate") == "1 secrets are encrypted with the new key.\n"
    assert await command("forget") == "The old keys are dropped.\n"
    kept = await secrets.kept(store, made.id, "KEY")
    assert kept is not None
    assert box.decrypt(made.id, "KEY", kept) == VALUE
    assert old not in box.path.read_text()
    assert await command("nothing") == ""
