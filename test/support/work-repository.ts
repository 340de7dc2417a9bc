import { type TempRepository, tempRepository } from "./temp-repository.ts";

/** Lines of a function that is worth reading. */
function python(name: string, uses: string): string {
  return [
    `def ${name}(order, rate=0.19):`,
    `    """What ${name} does with an order."""`,
    "    total = 0",
    "    for line in order.lines:",
    "        for part in line.parts:",
    `            total += ${uses}(part) * rate`,
    "    return total",
    "",
    "",
  ].join("\n");
}

const CORE = `"""The heart of the shop."""
SECRET_FREE = True


class Order:
    def __init__(self, lines):
        self.lines = lines


${python("price", "float")}${python("weigh", "len")}${python("pack", "str")}`;

const module = (names: readonly string[]): string =>
  `from shop.core import Order, price\n\n\n${names.map((name) => python(name, "price")).join("")}`;

/**
 * A small repository as people have them: a Python package whose core everything imports, a little JavaScript, docs, a
 * lock file, two commits; the working tree is clean.
 */
export function workRepository(): TempRepository {
  const repository = tempRepository({
    "README.md": "# Shop\n\nSells things.\n",
    "shop/__init__.py": "",
    "shop/core.py": CORE,
    "shop/api.py": module(["get_order", "put_order", "list_orders"]),
    "shop/pay.py": module(["charge", "refund"]),
    "shop/ship.py": module(["label", "track"]),
    "shop/stock.py": module(["reserve", "release"]),
    "web/cart.js":
      'import { send } from "./send.js";\nexport function add(cart, item) {\n  cart.push(item);\n  send(cart);\n}\n',
    "web/send.js":
      "export function send(cart) {\n  return fetch('/cart', { method: 'POST', body: JSON.stringify(cart) });\n}\n",
    "package.json": '{ "name": "shop", "type": "module" }\n',
    "package-lock.json": '{ "lockfileVersion": 3 }\n',
    "tests/test_core.py": "from shop.core import price\n\n\ndef test_price():\n    assert price\n",
  });
  repository.write("shop/core.py", `${CORE}${python("refresh", "int")}`);
  repository.commit("core: refresh");
  return repository;
}
