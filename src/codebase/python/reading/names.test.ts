import { describe, expect, test } from "vitest";
import { readStatements, type Statement } from "./statements.ts";
import { parsePython } from "./syntax.ts";

async function statementsOf(text: string): Promise<readonly Statement[]> {
  const { module } = await parsePython(text);
  return readStatements(module, text, text.split("\n")).statements;
}

/** "name:phase" of every module-level name that the first statement reads. */
async function readsOf(text: string): Promise<string[]> {
  const [statement] = await statementsOf(text);
  const reads = statement?.names.occurrences.filter((found) => found.use === "load") ?? [];
  return [...new Set(reads.map((found) => `${found.name}:${found.phase}`))].sort();
}

describe("module-level names that a statement reads", () => {
  const cases: [string, string, string[]][] = [
    ["a function body reads when it is called", "def f(x):\n    return x + limit\n", ["limit:call"]],
    [
      "defaults and decorators read while the module loads",
      "@wrap\ndef f(x=limit):\n    y = x\n    return y\n",
      ["limit:import", "wrap:import"],
    ],
    ["annotations read while the module loads", "def f(x: Kind) -> Other: pass\n", ["Kind:import", "Other:import"]],
    ["quoted annotations may never be read", "def f(x: 'Kind'): pass\n", ["Kind:weak"]],
    ["assigning makes a name local to the whole function", "def f():\n    print(a)\n    a = 1\n", ["print:call"]],
    ["a global statement makes it the module's", "def f():\n    global a\n    a = b\n", ["b:call"]],
    [
      "a class body reads the module's name until it binds its own",
      "class C:\n    size = size\n    twice = size\n",
      ["size:import"],
    ],
    [
      "methods do not see the names of their class",
      "class C:\n    size = 1\n    def f(self): return size\n",
      ["size:call"],
    ],
    [
      "a comprehension's variable is its own, its first iterable is not",
      "x = [i for i in items if i]\n",
      ["items:import"],
    ],
    [
      "a comprehension in a class sees the module, not the class",
      "class C:\n    n = 1\n    x = [n for i in (1, 2)]\n",
      ["n:import"],
    ],
    [
      "a walrus in a comprehension binds outside of it",
      "def f():\n    return [y := x for x in items], y\n",
      ["items:call"],
    ],
    ["keyword names are no reads", "f(key=value)\n", ["f:import", "value:import"]],
    ["attributes are no reads", "f = a.b.c\n", ["a:import"]],
    ["f-strings read what they show", "def f():\n    return f'{name!r:>{width}}'\n", ["name:call", "width:call"]],
    [
      "captures of a case are local",
      "def f(v):\n    match v:\n        case Point(x=a, y=[b, *c]) if a: return a, b, c\n",
      ["Point:call"],
    ],
    ["type parameters are local", "def f[T: Bound](x: T) -> T:\n    y: T = x\n    return y\n", ["Bound:weak"]],
    [
      "except and with targets are local",
      "def f():\n    try:\n        with open(p) as g: g\n    except E as e: e\n",
      ["E:call", "open:call", "p:call"],
    ],
    ["private names in a class are mangled", "class _C:\n    def f(self): return __helper\n", ["_C__helper:call"]],
    ["lambdas read when they are called", "f = lambda x, y=d: x + g\n", ["d:import", "g:call"]],
    [
      "nested functions read through their outer function",
      "def f():\n    a = 1\n    def g(): return a + b\n    return g\n",
      ["b:call"],
    ],
  ];
  test.each(cases)("%s", async (_title, text, expected) => expect(await readsOf(text)).toEqual(expected));
});

test("deferred annotations are read by nobody while the module loads", async () => {
  const [, statement] = await statementsOf("from __future__ import annotations\ndef f(x: Kind): pass\n");
  expect(statement?.names.occurrences.filter((found) => found.name === "Kind").map((found) => found.phase)).toEqual([
    "weak",
  ]);
});

test("functions that write a name through global are known", async () => {
  const [statement] = await statementsOf("def f():\n    global a, b\n    a += 1\n    del b\n    c = 1\n");
  expect([...(statement?.names.globalWrites ?? [])]).toEqual(["a", "b"]);
});

test("a name bound on only one branch is not sure", async () => {
  const text =
    "try:\n    import a\nexcept ImportError:\n    a = None\nelse:\n    b = 1\nif x:\n    c = 1\nelif y:\n    c = 2\nelse:\n    raise E\nfor d in e:\n    f = 1\n";
  const sure = (await statementsOf(text)).map((statement) => [...statement.sure]);
  expect(sure).toEqual([["a"], ["c"], []]);
});

test("comments above a statement are its own, and every line belongs to one statement", async () => {
  const text =
    'import a\n\n# about f\ndef f():\n    pass\n    # still f\n\n# about b\nb = 1\n"""Documents b."""\nc = 1; d = 2\n';
  const ranges = (await statementsOf(text.trimEnd())).map((statement) => [
    statement.first,
    statement.last,
    [...statement.binds].join(),
  ]);
  expect(ranges).toEqual([
    [1, 1, "a"],
    [2, 6, "f"],
    [7, 10, "b"],
    [11, 11, "c,d"],
  ]);
});
