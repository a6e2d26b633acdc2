"""What a client may send and see: checked, and signed for it alone."""

from typing import Any

import pytest

from widget_site.services.signing import WidgetSigner
from widget_site.uplink.boundary import Boundary
from widget_wire import media_chunks
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Capability, Media, Portable, PortableClass, WireValueError, flatten, inflate

KEYS = [b"k" * 32]
INSIDE = WidgetSigner(KEYS, "w1")
OUTSIDE = WidgetSigner(KEYS, "w1", "client uplink k1")
RIGHT = Capability(("_", "t", {"id": 1}))


async def own_modules() -> frozenset[str]:
    return frozenset({"main", "helper"})


BOUNDARY = Boundary(INSIDE, OUTSIDE, own_modules)


async def taken_in(value: Any, signer: WidgetSigner = OUTSIDE) -> Any:
    """Return what server code gets of a client's argument; the error's message when it is refused."""
    flat = flatten({"args": [value]}, signer)
    media = media_chunks.write({name: one.content for name, one in flat.media.items()})
    call = ServiceCall("c1", "", "r1", "w1", "uplink", "", "f", flat.message, media)
    refused, taken = await BOUNDARY.taken_in(call)
    if refused is not None:
        return refused.message["error"]["message"]
    return inflate(dict(taken.message), media_chunks.read(taken.media), INSIDE)["args"][0]


async def test_values_cross_both_ways() -> None:
    value = {"a": [1, 2**70, Portable("main.Point", {"x": 1}), PortableClass("anvil.server.X"), RIGHT]}

    assert await taken_in(value) == value
    flat = flatten({"response": value}, INSIDE)
    given = BOUNDARY.given_out(ServiceAnswer("c1", flat.message))
    assert inflate(dict(given.message), {}, OUTSIDE)["response"] == value


async def test_media_cross() -> None:
    got = await taken_in(Media("text/plain", b"abc", "n"))

    assert (got.content, got.content_type, got.name) == (b"abc", "text/plain", "n")


@pytest.mark.parametrize(
    "signer",
    [
        INSIDE,
        WidgetSigner(KEYS, "w1", "client uplink k2"),
        WidgetSigner(KEYS, "w2", "client uplink k1"),
        WidgetSigner([b"x" * 32], "w1", "client uplink k1"),
    ],
)
async def test_a_capability_that_was_not_given_to_this_client_is_refused(signer: WidgetSigner) -> None:
    assert "not made here" in await taken_in(RIGHT, signer)


async def test_an_unsigned_capability_of_a_client_is_refused() -> None:
    flat = flatten({"args": [Capability(("mine",))]}, OUTSIDE)
    flat.message["objects"][0]["mac"] = None
    refused, _ = await BOUNDARY.taken_in(ServiceCall("c1", "", "r1", "w1", "uplink", "", "f", flat.message))

    assert refused is not None


async def test_what_a_client_was_given_is_worth_nothing_inside() -> None:
    flat = flatten({"response": RIGHT}, INSIDE)
    given = BOUNDARY.given_out(ServiceAnswer("c1", flat.message))

    with pytest.raises(WireValueError):
        inflate(dict(given.message), {}, INSIDE)


@pytest.mark.parametrize(
    "name", ["this.X", "os.path", "antigravity.x", "helper2.X", ".x", "plotly.graph_objs.Figure", "anvil_extras.X"]
)
async def test_attack_12_classes_of_other_modules_are_refused(name: str) -> None:
    assert "No such serializable type" in await taken_in(Portable(name, {}))
    assert "No such serializable type" in await taken_in(PortableClass(name))


@pytest.mark.parametrize("objects", [7, [7], [{"type": ["ValueType"]}], [{"type": ["Odd"], "path": ["args", 0]}]])
async def test_objects_that_are_not_in_order_are_refused(objects: Any) -> None:
    message = {"args": [None], "objects": objects}
    refused, _ = await BOUNDARY.taken_in(ServiceCall("c1", "", "r1", "w1", "uplink", "", "f", message))

    assert refused is not None
