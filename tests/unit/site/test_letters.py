"""A letter of what user code gave: addresses, bodies, attachments, and what is told when something is wrong."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from widget_site.services.email import composing, reading
from widget_site.services.email.addresses import Address, read_addresses, sender
from widget_site.services.native import NativeError
from widget_wire.values import LazyMedia, Media

HOME = "quiet-otter.localhost"
PICTURE = Media("image/png", b"\x89PNG", "plot.png")


def made(notice: str = "", **kwargs: Any) -> EmailMessage:
    """Return the message that these arguments make, as a mail program reads it."""
    raw = composing.compose(composing.read(kwargs), Address("", f"no-reply@{HOME}"), f"<1@{HOME}>", notice)
    return message_from_bytes(raw, policy=policy.default)


def failure(**kwargs: Any) -> str:
    with pytest.raises(NativeError) as caught:
        made(**kwargs)
    assert caught.value.kind == "anvil.email.SendFailure"
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, []),
        ("a@b.example", [("", "a@b.example")]),
        ("a@b.example, C <c@d.example>", [("", "a@b.example"), ("C", "c@d.example")]),
        (["Ada L <a@b.example>", "c@d.example"], [("Ada L", "a@b.example"), ("", "c@d.example")]),
        ('"Last, First" <a@b.example>', [("Last, First", "a@b.example")]),
        ("a@b.example, A@B.example", [("", "A@B.example")]),
        ("x@bücher.example", [("", "x@xn--bcher-kva.example")]),
        ("me@localhost", [("", "me@localhost")]),
    ],
)
def test_e_02_addresses_in_every_form(given: Any, expected: list[tuple[str, str]]) -> None:
    assert read_addresses(given) == expected


@pytest.mark.parametrize("given", [5, {"a": 1}, ["a@b.example", None], [["a@b.example"]], True])
def test_e_02_what_is_no_sequence_of_addresses_is_told(given: Any) -> None:
    assert failure(to=given).startswith("Not a valid sequence of addresses: ")


@pytest.mark.parametrize(
    "given", ["nobody", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b..c", "", "ü@b.example"]
)
def test_e_02_what_is_no_address_is_told(given: str) -> None:
    assert failure(cc=[given]).startswith("Invalid email address: ")


@pytest.mark.parametrize(
    ("address", "name", "expected"),
    [
        (None, None, f"no-reply@{HOME}"),
        ("support", None, f"support@{HOME}"),
        ("support", "The team", f"The team <support@{HOME}>"),
        ("boss@bank.example", None, f"boss@{HOME}"),
        ("Boss <boss@bank.example>", None, f"Boss <boss@{HOME}>"),
        (f"a@{HOME}", None, f"a@{HOME}"),
        ("a@evil.example\nBcc: b@c.example", "A\r\nB: c", f'"A B: c" <a@{HOME}>'),
    ],
)
def test_e_04_the_domain_is_the_widgets_own(address: str | None, name: str | None, expected: str) -> None:
    assert sender(address, name, HOME, any_domain=False).header == expected


def test_e_04_by_a_server_of_the_owners_it_may_come_from_anywhere() -> None:
    assert sender("boss@bank.example", None, HOME, any_domain=True).address == "boss@bank.example"


def test_e_05_text_and_html_are_alternatives_and_neither_is_an_empty_text() -> None:
    both = made(to="a@b.example", text="plain ünï", html="<b>rich</b>")
    html = made(to="a@b.example", html="<b>rich</b>")
    neither = made(to="a@b.example")

    assert both.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in both.iter_parts()] == ["text/plain", "text/html"]
    assert html.get_content_type() == "text/html"
    assert (neither.get_content_type(), neither.get_content().strip()) == ("text/plain", "")


def test_e_06_attachments_are_one_or_several_with_their_names() -> None:
    one = made(to="a@b.example", text="x", attachments=PICTURE)
    several = made(
        to="a@b.example", html="<p>x", attachments=[PICTURE, Media(None, b"?"), Media("text/plain", b"\xff")]
    )

    assert [part.get_filename() for part in one.iter_attachments()] == ["plot.png"]
    read = reading.read(several.as_bytes())
    assert [(part.name, part.content_type, part.content) for part in read.attached] == [
        ("plot.png", "image/png", b"\x89PNG"),
        ("Attachment 2", "application/octet-stream", b"?"),
        ("Attachment 3", "text/plain", b"\xff"),
    ]
    assert read.html == "<p>x\n"


@pytest.mark.parametrize("given", ["text", [b"bytes"], [PICTURE, "x"], {"a": PICTURE}])
def test_e_06_what_is_no_media_is_told(given: Any) -> None:
    assert failure(to="a@b.example", attachments=given) == "Attachments must be a list of Media objects"


def test_e_06_media_that_are_not_here_are_told() -> None:
    assert "anvil.BlobMedia" in failure(to="a@b.example", attachments=LazyMedia("m", "1"))


def test_e_07_pictures_within_the_html_go_with_it_by_their_ids() -> None:
    letter = made(
        to="a@b.example",
        text="x",
        html='<img src="cid:plot"><img src="cid:none">',
        inline_attachments={"plot": PICTURE},
    )
    read = reading.read(letter.as_bytes())

    related = [part for part in letter.walk() if part.get_content_type() == "multipart/related"]
    assert [part["Content-ID"] for part in related[0].iter_parts()] == [None, "<plot>"]
    assert [(part.cid, part.content) for part in read.attached] == [("plot", b"\x89PNG")]
    assert read.html_with_pictures().strip() == '<img src="data:image/png;base64,iVBORw=="><img src="cid:none">'
    assert failure(inline_attachments=[PICTURE]) == "Inline attachments must be a dictionary of Media objects"
    assert "can't be the id" in failure(inline_attachments={"a>\nX: y": PICTURE})


@pytest.mark.parametrize("name", ["subject", "text", "html", "from_address", "from_name", "in_reply_to", "references"])
def test_e_08_an_argument_of_another_type_is_told(name: str) -> None:
    assert failure(to="a@b.example", **{name: 3}) == f"Keyword argument '{name}' must be a string."


def test_e_08_an_argument_that_there_is_not_is_told() -> None:
    assert "'sender'" in failure(sender="a@b.example")


def test_answers_name_what_they_answer() -> None:
    letter = made(to="a@b.example", in_reply_to="<1@x>", references="<0@x> <1@x>")

    assert (letter["In-Reply-To"], letter["References"]) == ("<1@x>", "<0@x> <1@x>")


def test_nobody_adds_headers_or_recipients() -> None:
    letter = made(
        to="A\r\nBcc: x@y.example <a@b.example>",
        subject="S\r\nBcc: x@y.example",
        bcc="h@b.example",
        in_reply_to="<1>\nX-A: b",
    )

    assert letter["Bcc"] is None
    assert letter["X-A"] is None
    assert letter["Subject"] == "S Bcc: x@y.example"
    assert "h@b.example" not in letter.as_string()


def test_a_message_has_bounds() -> None:
    assert "50 addresses" in failure(to=[f"a{n}@b.example" for n in range(51)])
    assert "10 MB" in failure(to="a@b.example", attachments=Media("a/b", bytes(8_000_000)))


def test_half_a_character_and_kinds_that_are_none_are_sent_all_the_same() -> None:
    letter = made(
        to="a@b.example",
        text="\ud83d",
        subject="\ud83d",
        attachments=[Media("message/rfc822", b"x", "a\nb"), Media("ü/\n", b"y")],
    )

    kinds = [(part.get_content_type(), part.get_filename()) for part in letter.iter_attachments()]
    assert kinds == [("application/octet-stream", "a b"), ("application/octet-stream", "Attachment 2")]


def test_e_10_the_notice_of_test_mode_stands_in_every_body() -> None:
    letter = made("[for <a@b.example>]\n\n", to="me@b.example", text="x", html="<p>y</p>")
    plain, rich = letter.iter_parts()

    assert plain.get_content().split() == ["[for", "<a@b.example>]", "x"]
    assert rich.get_content().startswith("<p>[for &lt;a@b.example&gt;]")
