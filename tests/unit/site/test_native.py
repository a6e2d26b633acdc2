"""Native functions get Python values, answer with them, and are refused to whoever may not call them."""

import datetime
from typing import Any

import pytest

from widget_site.services.native import Answer, Native, NativeCall, NativeError, native_service
from widget_site.services.signing import WidgetSigner
from widget_wire import media_chunks
from widget_wire.runs import ServiceAnswer, ServiceCall
from widget_wire.values import Capability, Media, flatten, inflate

SIGNER = WidgetSigner([b"k" * 32], "w1")


async def call(native: Native, *args: Any, caller: str = "server_module", for_clients: bool = False) -> ServiceAnswer:
    """Call ``native`` as user code does."""
    flat = flatten({"args": list(args), "kwargs": None}, SIGNER)
    chunks = media_chunks.write({name: media.content for name, media in flat.media.items()})
    made = ServiceCall("c1", "n1", "r1", "w1", "route", "", "anvil.private.x.f", flat.message, chunks, caller=caller)
    return await native_service(native, lambda _: SIGNER, for_clients=for_clients)(made)


def response(answer: ServiceAnswer) -> Any:
    """Return what user code gets."""
    return inflate(dict(answer.message), media_chunks.read(answer.media), SIGNER)["response"]


async def give_back(call: NativeCall) -> Any:
    return call.args


async def test_values_and_media_go_in_and_out() -> None:
    day, right = datetime.date(2026, 1, 2), Capability(("_", "t"))

    got = response(await call(give_back, day, right, Media("text/plain", b"abc", "n")))

    assert got[:2] == [day, right]
    assert (got[2].content, got[2].content_type, got[2].name) == (b"abc", "text/plain", "n")


async def test_more_than_a_value_can_go_back() -> None:
    async def native(_: NativeCall) -> Answer:
        return Answer(1, shared=[":anvil.tables", {}], cap_updates={"[]": "U"}, mask=("secret",))

    answer = await call(native)

    assert answer.message == {
        "response": 1,
        "vt_global": [":anvil.tables", {}],
        "capUpdates": {"[]": "U"},
        "objects": [],
    }
    assert answer.mask == ("secret",)


@pytest.mark.parametrize("caller", ["browser", "client_uplink", "something"])
async def test_clients_are_refused_unless_the_function_is_for_them(caller: str) -> None:
    refused = await call(give_back, 1, caller=caller)
    allowed = await call(give_back, 1, caller=caller, for_clients=True)

    assert refused.message["error"]["type"] == "anvil.server.PermissionDenied"
    assert response(allowed) == [1]


async def test_what_user_code_did_wrong_is_its_error() -> None:
    async def native(call: NativeCall) -> Any:
        [name] = call.take(str)
        raise NativeError("KeyError", name)

    missing = await call(native, "colour")
    wrong = await call(native, 5)
    many = await call(native, "a", "b")

    assert missing.message["error"] == {"type": "KeyError", "message": "colour", "trace": []}
    assert wrong.message["error"]["message"] == "Argument 1 of f() can't be int"
    assert many.message["error"]["message"] == "f() takes 1 arguments, 2 were given"


async def test_what_cannot_be_carried_back_is_an_error() -> None:
    async def native(_: NativeCall) -> Any:
        return {1, 2}

    answer = await call(native)

    assert answer.message["error"]["type"] == "anvil.server.SerializationError"


async def test_forged_arguments_and_broken_media_are_refused() -> None:
    forged = {"args": [None], "kwargs": {}, "objects": [{"path": ["args", 0], "type": ["Capability"], "scope": ["_"]}]}
    service = native_service(give_back, lambda _: SIGNER)

    broken: list[tuple[dict[str, Any], bytes]] = [
        (forged, b""),
        ({"args": []}, b"Z12345"),
        ({"args": 5}, b""),
        ({"args": [], "kwargs": [1]}, b""),
    ]

    kinds = []
    for message, media in broken:
        answer = await service(ServiceCall("c", "n", "r", "w1", "route", "", "f", message, media))
        kinds.append(answer.message["error"]["type"])

    assert kinds == ["anvil.server.InvalidObjectError"] + ["anvil.server.SerializationError"] * 3
