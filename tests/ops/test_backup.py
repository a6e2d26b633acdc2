"""``widgetry backup`` and ``restore``, and ``ops/up`` on what was restored: secrets are read, or it is said why not."""

import subprocess
import sys
from pathlib import Path

from tests.fixtures.stack import Stack, start_stack

TELLS = """
import anvil.secrets, anvil.server

@anvil.server.route("/tell")
def tell():
    return anvil.secrets.get_secret("word")
"""


def widgetry(stack: Stack, *arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "widget_all_in_one", *map(str, arguments)]
    return subprocess.run(command, env=stack.env, capture_output=True, text=True, timeout=120, check=False)


def test_secrets_are_read_on_a_site_restored_with_its_key_and_a_backup_without_it_says_where_it_is(
    own_stack: Stack, rootfs: Path
) -> None:
    folder = own_stack.data.parent
    person = own_stack.sign_up()
    slug = person.make("api", TELLS)["slug"]
    assert person.call("PUT", f"/widgets/{slug}/secrets/word", {"value": "swordfish"}).status == 204
    assert own_stack.widget(slug, "/tell").text == "swordfish"
    key = own_stack.data / "site" / "secret.key"

    taken = widgetry(own_stack, "backup", folder / "without.tar.gz", "--data", own_stack.data)
    whole = widgetry(own_stack, "backup", folder / "whole.tar.gz", "--data", own_stack.data, "--with-key")
    (folder / "apart.key").write_bytes(key.read_bytes())
    own_stack.stop()
    keyless = widgetry(own_stack, "restore", folder / "without.tar.gz", "--data", folder / "keyless")
    with_it = widgetry(own_stack, "restore", folder / "whole.tar.gz", "--data", folder / "whole")
    new = folder / "new"
    restored = widgetry(own_stack, "restore", folder / "without.tar.gz", "--data", new, "--key", folder / "apart.key")

    assert [done.returncode for done in (taken, whole, keyless, with_it, restored)] == [0] * 5, restored.stderr
    assert "NOT IN THIS BACKUP" in taken.stderr
    assert str(key) in taken.stderr
    assert "--key" in keyless.stderr
    assert "!!" not in whole.stderr + with_it.stderr + restored.stderr
    assert (folder / "whole" / "site" / "secret.key").read_bytes() == key.read_bytes()

    again = start_stack(new, rootfs)
    try:
        assert again.widget(slug, "/tell").text == "swordfish"
    finally:
        again.stop()
