"""Secrets are hidden in what a run says, wherever its text is cut (D-25)."""

import base64
import json
import urllib.parse

from hypothesis import given
from hypothesis import strategies as st

from widget_model.limits import Limits
from widget_runner.masking import MASK, Masker
from widget_runner.output import STDERR, STDOUT, Output

SECRET = 's3cr3t-Välue/with "quotes"'


def masker(*values: str) -> Masker:
    made = Masker()
    made.add(values)
    return made


def test_d_25_a_value_is_hidden_in_every_form_in_which_it_is_printed() -> None:
    hide = masker(SECRET).whole
    forms = [
        SECRET,
        repr(SECRET),
        json.dumps({"key": SECRET}),
        urllib.parse.urlencode({"key": SECRET}),
        urllib.parse.quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
    ]

    for form in forms:
        assert MASK in hide(f"before {form} after"), form
        assert "cr3t" not in hide(form), form


def test_d_25_of_a_value_of_several_lines_each_line_is_hidden() -> None:
    hide = masker("-----BEGIN KEY-----\nabcdefgh\nijklmnop\n").whole

    assert hide("at line 2: ijklmnop") == f"at line 2: {MASK}"


def test_d_25_short_texts_are_not_hidden() -> None:
    assert masker("abc", "").whole("abc") == "abc"
    assert masker("abcd").whole("abcd") == MASK


def test_d_25_overlapping_values_leave_nothing_of_each_other() -> None:
    assert masker("abcdef", "defghi").whole("xabcdefghiy") == f"x{MASK}y"


def test_d_25_the_rest_of_a_value_that_began_within_another_is_hidden_when_it_arrives() -> None:
    hide = masker("abcdef", "defghi")

    shown, held = hide.part("xabcdef")
    more, held = hide.part(held + "ghiy")

    assert shown + more + hide.whole(held) == f"x{MASK}y"


LETTERS = st.text(alphabet="ab\n", min_size=0, max_size=60)


@given(st.lists(st.text(alphabet="ab", min_size=4, max_size=8), min_size=1, max_size=3), LETTERS, st.data())
def test_d_25_it_makes_no_difference_where_the_text_is_cut(values: list[str], text: str, data: st.DataObject) -> None:
    hide = masker(*values)
    shown, held, at = "", "", 0
    while at < len(text):
        size = data.draw(st.integers(1, 9))
        part, held = hide.part(held + text[at : at + size])
        shown += part
        at += size
    shown += hide.whole(held)

    plain = hide.whole(text)
    assert [line.replace(MASK, "") for line in shown.split("\n")] == [
        line.replace(MASK, "") for line in plain.split("\n")
    ]
    assert not any(value in shown for value in values)


def test_d_25_a_long_value_is_hidden_piece_by_piece() -> None:
    value = "".join(f"{number:04}" for number in range(500))
    hide = masker(value)

    assert hide.whole(f"<{value}>") == f"<{MASK}>"
    shown, held = hide.part("x" * 1000 + value[:700])
    assert shown.startswith("x" * 1000 + MASK)
    assert len(held) < 128


def output() -> Output:
    made = Output(Limits(timeout_s=1.0), clock=lambda: 0.0)
    made.mask([SECRET])
    return made


def text_of(said: Output, kind: str) -> str:
    said.finish()
    return "".join(event.text for event in said.take() if event.kind == kind)


def test_d_25_a_value_that_arrives_in_two_reads_is_hidden() -> None:
    said = output()
    data = f"token {SECRET}!\n".encode()
    for cut in range(0, len(data), 5):
        said.write(STDOUT, data[cut : cut + 5])

    assert text_of(said, STDOUT) == f"token {MASK}!\n"


def test_d_25_the_streams_are_searched_each_on_its_own() -> None:
    said = output()
    said.write(STDOUT, SECRET[:8].encode())
    said.write(STDERR, b"between\n")
    said.write(STDOUT, SECRET[8:].encode() + b"\n")
    said.finish()

    texts = {kind: "".join(e.text for e in said.take() if e.kind == kind) for kind in (STDOUT,)}
    assert texts[STDOUT] == f"{MASK}\n"


def test_d_25_errors_and_displays_are_searched_too() -> None:
    said = output()
    said.add("error", f"KeyError: {SECRET}", {"message": SECRET, "trace": [["main.py", 3]]})
    said.display({"text/plain": f"value {SECRET}", "application/json": {SECRET: [SECRET]}}, 50)
    error, display = said.take()

    assert (error.text, error.data) == (f"KeyError: {MASK}", {"message": MASK, "trace": [["main.py", 3]]})
    assert display.data == {"text/plain": f"value {MASK}", "application/json": {MASK: [MASK]}}
    assert said.masked(f"boom {SECRET[:-3]}") == f"boom {MASK}"


def test_d_25_a_value_that_was_held_back_to_the_end_of_the_run_is_hidden() -> None:
    said = Output(Limits(timeout_s=1.0), clock=lambda: 0.0)
    said.mask(["abcdef", "defghi"])
    said.write(STDOUT, b"xabcdef")

    assert text_of(said, STDOUT) == f"x{MASK}"


def test_d_25_what_was_cut_off_in_the_middle_of_a_value_is_not_shown() -> None:
    said = Output(Limits(timeout_s=1.0, output_kept_bytes=20), clock=lambda: 0.0)
    said.mask([SECRET])
    said.write(STDOUT, b"0123456789" + SECRET.encode() + b"\n")
    said.finish()

    assert "s3cr3t" not in "".join(event.text for event in said.take())


def test_without_a_secret_nothing_is_held_back() -> None:
    said = Output(Limits(timeout_s=1.0), clock=lambda: 0.0)
    said.write(STDOUT, b"half a line")

    assert [event.text for event in said.take()] == ["half a line"]
