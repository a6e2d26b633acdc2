import assert from "node:assert/strict";
import { test } from "node:test";
import { renamedModule } from "../src/designer/forms/module_names.ts";

const FILES: Readonly<Record<string, string>> = {
  "anvil.yaml": "package_name: shop\nstartup: {module: prices, type: module}   # first\n",
  "client_code/prices.py": "VAT = 19\n",
  "client_code/Main/__init__.py": `from ..prices import VAT, total as sum
from .. import prices, other


class Main(MainTemplate):
    def go(self, **event_args):
        """prices"""
        self.prices = prices.total(prices=1)
`,
  "client_code/Main/deep.py": "from .prices import mine\nimport shop.prices\nimport prices as p\n\nshop.prices.VAT\n",
  "client_code/other.py": "from . import prices\n\n\ndef of(prices):\n    return prices\n",
  "client_code/taken.py": "import prices\n\ncosts = prices.VAT\n",
  "client_code/Row/prices.py": "from .prices import x\nfrom ..prices import y\n",
  "server_code/Shop.py": "from . import prices\n\nprices.VAT\n",
};

function renamed(from: string, to: string, more: Readonly<Record<string, string>> = {}) {
  const all: Record<string, string> = { ...FILES, ...more };
  return renamedModule({ paths: () => Object.keys(all), text: (path) => all[path] ?? null }, from, to);
}

test("imports of a module follow when it is called otherwise, and nothing else does", () => {
  const { changes, left } = renamed("client_code/prices.py", "client_code/costs.py");
  assert.deepEqual(left, []);
  assert.deepEqual(changes, {
    "client_code/prices.py": null,
    "client_code/costs.py": "VAT = 19\n",
    "anvil.yaml": "package_name: shop\nstartup: {module: costs, type: module}   # first\n",
    "client_code/Main/__init__.py": `from ..costs import VAT, total as sum
from .. import costs, other


class Main(MainTemplate):
    def go(self, **event_args):
        """prices"""
        self.prices = costs.total(prices=1)
`,
    "client_code/Main/deep.py": "from .prices import mine\nimport shop.costs\nimport costs as p\n\nshop.costs.VAT\n",
    // What the code calls so itself stays: the import keeps the name for it.
    "client_code/other.py": "from . import costs as prices\n\n\ndef of(prices):\n    return prices\n",
    "client_code/taken.py": "import costs as prices\n\ncosts = prices.VAT\n",
    "client_code/Row/prices.py": "from .prices import x\nfrom ..costs import y\n",
    "server_code/Shop.py": "from . import costs\n\ncosts.VAT\n",
  });
});

test("server code that has a module of that name itself means that one", () => {
  const { changes } = renamed("client_code/prices.py", "client_code/costs.py", { "server_code/prices.py": "" });
  assert.ok(!("server_code/Shop.py" in changes));
  const server = renamed("server_code/prices.py", "server_code/costs.py", { "server_code/prices.py": "" });
  assert.deepEqual(Object.keys(server.changes).sort(), [
    "server_code/Shop.py",
    "server_code/costs.py",
    "server_code/prices.py",
  ]);
});

test("a module that moves elsewhere takes nobody along, and who names it is told", () => {
  const { changes, left } = renamed("client_code/prices.py", "client_code/lib/prices.py");
  assert.deepEqual(Object.keys(changes), ["client_code/prices.py", "client_code/lib/prices.py"]);
  assert.deepEqual(left.slice(0, 2), ["anvil.yaml, line 2", "client_code/Main/__init__.py, line 1"]);
  assert.deepEqual(renamed("client_code/Main/__init__.py", "client_code/Main/x.py").left, []);
});
