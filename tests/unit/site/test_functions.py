"""Who answers a call of a server function, and what is refused before anybody does (features.md S-09, S-10)."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from widget_model.quotas import Quota
from widget_site.dispatch import AwayError, BusyError, Dispatch, UnknownWidgetError
from widget_site.functions import Functions
from widget_wire.functions import failed
from widget_wire.runs import ServiceAnswer, ServiceCall


class DispatchDouble:
    """A widget whose own code answers "own", or fails as the test says."""

    def __init__(self, kind: str = "api", error: Exception | None = None, used_up: Quota | None = None) -> None:
        self.snapshots = self
        self._kind, self._error, self._used_up = kind, error, used_up
        self.calls = 0

    async def get(self, slug: str) -> Any:
        if slug == "gone":
            return None
        return SimpleNamespace(widget_id="w1" if slug == "mine" else "w2", kind=self._kind, used_up=self._used_up)

    async def call_function(self, call: ServiceCall, session_data: Any) -> tuple[ServiceAnswer, Any]:
        self.calls += 1
        if self._error is not None:
            raise self._error
        return ServiceAnswer(call.id, {"response": "own"}), session_data


class UplinksDouble:
    """An uplink that answers every name with a text, or has gone."""

    def __init__(self, answer: str | None) -> None:
        self._answer = answer

    async def __call__(self, call: ServiceCall) -> ServiceAnswer | None:
        return None if self._answer is None else ServiceAnswer(call.id, {"response": self._answer})

    def has(self, widget_id: str, name: str) -> bool:
        return self._answer is not None

    def was_here(self, widget_id: str, name: str) -> bool:
        return name == "was-here"


async def ask(dispatch: DispatchDouble, command: str = "f", *, uplink: str | None = None, **more: Any) -> Any:
    given = {"caller": "server_module", "call_stack": ({"type": "http"},), "slug": "mine", **more}
    call = ServiceCall("c1", "n1", "r1", "w1", "route", "", command, given.pop("message", {}), **given)
    no_redis = cast(Any, None)  # nobody's session is asked for
    answer = await Functions(cast(Dispatch, dispatch), no_redis, no_redis, UplinksDouble(uplink), lambda: [b"k" * 32])(
        call
    )
    error = answer.message.get("error")
    return answer.message.get("response") if error is None else (error["type"], error["message"])


async def test_an_uplink_comes_before_the_widgets_own_code() -> None:
    dispatch = DispatchDouble()

    assert await ask(dispatch, uplink="up") == "up"
    assert dispatch.calls == 0
    assert await ask(dispatch) == "own"


@pytest.mark.parametrize("caller", ["browser", "client_uplink"])
@pytest.mark.parametrize("command", ["task:x", "route:/x", "email:handle_message", ":"])
async def test_s_10_clients_cannot_call_scoped_names(caller: str, command: str) -> None:
    dispatch = DispatchDouble()

    kind, text = await ask(dispatch, command, caller=caller, uplink="up")

    assert kind == "anvil.server.PermissionDenied"
    assert text == f'Cannot call scoped server function "{command}" from client code'
    assert dispatch.calls == 0
    assert await ask(dispatch, command) == "own"


async def test_s_09_calls_within_calls_are_ten_at_most() -> None:
    ten = tuple({"type": "server_module"} for _ in range(10))

    assert await ask(DispatchDouble(), call_stack=ten) == "own"
    kind, text = await ask(DispatchDouble(), call_stack=(*ten, {"type": "http"}), uplink="up")

    assert (kind, text) == ("anvil.server.StackOverflow", "Too many nested anvil.server.call()s")


@pytest.mark.parametrize(
    ("slug", "kind"), [("mine", "script"), ("mine", "scheduled"), ("anothers", "api"), ("gone", "api")]
)
async def test_code_that_registers_no_functions_for_this_widget_is_not_run(slug: str, kind: str) -> None:
    dispatch = DispatchDouble(kind)

    error = await ask(dispatch, "add", slug=slug)

    assert error == (
        "anvil.server.NoServerFunctionError",
        'No server function matching "add" has been registered',
    )
    assert dispatch.calls == 0


async def test_own_code_is_not_run_over_its_owners_quota_and_an_uplink_answers_all_the_same() -> None:
    dispatch = DispatchDouble(used_up=Quota("runs_per_day", 2, 2, 1_800_000_000.0))

    kind, text = await ask(dispatch)

    assert kind == "anvil.server.QuotaExceededError"
    assert "used up" in text
    assert dispatch.calls == 0
    assert await ask(dispatch, uplink="up") == "up"


async def test_a_capability_that_is_no_good_is_refused_before_it_is_handed_on() -> None:
    item = {"path": ["args", 0], "type": ["Capability"], "scope": ["_", "t"], "mac": "x", "narrow": ["less"]}
    call = {"args": [None], "kwargs": {}, "objects": [item]}
    dispatch = DispatchDouble()

    kind, _ = await ask(dispatch, message=call)

    assert kind == "anvil.server.InvalidObjectError"
    assert dispatch.calls == 0


@pytest.mark.parametrize("error", [BusyError(), AwayError(), UnknownWidgetError()])
async def test_a_call_that_finds_nobody_is_told(error: Exception) -> None:
    kind, text = await ask(DispatchDouble(error=error))

    assert kind == "anvil.server.RuntimeUnavailableError"
    assert text


def test_an_answer_that_raises_has_what_the_library_needs() -> None:
    assert failed("c1", "KeyError", "k").message == {
        "error": {"type": "KeyError", "message": "k", "trace": []},
        "objects": [],
    }


async def test_k_11_a_name_whose_uplink_has_gone_is_told_as_that() -> None:
    error = await ask(DispatchDouble("script"), "was-here")

    assert error == (
        "anvil.server.UplinkDisconnectedError",
        'The uplink server for "was-here" has been disconnected',
    )
    assert await ask(DispatchDouble("api"), "was-here") == "own"
