"""Values that JSON cannot carry survive the wire exactly, and hostile descriptions of values are refused."""

import datetime
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget_site.services.signing import WidgetSigner
from widget_wire import media_chunks
from widget_wire.values import (
    Capability,
    LazyMedia,
    LiveObject,
    Media,
    Portable,
    PortableClass,
    WireValueError,
    flatten,
    inflate,
    narrowed,
)

KEYS = [b"k" * 32]
SIGNER = WidgetSigner(KEYS, "w1")
UTC = datetime.UTC


def travel(value: Any, signer: WidgetSigner = SIGNER, reader: WidgetSigner = SIGNER, *, trusted: bool = True) -> Any:
    """Return ``value`` after its way over the wire."""
    flat = flatten({"response": value}, signer)
    contents = media_chunks.read(media_chunks.write({name: item.content for name, item in flat.media.items()}))
    return inflate(json.loads(json.dumps(flat.message)), contents, reader, trusted=trusted)["response"]


def described(kind: str, path: list[Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Return a message in which a peer describes one value."""
    return {"args": [None], "objects": [{"path": path or ["args", 0], "type": [kind], **fields}]}


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**31),
        2**31,
        -(2**31) - 1,
        10**30,
        1.5,
        math.inf,
        -math.inf,
        "é\0",
        datetime.date(2026, 1, 2),
        datetime.datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        datetime.datetime(26, 1, 2, 3, 4, 5, 0, datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))),
        [{"a": [datetime.date(1, 1, 1), {"b": 2**40}]}],
        Capability(("_", "t", {"id": 3})),
        LazyMedia("tables", '{"row": 1}', "text/plain", "a.txt", 5),
        LiveObject("anvil.private.BackgroundTask", '"x"', ("p",), ("kill",)),
        Portable("app.Point", {"x": 2**40, "y": [Portable("app.Point", None)]}),
        PortableClass("app.Point"),
    ],
)
def test_a_value_arrives_as_it_was(value: Any) -> None:
    assert travel({"in": [value]}) == {"in": [value]}


def test_nan_arrives() -> None:
    assert math.isnan(travel(math.nan))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(st.characters(codec="utf-8"))
        | st.dates()
        | st.datetimes(timezones=st.just(UTC)),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_whatever_is_nested_arrives_as_it_was(value: Any) -> None:
    assert travel(value) == value


@pytest.mark.parametrize("size", [0, 1, media_chunks.CHUNK_BYTES, media_chunks.CHUNK_BYTES + 1])
def test_media_arrive_with_type_name_and_content(size: int) -> None:
    got = travel({"file": Media("text/csv", b"x" * size, "a.csv"), "same": Media(None)})

    assert (got["file"].content_type, got["file"].name, got["file"].content) == ("text/csv", "a.csv", b"x" * size)
    assert (got["same"].content_type, got["same"].content) == (None, b"")


@pytest.mark.parametrize("minutes", [330, -210, 0, 765])
def test_a_time_keeps_its_offset(minutes: int) -> None:
    offset = datetime.timedelta(minutes=minutes)
    value = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.timezone(offset))

    got = travel(value)

    assert (got, got.utcoffset()) == (value, offset)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1])
def test_an_integer_beyond_32_bits_travels_as_text(value: int) -> None:
    flat = flatten({"a": value, "b": value - 1 if value > 0 else value + 1}, SIGNER)

    assert flat.message["objects"] == [{"path": ["a"], "type": ["Long"], "value": str(value)}]


def test_a_naive_datetime_is_in_utc() -> None:
    assert travel(datetime.datetime(2026, 1, 2)) == datetime.datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"), [({"a": {1: 2}}, "['a'] has the key 1"), ([{1, 2}], "'set' object at response[0]")]
)
def test_what_cannot_be_carried_is_named_with_its_place(value: Any, words: str) -> None:
    with pytest.raises(WireValueError) as failure:
        travel(value)

    assert words in str(failure.value)
    assert failure.value.kind == "anvil.server.SerializationError"


SIGNED = [Capability(("_", "t", {"id": 3})), LazyMedia("m", "i"), LiveObject("b", "i")]


@pytest.mark.parametrize("value", SIGNED)
@pytest.mark.parametrize(
    "other", [WidgetSigner([b"x" * 32], "w1"), WidgetSigner(KEYS, "w2"), WidgetSigner(KEYS, "w1", "browser:1")]
)
def test_what_was_signed_for_another_widget_audience_or_with_another_key_is_refused(value: Any, other: Any) -> None:
    with pytest.raises(WireValueError) as failure:
        travel(value, other)

    assert failure.value.kind == "anvil.server.InvalidObjectError"


def test_what_an_older_key_signed_is_still_taken() -> None:
    assert travel(SIGNED, SIGNER, WidgetSigner([b"n" * 32, *KEYS], "w1")) == SIGNED


@pytest.mark.parametrize("field", ["scope", "mac"])
def test_a_changed_capability_is_refused(field: str) -> None:
    flat = flatten({"args": [SIGNED[0]]}, SIGNER).message
    flat["objects"][0][field] = {"scope": ["_", "t", {"id": 4}], "mac": "x" * 44}[field]

    with pytest.raises(WireValueError, match="was not made here"):
        inflate(flat, {}, SIGNER)


def test_narrowing_is_part_of_the_capability() -> None:
    flat = flatten({"args": [SIGNED[0]]}, SIGNER).message
    flat["objects"][0]["narrow"] = [{"r": 5}]

    assert inflate(flat, {}, SIGNER)["args"] == [Capability(("_", "t", {"id": 3}, {"r": 5}))]


def handed_on(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message of a trusted peer as another one, which looks at no ``narrow``, is to get it."""
    given = narrowed(message, lambda: SIGNER)
    assert all("narrow" not in item for item in given["objects"])
    return inflate(given, {}, SIGNER)


def test_what_a_capability_was_narrowed_to_is_handed_on() -> None:
    ours = flatten({"args": [SIGNED[0], 2**40]}, SIGNER).message
    ours["objects"][0]["narrow"] = [{"r": 5}]
    mine = described("Capability", scope=["mine"], mac=None, narrow=["less"])

    assert handed_on(ours)["args"] == [Capability(("_", "t", {"id": 3}, {"r": 5})), 2**40]
    assert handed_on(mine)["args"] == [Capability(("mine", "less"))]


@pytest.mark.parametrize("item", [{"scope": ["_", "t"], "mac": "x"}, {"scope": 7}, {"mac": None}])
def test_a_narrowed_capability_that_is_not_in_order_is_not_handed_on(item: dict[str, Any]) -> None:
    with pytest.raises(WireValueError) as failure:
        narrowed(described("Capability", narrow=["less"], **item), lambda: SIGNER)

    assert failure.value.kind == "anvil.server.InvalidObjectError"


@pytest.mark.parametrize("objects", [None, 7, [], [7], [{"type": ["Long"], "narrow": [1]}]])
def test_other_messages_are_handed_on_as_they_came(objects: Any) -> None:
    assert narrowed({"args": [], "objects": objects}, lambda: SIGNER) == {"args": [], "objects": objects}


def test_server_code_may_have_capabilities_of_its_own_but_not_ours_and_a_client_none() -> None:
    own = described("Capability", scope=["mine", 1], mac=None)

    assert inflate(dict(own), {}, SIGNER)["args"] == [Capability(("mine", 1))]
    with pytest.raises(WireValueError):
        inflate(described("Capability", scope=["mine", 1], mac=None), {}, SIGNER, trusted=False)
    with pytest.raises(WireValueError):
        inflate(described("Capability", scope=["_", "t"], mac=None), {}, SIGNER)


@pytest.mark.parametrize(
    "message",
    [
        described("Nonsense"),
        described("Long", value="x"),
        described("Long", value="9" * 5000),
        described("Float", value="1e5"),
        described("Date", value="2026-13-01"),
        described("DateTime", value="2026-01-02 03:04:05+0000"),
        described("Long", ["args", 1], value="1"),
        described("Long", ["args", -1], value="1"),
        described("Long", ["args", "x"], value="1"),
        described("Long", ["nowhere", 0], value="1"),
        described("Long", ["args"] * 300, value="1"),
        described("ValueType", typeName=5),
        described("DataMedia", id="m9"),
        described("LiveObject", backend="b", id="i"),
        {"args": [], "objects": [5]},
        {"args": [], "objects": "x"},
        {"args": [], "objects": [{"type": ["Long"], "path": []}]},
        {"args": [], "objects": [{"type": [], "path": ["args"]}]},
        {"args": [], "objects": [{"type": ["Long"] * 2, "path": ["args"]}]},
    ],
)
def test_a_description_that_is_not_in_order_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(WireValueError):
        inflate(message, {}, SIGNER)
