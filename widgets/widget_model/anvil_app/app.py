"""A tree of files as an Anvil app: forms, modules, theme, and what it says of itself. Pure, and never raises."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from widget_model.anvil_app import yaml_text
from widget_model.anvil_app.findings import Finding, Findings
from widget_model.anvil_app.forms import Form, TemplateError, read_form
from widget_model.anvil_app.manifest import MANIFEST, Dependency, Manifest, read_manifest
from widget_model.anvil_app.theme import PARAMETERS, Theme, read_theme, together
from widget_model.files import FileContent

CLIENT, SERVER = "client_code/", "server_code/"
_TEMPLATE = "/form_template.yaml"
#: Longer modules are not looked at: nothing else is done in a process while Python's own parser is at work.
_MAX_PARSED_CHARS = 300_000


@dataclass(frozen=True)
class AnvilApp:
    """An app as its files have it."""

    manifest: Manifest
    #: By name: "Form1", "admin.Form2".
    forms: Mapping[str, Form]
    #: Path below client_code → source.
    modules: Mapping[str, str]
    theme: Theme
    findings: tuple[Finding, ...]

    @property
    def startup(self) -> dict[str, str]:
        """What a page begins with: {"kind", "name"}."""
        name = self.manifest.startup
        if self.manifest.startup_kind == "form" and name not in self.forms:
            name = next(iter(sorted(self.forms)), name)
        return {"kind": self.manifest.startup_kind, "name": name}

    def with_themes_of(self, libraries: Sequence["AnvilApp"]) -> "AnvilApp":
        """Return this app with what its libraries' themes have and its own has not."""
        return replace(self, theme=together([*(one.theme for one in reversed(libraries)), self.theme]))

    def as_json(self, libraries: Sequence["AnvilApp"] = ()) -> dict[str, Any]:
        """Return the ``App`` of site/browser/src/gui/app.ts."""
        return {
            **_part_json(self, self.modules, self.forms),
            "startup": self.startup,
            "dependencies": {one.manifest.package: _part_json(one, one.modules, one.forms) for one in libraries},
            "theme": {"colors": dict(self.theme.colors), "html": dict(self.theme.html)},
        }

    def first_json(
        self, libraries: Sequence["AnvilApp"] = (), startup: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Return what the first paint needs: the form that it starts with, the forms in it, the theme.

        ``startup`` is another start than the app's own.
        """
        startup = self.startup if startup is None else startup
        packages = {one.manifest.package: one for one in (*libraries, self)}
        wanted, found = [(self.manifest.package, startup["name"])], dict[tuple[str, str], Form]()
        while wanted:
            place = wanted.pop()
            app = packages.get(place[0])
            form = app.forms.get(place[1]) if app is not None else None
            if form is None or place in found:
                continue
            found[place] = form
            types = [*_types(form), (form.layout or {}).get("type", "")]
            wanted += [_place(one, packages) for one in types if one.startswith("form:")]
        forms: dict[str, dict[str, Form]] = {package: {} for package in packages}
        for package, name in sorted(found):
            forms[package][name] = found[package, name]
        return {
            "package": self.manifest.package,
            "forms": {name: form_json(form) for name, form in forms[self.manifest.package].items()},
            "startup": dict(startup),
            "dependencies": {
                one.manifest.package: _part_json(one, {}, forms[one.manifest.package])
                for one in libraries
                if forms[one.manifest.package]
            },
            "theme": {"colors": dict(self.theme.colors), "html": dict(self.theme.html)},
        }


def read_app(files: Mapping[str, FileContent]) -> AnvilApp:
    """Read an app; what can't be read of it is among its findings."""
    findings = Findings()
    manifest = read_manifest(_yaml(files, MANIFEST, findings), findings)
    forms = {}
    for name, path in sorted(form_templates(files)):
        form = _form(name, path, files, manifest, findings)
        if form is not None:
            forms[name] = form
    modules = {
        path.removeprefix(CLIENT): source
        for path, source in sorted(files.items())
        if path.startswith(CLIENT) and path.endswith(".py") and isinstance(source, str)
    }
    theme = read_theme(_yaml(files, PARAMETERS, findings), files)
    if manifest.startup and manifest.startup_kind == "form" and manifest.startup not in forms:
        findings.add(MANIFEST, f"There is no form '{manifest.startup}' to start with.")
    return AnvilApp(manifest, forms, modules, theme, findings.all)


def _part_json(app: AnvilApp, modules: Mapping[str, str], forms: Mapping[str, Form]) -> dict[str, Any]:
    made = {name: form_json(form) for name, form in forms.items()}
    return {"package": app.manifest.package, "modules": dict(modules), "forms": made}


def _place(kind: str, packages: Mapping[str, AnvilApp]) -> tuple[str, str]:
    """Return package and name of a form's type, "form:package.Name"."""
    name = kind.removeprefix("form:")
    package = next((one for one in packages if name.startswith(f"{one}.")), "")
    return package, name.removeprefix(f"{package}.")


def form_json(form: Form) -> dict[str, Any]:
    """Return the ``Form`` of app.ts."""
    made = asdict(form)
    return {name: value for name, value in made.items() if value is not None}


def _types(form: Form) -> list[str]:
    found, waiting = [], [form.root]
    while waiting:
        node = waiting.pop()
        found.append(node.type)
        waiting += node.children
    return found


def form_templates(files: Mapping[str, FileContent]) -> list[tuple[str, str]]:
    """Return name and path of each form's template: a package's own, or one beside the module."""
    found = []
    for path in files:
        inner = path.removeprefix(CLIENT)
        if inner == path:
            continue
        if inner.endswith(_TEMPLATE):
            found.append((inner.removesuffix(_TEMPLATE).replace("/", "."), path))
        elif inner.endswith(".yaml") and f"{path.removesuffix('.yaml')}.py" in files:
            found.append((inner.removesuffix(".yaml").replace("/", "."), path))
    return found


def _form(
    name: str, path: str, files: Mapping[str, FileContent], manifest: Manifest, findings: Findings
) -> Form | None:
    template = _yaml(files, path, findings)
    if template is None:
        return None
    try:
        return read_form(name, template, lambda said: _form_type(said, path, manifest, findings))
    except TemplateError as error:
        findings.add(path, f"This form can't be shown: {error}.")
        return None


def _form_type(said: str, path: str, manifest: Manifest, findings: Findings) -> str:
    """Return ``form:Row`` as ``form:Package.Row``, with a dependency's package where it is of one."""
    dep_id, colon, name = said.removeprefix("form:").rpartition(":")
    if not colon:
        package = manifest.package
        return f"form:{name}" if name.startswith(f"{package}.") else f"form:{package}.{name}"
    known = _dependency(dep_id, manifest)
    if known is None:
        findings.add(path, f"It uses {name} of a dependency that {MANIFEST} does not name ({dep_id[:60]}).")
    package = known.package if known is not None else ""
    if package and not name.startswith(f"{package}."):
        return f"form:{package}.{name}"
    return f"form:{name}"


def _dependency(dep_id: str, manifest: Manifest) -> Dependency | None:
    return next((one for one in manifest.dependencies if dep_id in (one.dep_id, one.app_id)), None)


def _yaml(files: Mapping[str, FileContent], path: str, findings: Findings) -> Any:
    text = files.get(path)
    if text is None:
        return None
    if not isinstance(text, str):
        findings.add(path, "It is not text.")
        return None
    try:
        return yaml_text.read(text)
    except yaml_text.YamlError as error:
        findings.add(path, f"It can't be read: {error}.", error.line)
        return None


def code_findings(files: Mapping[str, FileContent]) -> tuple[Finding, ...]:
    """Return the modules that no Python takes; only who imports them finds them broken."""
    findings = Findings()
    for path, source in sorted(files.items()):
        if not path.startswith((CLIENT, SERVER)) or not path.endswith(".py"):
            continue
        if not isinstance(source, str):
            findings.add(path, "It is not text.")
            continue
        if len(source) > _MAX_PARSED_CHARS:
            continue
        try:
            ast.parse(source)
        except SyntaxError as error:
            findings.add(path, f"It can't be loaded: {error.msg}.", error.lineno or 0)
        except (ValueError, RecursionError, MemoryError) as error:
            findings.add(path, f"It can't be loaded: {error}.")
    return findings.all


__all__ = ["CLIENT", "SERVER", "AnvilApp", "code_findings", "form_json", "read_app"]
