"""What a kept letter says, as its owner reads it."""

from widget_site.services.email import reading


def test_a_folded_header_begins_with_its_value() -> None:
    long = "<" + "x" * 90 + "@example.com>"

    read = reading.read(f"Message-ID:\r\n {long}\r\nSubject: Hello\r\n\r\ntext\r\n".encode())

    assert (read.header("message-id"), read.header("subject"), read.header("none")) == (long, "Hello", "")
