"""Mail of strangers taken apart: whatever is in it, something comes back, or it is refused in words, and soon."""

import random
from email.message import EmailMessage

import pytest

from widget_site.services.email import reading
from widget_site.services.email.reading import TooOddError, read
from widget_site.services.email.receiving import Arrived, message_of


def test_words_that_were_encoded_are_read_and_a_comma_in_a_name_separates_nothing() -> None:
    found = read(b"From: =?utf-8?q?Doe=2C_J=C3=BC?= <j@d.example>\r\nTo: a@b.example,\r\n c@d.example\r\n\r\nT")

    assert found.people["from"] == (("Doe, Jü", "j@d.example"),)
    assert found.people["to"] == (("", "a@b.example"), ("", "c@d.example"))
    said = message_of(Arrived("x@d.example", "y@w", b""), found, ("d.example",))
    assert said["addressees"]["from"] == [
        {"address": "j@d.example", "name": "Doe, Jü", "raw": '"Doe, Jü" <j@d.example>'}
    ]
    assert said["dkim"] == {"valid_from_sender": True, "domains": ["d.example"]}


def test_what_is_missing_is_none_or_empty() -> None:
    said = message_of(Arrived("", "y@w", b""), read(b"\r\n"), ())

    assert (said["subject"], said["html"], said["text"]) == (None, None, "")
    assert said["addressees"] == {"to": [], "cc": []}
    assert said["dkim"] == {"valid_from_sender": False, "domains": []}


def test_an_attached_message_is_a_file() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner["Subject"] = "Within"
    inner.set_content("inner text")
    outer.set_content("outer text")
    outer.add_attachment(inner)

    found = read(outer.as_bytes())

    assert (found.text, [one.content_type for one in found.attached]) == ("outer text\n", ["message/rfc822"])
    assert b"inner text" in found.attached[0].content


@pytest.mark.parametrize(
    ("disposition", "html", "cid"),
    [("inline", "", "1"), ("attachment", "", ""), ("attachment", '<img src="cid:1">', "1")],
)
def test_an_id_makes_a_picture_of_the_text_when_the_text_shows_it(disposition: str, html: str, cid: str) -> None:
    made = EmailMessage()
    made.set_content(html, subtype="html")
    made.add_related(b"PNG", "image", "png", cid="<1>", disposition=disposition, filename="p.png")

    assert [one.cid for one in read(made.as_bytes()).attached] == [cid]


def nested(depth: int) -> bytes:
    heads = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
    return heads + b"\r\nT\r\n"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"A: b\r\n" * 501 + b"\r\n", "headers"),
        (b"A: " + b"b\r\n " * 40_000 + b"\r\n\r\n", "KB"),
        (b"A: " + b"b" * 40_000 + b"\r\n\r\n", "KB"),
        (b"\xff" * 200_000, "KB"),
        (nested(1500), "nested"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nT\r\n" * 101 + b"--b--", "parts"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\nmultipart/" + b"\n" * 10_100_000, "lines"),
    ],
    ids=["headers", "folded", "long", "no end", "nested", "parts", "lines"],
)
def test_what_nobody_writes_by_accident_is_refused_in_words(raw: bytes, why: str) -> None:
    with pytest.raises(TooOddError, match=why):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no header at all",
        b"From: ((((((((((\r\nTo: \"\r\nCc: <<<>>>\r\nSubject: =?x?q?=\r\n\r\n",
        b"From: " + b"(" * 20_000 + b"\r\n\r\n",
        b"Subject: =?utf-8?b?!!!?= =?no-such?q?x?= \xff\xfe \x00\r\n\r\n\x00text\x00",
        b"Content-Type: text/plain; charset=no-such\r\n\r\nT",
        b"Content-Type: text/plain; charset=zlib\r\n\r\nT",
        b"Content-Type: text/plain; charset*=x'y'z'; name*0*=a''b; name*1=c\r\n\r\nT",
        b"Content-Type: " + b'";' * 10_000 + b"\r\n\r\nT",
        b"Content-Type: multipart/mixed\r\n\r\nT",
        b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\nT",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n#!!!\r\n",
        b"Content-Type: image/png\r\nContent-ID: <a\r\n b>\r\nContent-Disposition: x; filename*=utf-8''%ff%00\r\n\r\nP",
        b"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n",
    ],
)  # fmt: skip
def test_whatever_is_in_it_something_comes_back(raw: bytes) -> None:
    found = read(raw)
    said = message_of(Arrived("a@b", "c@d", raw), found, ())

    texts = [text for pair in found.headers for text in pair] + [found.text or "", found.html or ""]
    assert not any("\0" in text for text in texts)
    assert "\n" not in "".join(value for _, value in found.headers)
    "".join(texts).encode()
    assert len(said["attachments"]) + len(said["inline_attachments"]) == len(found.attached)


def test_whatever_bytes_come_something_comes_back() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "Ä <a@b.example>", "Grüße"
    made.set_content("text ü")
    made.add_alternative("<p>ü</p>", subtype="html")
    made.add_attachment(b"PNG", "image", "png", filename="ü.png", cid="<1>")
    raw, chance = made.as_bytes(), random.Random(5)

    for _ in range(400):
        bad = bytearray(raw)
        for _ in range(chance.randint(1, 12)):
            place = chance.randrange(len(bad))
            bad[place : place + chance.randint(0, 3)] = bytes(chance.choices(b'\0\r\n"<>;=?\xff()-', k=2))
        message_of(Arrived("a@b", "c@d", b""), read(bytes(bad)), ())


def test_a_header_has_one_line_and_bounded_length() -> None:
    assert reading.decoded("a\r\n b\r\n\tc") == "a b c"
    assert reading.decoded("=?utf-8?q?a=00=0Ab?=") == "a b"
