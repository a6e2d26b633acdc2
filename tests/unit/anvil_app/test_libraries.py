"""Libraries of an app: what its manifest names, and their code beside its own."""

from widget_model.anvil_app import Packages, library_findings, packages_of, with_libraries
from widget_model.anvil_app.libraries import MAX_BYTES


def test_a_manifest_names_its_package_and_those_that_it_uses() -> None:
    uses = [f"{{dep_id: {one}, resolution_hints: {{package_name: {one}}}}}" for one in ("kit", "shop")]
    text = f"package_name: shop\ndependencies: [{', '.join(uses)}, {{dep_id: c}}]\n"

    assert packages_of(text) == Packages("shop", frozenset({"kit"}))
    assert packages_of("a: [") == packages_of("- 1") == Packages()


def test_of_what_runs_are_given_the_last_libraries_are_left_out() -> None:
    code = {"server_code/m.py": "#" * (MAX_BYTES // 2), "theme/assets/a.css": "#" * MAX_BYTES}

    joined = with_libraries({"main.py": "1"}, {"a": code, "b": code, "c": code})
    found = library_findings({}, {"a": code, "b": code, "c": code})

    assert joined["libraries/order.txt"] == "a\nb\n"
    assert set(joined) == {"main.py", "libraries/order.txt", *(f"libraries/{one}/server_code/m.py" for one in "ab")}
    assert [one.text.split(":")[0] for one in found] == ["The library c is too large"]
