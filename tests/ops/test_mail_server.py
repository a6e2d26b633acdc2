"""Mail for widgets in the whole product: by SMTP to the mail server's process, to the code, to the log of runs."""

import contextlib
import smtplib
import socket
from email.message import EmailMessage
from typing import Any

import pytest
from tests.fixtures import processes
from tests.fixtures.stack import Stack, free_port, start_stack

SOURCE = """
import anvil.email

@anvil.email.handle_message
def take(message):
    print('got', message.subject, 'for', message.envelope.recipient)
    if message.subject == 'no':
        raise anvil.email.DeliveryFailure('Not here')
"""


def connected(stack: Stack) -> smtplib.SMTP:
    """Return a connection to the mail server, once it is up."""
    port = int(stack.env["WIDGETRY_MAIL_PORT"])

    def is_up() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
            return True
        return False

    processes.wait_until(is_up, "the mail server", 60, stack.output)
    return smtplib.SMTP("127.0.0.1", port, timeout=60)


def letter(to: str, subject: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ada <ada@example.com>", to, subject
    made.set_content("Hello.")
    return made


def test_e_12_e_15_a_letter_reaches_the_code_of_a_widget_and_is_in_its_logs(stack: Stack) -> None:
    owner = stack.sign_up()
    slug = owner.make("api", SOURCE)["slug"]
    address = f"hello@{slug}.localhost"

    with connected(stack) as smtp:
        smtp.send_message(letter(address, "yes"))
        with pytest.raises(smtplib.SMTPDataError, match=r"554.*Not here"):
            smtp.send_message(letter(address, "no"))
        with pytest.raises(
            smtplib.SMTPRecipientsRefused, match=r"No app registered for address: hello@nobody\.example"
        ):
            smtp.send_message(letter("hello@nobody.example", "yes"))

    log = owner.call("GET", f"/widgets/{slug}/mail").json["items"]
    assert [(item["subject"], item["direction"], item["state"]) for item in log] == [
        ("no", "in", "refused"),
        ("yes", "in", "handled"),
    ]
    found: list[Any] = []

    def are_recorded() -> bool:
        found[:] = owner.call("GET", f"/widgets/{slug}/runs").json["items"]
        return len(found) == 2

    processes.wait_until(are_recorded, "the runs", 30, stack.output)
    assert [(run["trigger"], run["outcome"]) for run in found] == [("email", "error"), ("email", "ok")]
    said = owner.call("GET", f"/runs/{found[1]['id']}/events").json["events"]
    assert "".join(event["text"] for event in said) == f"got yes for {address}\n"


def test_a_port_of_mail_that_is_taken_is_told_at_the_start(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> None:
    connected(stack).close()
    taken = stack.env["WIDGETRY_MAIL_PORT"]

    with pytest.raises(RuntimeError, match="WIDGETRY_MAIL_PORT"):
        start_stack(tmp_path_factory.mktemp("t") / "data", stack.data, WIDGETRY_MAIL_PORT=taken)
    with pytest.raises(RuntimeError, match="must be a port"):
        start_stack(tmp_path_factory.mktemp("t") / "data", stack.data, WIDGETRY_MAIL_PORT=f"x{free_port()}")
