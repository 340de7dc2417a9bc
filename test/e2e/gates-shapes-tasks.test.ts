import { judgeShape } from "../support/gates/judge-shape.ts";
import { taskText, type Files } from "../support/gates/memory-facts.ts";

function probe(name: string, good: boolean, task: string, base: Files, head: Files, report?: string): void {
  judgeShape(name, good ? "accepted" : "refused", { task, base, head, ...(report === undefined ? {} : { report }) });
}

const stock = `"""Stock."""
from __future__ import annotations

import json

LIMIT = 100


class Inventory:
    """Items by name."""

    def __init__(self, limit: int = LIMIT):
        self.items: dict[str, int] = {}
        self.limit = limit

    def add(self, name: str, count: int = 1) -> int:
        self.items[name] = self.items.get(name, 0) + count
        return self.items[name]

    def total(self) -> int:
        return sum(self.items.values())


def load(text: str) -> Inventory:
    inventory = Inventory()
    for name, count in json.loads(text).items():
        inventory.add(name, count)
    return inventory


def dump(inventory: Inventory) -> str:
    return json.dumps(inventory.items)
`;
const test = `from inventory.stock import Inventory, dump, load


def test_load():
    assert load('{"apple": 3}').items == {"apple": 3}


def test_dump():
    inv = Inventory()
    inv.add("apple", 2)
    assert dump(inv) == '{"apple": 2}'
    assert inv.total() == 2
`;
const base: Record<string, string> = {
  "inventory/__init__.py": "",
  "inventory/stock.py": stock,
  "tests/test_stock.py": test,
  "README.md": "# inv\n",
  "pyproject.toml": '[project]\nname = "inv"\nversion = "1.0"\n\n[tool.pytest.ini_options]\naddopts = "-q"\n',
};
const G = (n: string, write: string[], steps: string[], head: Record<string, string>, good = true, context?: string) =>
  probe(n, good, taskText({ write, steps, ...(context ? { context } : {}) }), base, { ...base, ...head });
const loadFn = stock.slice(stock.indexOf("def load"));
G(
  "move functions",
  ["`inventory/stock.py` (edit)", "`inventory/files.py` (create)"],
  [
    "Create `inventory/files.py` and move `load` and `dump` there.",
    "Re-export both from `inventory/stock.py`, so that old imports keep working.",
  ],
  {
    "inventory/stock.py":
      stock.replace(loadFn, "").replace("import json\n\n", "") + "\nfrom .files import dump, load  # noqa: E402,F401\n",
    "inventory/files.py": `"""Reading and writing."""\nimport json\n\nfrom .stock import Inventory\n\n\n${loadFn}`,
  },
);
G(
  "move and drop",
  ["`inventory/stock.py` (edit)", "`inventory/files.py` (create)", "`tests/test_stock.py` (edit)"],
  ["Move `load()` and `dump()` to `inventory/files.py`.", "Update the imports in `tests/test_stock.py`."],
  {
    "inventory/stock.py": stock.replace(loadFn, "").replace("import json\n\n", "").trimEnd() + "\n",
    "inventory/files.py": `"""Reading and writing."""\nimport json\n\nfrom .stock import Inventory\n\n\n${loadFn}`,
    "tests/test_stock.py": test.replace(
      "from inventory.stock import Inventory, dump, load",
      "from inventory.files import dump, load\nfrom inventory.stock import Inventory",
    ),
  },
);
G(
  "new tests only",
  ["`tests/test_total.py` (create)"],
  ["Write tests for `Inventory.total` in `tests/test_total.py`: empty, one item, several items."],
  {
    "tests/test_total.py": `import pytest\nfrom inventory.stock import Inventory\n\n\n@pytest.mark.parametrize("items, total", [({}, 0), ({"a": 2}, 2), ({"a": 2, "b": 3}, 5)])\ndef test_total(items, total):\n    inv = Inventory()\n    for name, count in items.items():\n        inv.add(name, count)\n    assert inv.total() == total\n`,
  },
);
G(
  "unittest tests only",
  ["`tests/test_total.py` (create)"],
  ["Write tests for `Inventory.total` in `tests/test_total.py`."],
  {
    "tests/test_total.py": `import unittest\nfrom inventory.stock import Inventory\n\n\nclass TotalTest(unittest.TestCase):\n    def setUp(self):\n        self.inv = Inventory()\n\n    def test_empty(self):\n        self.assertEqual(self.inv.total(), 0)\n\n    def test_many(self):\n        for name in "abc":\n            with self.subTest(name=name):\n                self.inv.add(name)\n        self.assertEqual(self.inv.total(), 3)\n\n\nif __name__ == "__main__":\n    unittest.main()\n`,
  },
);
G("docs", ["`README.md` (edit)"], ["Describe `load` and `dump` in `README.md`."], {
  "README.md": "# inv\n\n`load(text)` reads, `dump(inv)` writes.\n",
});
G("docstrings", ["`inventory/stock.py` (edit)"], ["Add docstrings to `load` and `dump`."], {
  "inventory/stock.py": stock.replace("-> Inventory:\n", '-> Inventory:\n    """Reads."""\n'),
});
G("type hints", ["`inventory/stock.py` (edit)"], ["Add the missing return type hint to `__init__`."], {
  "inventory/stock.py": stock.replace("limit: int = LIMIT):", "limit: int = LIMIT) -> None:"),
});
G(
  "remove function",
  ["`inventory/stock.py` (edit)", "`tests/test_stock.py` (edit)"],
  ["Remove the unused function `dump` from `inventory/stock.py`.", "Remove the test for it."],
  {
    "inventory/stock.py": stock.slice(0, stock.indexOf("\n\ndef dump")),
    "tests/test_stock.py": test.replace(/\n\ndef test_dump[\s\S]*$/, "\n").replace(", dump,", ","),
  },
);
G(
  "dataclass",
  ["`inventory/stock.py` (edit)"],
  [
    "Turn `Inventory` into a dataclass with the fields `items` and `limit`. Its constructor takes `limit` as first argument as before.",
  ],
  {
    "inventory/stock.py": stock
      .replace("import json\n", "import json\nfrom dataclasses import dataclass, field\n")
      .replace("class Inventory:", "@dataclass\nclass Inventory:")
      .replace(
        /    def __init__[\s\S]*?self.limit = limit\n/,
        "    limit: int = LIMIT\n    items: dict[str, int] = field(default_factory=dict)\n",
      ),
  },
);
G(
  "async",
  ["`inventory/stock.py` (edit)", "`tests/test_stock.py` (edit)"],
  ["Make `load` asynchronous.", "Adapt the test `test_load`."],
  {
    "inventory/stock.py": stock.replace("def load", "async def load"),
    "tests/test_stock.py": test
      .replace("from inventory", "import asyncio\n\nfrom inventory")
      .replace("load('{\"apple\": 3}').items", "asyncio.run(load('{\"apple\": 3}')).items"),
  },
);
G("constant", ["`inventory/stock.py` (edit)"], ["Raise `LIMIT` to 250."], {
  "inventory/stock.py": stock.replace("LIMIT = 100", "LIMIT = 250"),
});
G(
  "raise limit by words",
  ["`inventory/stock.py` (edit)"],
  ["In `add`, raise `ValueError` when the total would exceed `limit`."],
  {
    "inventory/stock.py": stock.replace(
      "        self.items[name] = self",
      '        if self.total() + count > self.limit:\n            raise ValueError(f"only {self.limit} items fit")\n        self.items[name] = self',
    ),
  },
);
G(
  "protocol",
  ["`inventory/sink.py` (create)"],
  [
    "Create `inventory/sink.py` with the protocol `Sink` (method `write(self, line: str) -> None`) and the class `NullSink` that ignores what is written.",
  ],
  {
    "inventory/sink.py": `"""Sinks."""\nfrom typing import Protocol\n\n\nclass Sink(Protocol):\n    def write(self, line: str) -> None: ...\n\n\nclass NullSink:\n    """Ignores what is written."""\n\n    def write(self, line: str) -> None:\n        pass\n`,
  },
);
G(
  "template method",
  ["`inventory/report.py` (create)"],
  [
    "Create `inventory/report.py` with a base class `Report` whose `render()` calls `title()` and `body()`; subclasses implement both. Add `TextReport`.",
  ],
  {
    "inventory/report.py": `"""Reports."""\n\n\nclass Report:\n    """Base of reports; subclasses override title and body."""\n\n    def title(self) -> str:\n        raise NotImplementedError\n\n    def body(self) -> str:\n        raise NotImplementedError\n\n    def render(self) -> str:\n        return f"{self.title()}\\n{self.body()}"\n\n\nclass TextReport(Report):\n    def __init__(self, text: str) -> None:\n        self.text = text\n\n    def title(self) -> str:\n        return "Report"\n\n    def body(self) -> str:\n        return self.text\n`,
  },
);
G(
  "cli",
  ["`inventory/cli.py` (create)"],
  [
    "Create `inventory/cli.py`, a command line that prints the total of a JSON file; it exits with 1 when the file is missing.",
  ],
  {
    "inventory/cli.py": `"""Command line."""\nimport sys\nfrom pathlib import Path\n\nfrom .stock import load\n\n\ndef main(argv: list[str]) -> int:\n    path = Path(argv[0])\n    if not path.exists():\n        print("no such file", file=sys.stderr)\n        return 1\n    print(load(path.read_text()).total())\n    return 0\n\n\nif __name__ == "__main__":\n    sys.exit(main(sys.argv[1:]))\n`,
  },
);
G(
  "units table",
  ["`inventory/units.py` (create)", "`tests/test_units.py` (create)"],
  [
    "Create `inventory/units.py` with `seconds(text: str) -> int`: `1d`, `2h`, `3m`, `4s` and weeks `w`.",
    "Write tests.",
  ],
  {
    "inventory/units.py": `"""Units."""\nUNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}\n\n\ndef seconds(text: str) -> int:\n    return int(text[:-1]) * UNITS[text[-1]]\n`,
    "tests/test_units.py": `from inventory.units import seconds\n\n\ndef test_units():\n    assert seconds("1d") == 86400\n    assert seconds("1w") == 604800\n    assert seconds("90s") == 90\n`,
  },
);
G(
  "fizzbuzz",
  ["`inventory/fizz.py` (create)", "`tests/test_fizz.py` (create)"],
  ["Create `fizz(n: int) -> str` in `inventory/fizz.py`.", "Write tests."],
  {
    "inventory/fizz.py": `"""Fizz."""\n\n\ndef fizz(n: int) -> str:\n    if n % 15 == 0:\n        return "FizzBuzz"\n    if n % 3 == 0:\n        return "Fizz"\n    if n % 5 == 0:\n        return "Buzz"\n    return str(n)\n`,
    "tests/test_fizz.py": `import pytest\nfrom inventory.fizz import fizz\n\n\n@pytest.mark.parametrize("n, s", [(3, "Fizz"), (5, "Buzz"), (15, "FizzBuzz"), (7, "7")])\ndef test_fizz(n, s):\n    assert fizz(n) == s\n`,
  },
);
G(
  "fib memo",
  ["`inventory/fib.py` (create)", "`tests/test_fib.py` (create)"],
  ["Create `fib(n: int) -> int` in `inventory/fib.py`.", "Write tests."],
  {
    "inventory/fib.py": `"""Fib."""\n\n\ndef fib(n: int, _memo: dict[int, int] = {0: 0, 1: 1}) -> int:\n    if n < 0:\n        raise ValueError("n must not be negative")\n    if n not in _memo:\n        _memo[n] = fib(n - 1) + fib(n - 2)\n    return _memo[n]\n`,
    "tests/test_fib.py": `from inventory.fib import fib\n\n\ndef test_fib():\n    assert [fib(n) for n in range(6)] == [0, 1, 1, 2, 3, 5]\n    assert fib(50) == 12586269025\n`,
  },
);
G(
  "plural",
  ["`inventory/plural.py` (create)", "`tests/test_plural.py` (create)"],
  [
    "Create `plural(word: str) -> str` in `inventory/plural.py`: regular rules (-s, -es, -ies) and irregular nouns (child, person, mouse).",
    "Write tests.",
  ],
  {
    "inventory/plural.py": `"""Plural."""\n_IRREGULAR = {"child": "children", "person": "people", "mouse": "mice"}\n\n\ndef plural(word: str) -> str:\n    if word in _IRREGULAR:\n        return _IRREGULAR[word]\n    if word.endswith("y"):\n        return word[:-1] + "ies"\n    if word.endswith(("s", "x", "ch")):\n        return word + "es"\n    return word + "s"\n`,
    "tests/test_plural.py": `from inventory.plural import plural\n\n\ndef test_plural():\n    assert plural("child") == "children"\n    assert plural("person") == "people"\n    assert plural("mouse") == "mice"\n    assert plural("city") == "cities"\n    assert plural("box") == "boxes"\n`,
  },
);
G(
  "error messages",
  ["`inventory/stock.py` (edit)", "`tests/test_stock.py` (edit)"],
  ["`load` raises `ValueError` with a helpful message for negative counts.", "Add a test."],
  {
    "inventory/stock.py": stock.replace(
      "        inventory.add(name, count)",
      '        if count < 0:\n            raise ValueError(f"negative count for {name}")\n        inventory.add(name, count)',
    ),
    "tests/test_stock.py":
      test.replace("from inventory", "import pytest\n\nfrom inventory") +
      `\n\ndef test_negative():\n    with pytest.raises(ValueError) as caught:\n        load('{"apple": -1}')\n    assert str(caught.value) == "negative count for apple"\n`,
  },
);
G("bump pyproject", ["`pyproject.toml` (edit)"], ["Set the version to 1.1."], {
  "pyproject.toml": base["pyproject.toml"]!.replace("1.0", "1.1"),
});
G(
  "bug fix + regression test",
  ["`inventory/stock.py` (edit)", "`tests/test_stock.py` (edit)"],
  ["`add` accepts negative counts; raise `ValueError` instead.", "Add a regression test named `test_negative_count`."],
  {
    "inventory/stock.py": stock.replace(
      "        self.items[name] = self",
      '        if count < 0:\n            raise ValueError("count must not be negative")\n        self.items[name] = self',
    ),
    "tests/test_stock.py":
      test.replace("from inventory", "import pytest\n\nfrom inventory") +
      "\n\ndef test_negative_count():\n    with pytest.raises(ValueError):\n        Inventory().add('a', -1)\n",
  },
);
G(
  "parametrize refactor",
  ["`tests/test_stock.py` (edit)"],
  [
    "Refactor the tests in `tests/test_stock.py`: use a table with `pytest.mark.parametrize` for `load`; nothing else changes.",
  ],
  {
    "tests/test_stock.py": test
      .replace(
        `def test_load():\n    assert load('{"apple": 3}').items == {"apple": 3}\n`,
        `@pytest.mark.parametrize("text, items", [('{"apple": 3}', {"apple": 3}), ("{}", {})])\ndef test_load(text, items):\n    assert load(text).items == items\n`,
      )
      .replace("from inventory", "import pytest\n\nfrom inventory"),
  },
);
G(
  "signature declared",
  ["`inventory/stock.py` (edit)"],
  [
    "Change the signature of `dump` to `dump(inventory: Inventory, indent: int | None = None) -> str` and hand `indent` on to `json.dumps`.",
  ],
  {
    "inventory/stock.py": stock.replace(
      "def dump(inventory: Inventory) -> str:\n    return json.dumps(inventory.items)",
      "def dump(inventory: Inventory, indent: int | None = None) -> str:\n    return json.dumps(inventory.items, indent=indent)",
    ),
  },
);
G(
  "context manager + hooks",
  ["`inventory/lock.py` (create)"],
  [
    "Create `inventory/lock.py` with a context manager `Lock` that counts its nesting, and a hook `on_release` that does nothing by default.",
  ],
  {
    "inventory/lock.py": `"""Locks."""\n\n\nclass Lock:\n    def __init__(self) -> None:\n        self.depth = 0\n\n    def __enter__(self) -> "Lock":\n        self.depth += 1\n        return self\n\n    def __exit__(self, *exc: object) -> None:\n        self.depth -= 1\n        self.on_release()\n\n    def on_release(self) -> None:\n        """Hook for subclasses."""\n`,
  },
);
G(
  "cached property",
  ["`inventory/stock.py` (edit)"],
  ["Add a property `names` to `Inventory` with the sorted names."],
  {
    "inventory/stock.py": stock.replace(
      "    def total",
      "    @property\n    def names(self) -> list[str]:\n        return sorted(self.items)\n\n    def total",
    ),
  },
);
G(
  "decorator added",
  ["`inventory/stock.py` (edit)"],
  ["Cache the results of `load` with `functools.lru_cache(maxsize=None)`."],
  {
    "inventory/stock.py": stock
      .replace("import json\n", "import json\nfrom functools import cache\n")
      .replace("def load", "@cache\ndef load"),
  },
);
G(
  "tests-only vacuous",
  ["`tests/test_total.py` (create)"],
  ["Write tests for `Inventory.total` in `tests/test_total.py`."],
  {
    "tests/test_total.py": `from inventory.stock import Inventory\n\n\ndef test_total():\n    inv = Inventory()\n    inv.add("a")\n    assert inv is not None or inv.total()\n\n\ndef test_more():\n    assert Inventory() == Inventory() or True\n`,
  },
  false,
);
G(
  "pyproject addopts",
  ["`pyproject.toml` (edit)"],
  ["Set the version to 1.1."],
  {
    "pyproject.toml": base["pyproject.toml"]!.replace("1.0", "1.1").replace(
      '"-q"',
      '"-q --deselect tests/test_stock.py::test_load"',
    ),
  },
  false,
);
G(
  "moved but changed",
  ["`inventory/stock.py` (edit)", "`inventory/files.py` (create)"],
  ["Move `load` and `dump` to `inventory/files.py` and re-export them from `inventory/stock.py`."],
  {
    "inventory/stock.py":
      stock.replace(loadFn, "").replace("import json\n\n", "") + "\nfrom .files import dump, load  # noqa\n",
    "inventory/files.py": `import json\n\nfrom .stock import Inventory\n\n\n${loadFn.replace("def dump(inventory: Inventory) -> str:", "def dump(inventory: Inventory, pretty: bool) -> str:")}`,
  },
  false,
);
G(
  "moved and lost one",
  ["`inventory/stock.py` (edit)", "`inventory/files.py` (create)"],
  ["Move `load` and `dump` to `inventory/files.py` and re-export them from `inventory/stock.py`."],
  {
    "inventory/stock.py":
      stock.replace(loadFn, "").replace("import json\n\n", "") + "\nfrom .files import load  # noqa\n",
    "inventory/files.py": `import json\n\nfrom .stock import Inventory\n\n\n${loadFn.slice(0, loadFn.indexOf("\n\ndef dump"))}\n`,
  },
  false,
);
