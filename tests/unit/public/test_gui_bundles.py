"""What a bundle of a GUI's page costs the site, whatever is in it."""

from widget_site.public.gui.bundles import make_bundle

_ROUTE = "from anvil.server import route\n\n@route({!r})\ndef answer(**named):\n    pass\n\n"
_LONG = "route = [" + "1, " * 1_200_000 + "]\n"


def test_routes_of_several_parameters_that_take_slashes_are_known_in_no_time() -> None:
    many = "".join(f"/:p{number}*" for number in range(30)) + "/end"
    bundle = make_bundle({"server_code/m.py": _ROUTE.format(many) + _ROUTE.format("/a/:b/c")})

    # Trying all ways to match would take longer than any test may.
    found = [bundle.is_route("/" * 2000 + "x"), bundle.is_route("/a/x/c"), bundle.is_route("a")]

    assert found == [True, True, False]


def test_code_that_is_too_long_to_be_parsed_is_asked_and_says_so_itself() -> None:
    server = make_bundle({"server_code/m.py": _LONG})
    many = make_bundle({"server_code/m.py": _ROUTE.format("/a") * 600})
    light = make_bundle({"client_code/m.py": _LONG, "client_code/ok.py": "a = 1\n"}, "light")

    assert server.is_route("/anything")
    assert many.is_route("/anything")
    assert b"SyntaxError" in light.app
    assert b"a = 1" in light.app
    assert len(light.app) < 10_000
