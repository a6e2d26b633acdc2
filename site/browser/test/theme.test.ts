import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../src/designer/texts/history.ts";
import { names, withRenamed } from "../src/designer/texts/references.ts";
import { Look } from "../src/designer/theme/look.ts";
import { colorNameProblem, FIRST_COLORS, PARAMETERS, roleNameProblem, ThemeText } from "../src/designer/theme/theme.ts";

const WRITTEN = `roles:
- name: headline
  components: [Label]   # big
  title: Headline
- {name: thin}
color_scheme:
  preset_groups:
  - name: Primary
    options:
    - name: Blue
      colors:
      - {name: Primary 500, color: '#2196F3'}
  # Ours.
  colors:
  - {name: Primary 500, color: '#2196F3'}
  - {color: 'rgba(1, 2, 3, 0.5)', name: Veil}
`;

function read(theme: ThemeText) {
  return { colors: Object.fromEntries(theme.colors.map((one) => [one.name, one.color])), roles: theme.roles };
}

test("a theme is read as pages read it", () => {
  const theme = new ThemeText(WRITTEN);
  assert.deepEqual(read(theme), {
    colors: { "Primary 500": "#2196F3", Veil: "rgba(1, 2, 3, 0.5)" },
    roles: [
      { name: "headline", components: ["Label"] },
      { name: "thin", components: [] },
    ],
  });
  assert.equal(theme.presets[0]?.options[0]?.colors[0]?.color, "#2196F3");
  assert.deepEqual(new ThemeText("colors: {Primary: red}").colors, [{ name: "Primary", color: "red" }]);
  assert.deepEqual(read(new ThemeText("- no theme")), { colors: {}, roles: [] });
});

test("an edit changes its own line alone", () => {
  const theme = new ThemeText(WRITTEN);
  assert.equal(theme.setColor("Veil", "#000000").text, WRITTEN.replace("'rgba(1, 2, 3, 0.5)'", '"#000000"'));
  assert.equal(theme.renameColor("Veil", "Shade").text, WRITTEN.replace("name: Veil", "name: Shade"));
  assert.equal(theme.removeColor("Veil").text, WRITTEN.replace(/ {2}- \{color: 'rgba.*\n/, ""));
  assert.equal(theme.renameRole("headline", "big").text, WRITTEN.replace("- name: headline", "- name: big"));
  const forTwo = WRITTEN.replace("[Label]", "[Label, Link]");
  assert.equal(theme.setRoleComponents("headline", ["Label", "Link"]).text, forTwo);
  assert.equal(theme.removeRole("thin").text, WRITTEN.replace("- {name: thin}\n", ""));
});

test("what is added is there, in texts of every shape", () => {
  for (const text of ["", "# Mine\n", "roles: []\n", "colors: {Old: red}\n", "color_scheme: {}\n", WRITTEN]) {
    const made = new ThemeText(text).setColor("New", "#123456").addRole("card", ["ColumnPanel"]).addRole("any", []);
    assert.equal(made.colors.at(-1)?.color, "#123456", text);
    assert.deepEqual(made.roles.slice(-2), [
      { name: "card", components: ["ColumnPanel"] },
      { name: "any", components: [] },
    ]);
    const back = made.removeColor("New").removeRole("card").removeRole("any");
    assert.deepEqual(read(back), read(new ThemeText(text)));
  }
  const first = new ThemeText("").setColors(FIRST_COLORS).text;
  assert.equal(first.split("\n").length, 3 + 2 * FIRST_COLORS.length, "a line for each name and each colour");
  assert.equal(new ThemeText("colors: {A: red}").renameColor("A", "B").colors[0]?.name, "B");
});

test("a name that is taken or makes no class is refused in words", () => {
  assert.match(colorNameProblem("Primary 500", ["Primary 500"]), /already/);
  assert.match(colorNameProblem("a: b", []), /letter/);
  assert.equal(colorNameProblem("On Primary", []), "");
  assert.match(roleNameProblem("two words", []), /letters/);
  assert.equal(roleNameProblem("outlined-card", []), "");
});

test("what is renamed is renamed wherever it is named, and nothing else is", () => {
  const template = "container: {type: ColumnPanel, properties: {background: 'theme:Primary', role: [card, big]}}\n";
  const color = (text: string) => withRenamed("color", "Form1.yaml", text, "Primary", "Main");
  assert.equal(color(template), template.replace("theme:Primary", "theme:Main"));
  assert.equal(color("background: theme:Primary\n"), "background: theme:Main\n");
  assert.equal(color("background: theme:Primary 500\n"), "background: theme:Primary 500\n");
  assert.equal(color("app.theme_colors['Primary'] + 'theme:Primary'"), "app.theme_colors['Main'] + 'theme:Main'");
  const css = "a {color: var(--anvil-color-Primary, var(--anvil-color-Primary-500))}";
  assert.equal(color(css), "a {color: var(--anvil-color-Main, var(--anvil-color-Primary-500))}");

  const role = (path: string, text: string) => withRenamed("role", path, text, "card", "box");
  assert.equal(role("Form1.yaml", template), template.replace("[card, big]", "[box, big]"));
  assert.equal(role("theme.css", ".anvil-role-card, .anvil-role-card-2 {}"), ".anvil-role-box, .anvil-role-card-2 {}");
  assert.equal(role("main.py", "card = 'card'"), "card = 'card'");

  const asset = (text: string) => withRenamed("asset", "theme.css", text, "a.png", "b.png");
  assert.equal(asset("url(/_/theme/a.png) asset:a.png"), "url(/_/theme/b.png) asset:b.png");
  assert.equal(asset("asset:a.png2 asset:aXpng"), "asset:a.png2 asset:aXpng");
  assert.ok(names("asset", "x.yaml", "source: asset:a.png\n", "a.png"));
  assert.ok(!names("asset", "x.yaml", "source: asset:b.png\n", "a.png"));
});

test("what was deleted from a theme is missed by who names it, until that does without or it is there again", () => {
  const files: Record<string, string | null> = {
    [PARAMETERS]: "color_scheme:\n  colors:\n  - {color: red, name: Alarm}\nroles:\n- {name: card}\n",
    "client_code/A.yaml": `container: {type: ColumnPanel}
components:
- {name: a, type: Label, properties: {text: "theme:Alarm?", foreground: "theme:Alarm", role: [card, big]}}
- {name: b, type: Label, properties: {role: card}}
`,
    "client_code/A.py": "self.a.foreground = 'theme:Alarm'\n",
  };
  const history = new History({
    text: (path) => files[path] ?? null,
    write: (path, text) => {
      files[path] = text as string | null;
    },
  });
  const look = new Look(
    { paths: () => Object.keys(files), text: (path) => files[path] ?? null, write: () => {}, goTo: () => {} },
    (label, edits, key) => {
      history.make(label, edits, key);
      look.refresh();
    },
  );
  look.refresh();
  const missed = () => look.gone.value?.places.map(({ path, line }) => `${path} ${line}`);
  look.removeColor("Alarm");
  assert.deepEqual(missed(), ["client_code/A.yaml 3", "client_code/A.py 1"]);
  history.undo();
  look.refresh();
  assert.equal(missed(), undefined);
  look.removeColor("Alarm");
  look.takeOut(look.gone.value as never);
  assert.deepEqual(missed(), ["client_code/A.py 1"]);
  look.removeRole("card");
  assert.deepEqual(missed(), ["client_code/A.yaml 3"]);
  look.takeOut(look.gone.value as never);
  assert.equal(missed(), undefined);
  assert.match(
    files["client_code/A.yaml"] ?? "",
    /properties: \{text: "theme:Alarm\?", role: big\}\}\n.*properties: \{\}/,
  );
});
