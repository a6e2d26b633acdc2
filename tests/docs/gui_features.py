"""Which features of real apps work in GUI widgets, by engine: ``python -m tests.docs.gui_features`` writes the page.

The 62 features are those of the build order that was counted from public apps. A feature counts for an engine when a
browser test drives it there, to an effect on the page or to the server and back. The page is
``site/widget_site/docs/gui-features.md``.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "site/widget_site/docs/gui-features.md"
TESTS = ROOT / "tests/browser"
CASES = TESTS / "in_page/features.txt"
ENGINES = ("full", "light")
#: The test that runs each case of CASES, whose name begins with the number of its feature.
OF_CASES = "test_gui_features.py::test_a_widget_uses_the_platform_as_real_apps_do"
_CASE = re.compile(r"^def (f_(\d\d)_\w+)\(", re.MULTILINE)

_FORM, _INPUTS = (
    "test_gui_client.py::test_g_55_g_60_g_61_g_62_g_67_a_form_lives",
    "test_gui_inputs.py::test_g_05_g_06_g_07_g_08_g_09_g_11_g_12_g_15_g_70_g_71_g_73_the_gallery_of_components",
)
_FEEDBACK = "test_gui_widgets.py::test_w_19_the_feedback_form"
_TO_DO = "test_gui_to_do.py::test_g_21_g_22_a_to_do_list_in_a_table"
_PEOPLE = "test_gui_people.py::test_people_sign_up_and_keep_their_lists"
_HTML = "test_gui_html.py::test_g_24_html_forms_have_slots_and_javascript"
_PARTS = "test_gui_containers.py::test_g_76_g_77_components_of_ones_own_and_layouts"
_GRID = "test_gui_containers.py::test_g_22_g_23_a_grid_of_people"


@dataclass(frozen=True)
class Feature:
    """A feature in our words, and the tests that show it beside the cases of its number."""

    name: str
    tests: tuple[str, ...] = ()


FEATURES = {
    1: Feature("`FlowPanel`"),
    2: Feature("Forms of one's own HTML, pages of the theme", (_HTML,)),
    3: Feature("Data Tables in server code", (_FEEDBACK,)),
    4: Feature("`alert` and `confirm`", (_FORM,)),
    5: Feature("`Image`", (_INPUTS,)),
    6: Feature("`DropDown`", (_INPUTS,)),
    7: Feature("`TextArea`", (_FEEDBACK,)),
    8: Feature("`Notification`", (_FEEDBACK,)),
    9: Feature("Server code sends mail", (_FEEDBACK,)),
    10: Feature("Media, made and read on both sides"),
    11: Feature("`FileLoader`", (_INPUTS,)),
    12: Feature("`Link`", (_INPUTS,)),
    13: Feature("`RichText`", (_INPUTS,)),
    14: Feature("`open_form` and `get_open_form`", (_FORM,)),
    15: Feature("Data bindings, with write-back", (_TO_DO, _FORM)),
    16: Feature("`RepeatingPanel`", (_TO_DO, "test_gui_containers.py::test_a_to_do_list")),
    17: Feature("`Spacer`"),
    18: Feature("`DataRowPanel`", (_TO_DO, _GRID)),
    19: Feature("The Users service and its forms", (_PEOPLE,)),
    20: Feature("Data Tables in client code", (_PEOPLE, _TO_DO)),
    21: Feature("`DataGrid`", (_TO_DO, _GRID)),
    22: Feature("`CheckBox`", (_PEOPLE, _INPUTS)),
    23: Feature(
        "`Plot`",
        (
            "test_gui_dashboard.py::test_g_14_the_dashboard_of_the_tour_analyses_a_file_and_saves_it",
            "test_gui_plots.py::test_g_14_g_84_s_42_figures_are_drawn",
        ),
    ),
    24: Feature("`GridPanel`"),
    25: Feature("Native libraries: HTML for the page's head"),
    26: Feature("Searches in an order (`order_by`)", (_PEOPLE,)),
    27: Feature("Own forms as components", (_PARTS,)),
    28: Feature("Other apps as libraries: their modules"),
    29: Feature("`DatePicker`", (_INPUTS,)),
    30: Feature(
        "JavaScript from Python (`anvil.js`)",
        ("test_gui_client.py::test_g_80_g_83_javascript_of_the_page_is_there_for_python",),
    ),
    31: Feature("Searches by query operators", (_PEOPLE,)),
    32: Feature("`LinearPanel`"),
    33: Feature("`RadioButton`", (_INPUTS,)),
    34: Feature("`Timer`", (_INPUTS,)),
    35: Feature("Other apps as libraries: their components"),
    36: Feature(
        "`anvil.http`",
        (
            "test_gui_client.py::test_g_40_g_41_g_42_g_43_g_45_g_46_g_47_g_48_g_49_g_50_g_63_g_74_s_47_the_library_keeps_its_promises",
        ),
    ),
    37: Feature("Calls without the spinner"),
    38: Feature("`anvil.app`: the theme's colours, the environment"),
    39: Feature("Handlers by `@handle`", (_FORM,)),
    40: Feature("Data files"),
    41: Feature("Sessions and cookies"),
    42: Feature("Background tasks, watched by the page"),
    43: Feature("Secrets"),
    44: Feature("Layouts of forms", (_PARTS,)),
    45: Feature("`GoogleMap`", ("test_gui_map.py::test_g_27_a_map_has_markers_and_lines_and_tells_what_is_clicked",)),
    46: Feature("HTTP endpoints and routes"),
    47: Feature("`XYPanel`"),
    48: Feature("`get_app_origin`"),
    49: Feature(
        "Google: signing in", ("test_gui_sign_in.py::test_g_89_u_20_client_code_lets_people_sign_in_with_google",)
    ),
    50: Feature("`Canvas`", ("test_gui_client.py::test_g_26_a_canvas_is_drawn_on",)),
    51: Feature(
        "`stripe.checkout`",
        ("test_gui_payments.py::test_g_89_a_page_takes_a_card_by_stripes_form_and_has_it_charged",),
    ),
    52: Feature("Transactions of Data Tables"),
    53: Feature("The hash of the page's address"),
    54: Feature("`anvil.tz`"),
    55: Feature("`anvil.pdf`: forms printed as PDF"),
    56: Feature("Who called: `anvil.server.context`"),
    57: Feature("Data Tables: many rows at once, rows by id, columns"),
    58: Feature("`base64` in client code"),
    59: Feature("`set_default_error_handling`"),
    60: Feature("Portable classes"),
    61: Feature("Server code receives mail"),
    62: Feature("`is_app_online`"),
}


def shown_by(number: int) -> tuple[str, ...]:
    """Return the tests that show a feature, as ``file::function`` below tests/browser."""
    has_case = number in {int(found) for _, found in _CASE.findall(CASES.read_text())}
    return (OF_CASES,) * has_case + FEATURES[number].tests


def engines_of(test: str) -> frozenset[str]:
    """Return the engines that a test runs on; KeyError when there is no such test."""
    file, _, name = test.partition("::")
    module = ast.parse((TESTS / file).read_text())
    functions = {one.name: one for one in module.body if isinstance(one, ast.FunctionDef)}
    lists = {
        target.id: one.value
        for one in module.body
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    function = functions[name]
    found = {engine for mark in function.decorator_list for engine in _engines_in(mark, lists)}
    if "engine" in [one.arg for one in function.args.args] and not found:
        found = _engines_of_fixture(module)
    return frozenset(found)


def _engines_of_fixture(module: ast.Module) -> set[str]:
    """Return those of the fixture ``engine``, which is here or of the module that this one has it from."""
    for one in module.body:
        if isinstance(one, ast.FunctionDef) and one.name == "engine":
            return {engine for mark in one.decorator_list for engine in _engines_in(mark, {})}
        if isinstance(one, ast.ImportFrom) and "engine" in [alias.name for alias in one.names]:
            path = ROOT.joinpath(*(one.module or "").split(".")).with_suffix(".py")
            return _engines_of_fixture(ast.parse(path.read_text()))
    return set()


def _engines_in(mark: ast.expr, lists: dict[str, ast.expr]) -> set[str]:
    named = [lists[one.id] for one in ast.walk(mark) if isinstance(one, ast.Name) and one.id in lists]
    constants = [one.value for part in (mark, *named) for one in ast.walk(part) if isinstance(one, ast.Constant)]
    return {engine for engine in ENGINES if engine in constants}


def shown_on(number: int, engine: str) -> list[str]:
    """Return the tests that show a feature on an engine."""
    return [test for test in shown_by(number) if engine in engines_of(test)]


def counts() -> dict[str, int]:
    """Return how many features work on each engine."""
    return {engine: sum(bool(shown_on(number, engine)) for number in FEATURES) for engine in ENGINES}


_HEAD = """# What GUIs can do

These are the {all} features that public apps of Anvil use most, in the order in which they let most of these apps run,
and the engines on which a test in a browser shows each of them here: **{full} on Full, {light} on Light**.
`python -m tests.docs.gui_features` writes this table; a test fails when it names one that is not there.

| Feature | Full | Light | Shown by |
|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    lines = []
    for number, feature in FEATURES.items():
        works = ["yes" if shown_on(number, engine) else "no" for engine in ENGINES]
        shown = "<br>".join(f"`{test}`" for test in shown_by(number))
        lines.append(f"| {number}. {feature.name} | {works[0]} | {works[1]} | {shown} |")
    return _HEAD.format(all=len(FEATURES), **counts()) + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
