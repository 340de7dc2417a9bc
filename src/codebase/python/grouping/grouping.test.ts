import { describe, expect, test } from "vitest";
import { readNameTable } from "../reading/name-table.ts";
import { readStatements } from "../reading/statements.ts";
import { parsePython } from "../reading/syntax.ts";
import { findDependencies, type Dependencies } from "./dependencies.ts";
import { components, emptyGraph } from "./graph.ts";
import { untangle } from "./knots.ts";
import { packParts } from "./packing.ts";
import { pinnedStatements } from "./pins.ts";

async function read(
  text: string,
): Promise<{ dependencies: Dependencies; label: (id: number) => string; pack: (limit: number) => string[] }> {
  const { module: tree } = await parsePython(text);
  const module = readStatements(tree, text, text.trimEnd().split("\n"));
  const table = readNameTable(module.statements);
  const dependencies = findDependencies(
    module,
    table,
    pinnedStatements(module, table, () => false),
  );
  const label = (id: number): string =>
    dependencies.groups[id]?.statements
      .map((statement) => [...statement.binds].join("+") || statement.kind)
      .join(" ") ?? "";
  return {
    dependencies,
    label,
    pack: (limit) => packParts(dependencies, table, limit).map((part) => part.map(label).join(" ")),
  };
}

async function hardEdges(text: string): Promise<string[]> {
  const { dependencies, label } = await read(text);
  return dependencies.hard.flatMap((targets, from) => [...targets].map((to) => `${label(from)} > ${label(to)}`));
}

test("components come after the components that they point to", () => {
  const graph = emptyGraph(4);
  graph[0]?.add(1);
  graph[1]?.add(2).add(0);
  graph[3]?.add(0);
  expect(components(graph)).toEqual([[2], [0, 1], [3]]);
});

describe("what must have run before", () => {
  test("a base class, and what a decorator's code looks up", async () => {
    expect(
      await hardEdges(
        "def log(f): return note(f)\ndef note(f): return f\nclass A: pass\nclass B(A): pass\n@log\ndef f(): pass\n",
      ),
    ).toEqual(["B > A", "f > log", "f > note"]);
  });

  test("what a method of an object made at import time calls", async () => {
    const edges = await hardEdges(
      "class A:\n    def run(self): return helper()\ndef helper(): return 1\nx = A()\ny = x.run()\n",
    );
    expect(edges).toEqual(["x > A", "y > x", "y > helper"]);
  });

  test("nothing for a function that is only put into a table", async () => {
    expect(await hardEdges("def a(): return b()\ndef b(): return 1\ntable = {'a': a}\n")).toEqual(["table > a"]);
  });

  test("changes of an object before its later readers, readers before later changes", async () => {
    const edges = await hardEdges(
      "codes = {}\ncodes[1] = 'a'\nfirst = list(codes)\ncodes.update(b=2)\nlast = list(codes)\n",
    );
    expect(edges).toContain("first > plain");
    expect(edges).toContain("plain > first");
    expect(edges).toContain("last > plain");
  });

  test("registrations in their order, through the function that registers", async () => {
    const edges = await hardEdges(
      "known = []\ndef register(f):\n    known.append(f)\n    return f\n@register\ndef a(): pass\n@register\ndef b(): pass\nall_of_them = list(known)\n",
    );
    expect(edges).toContain("b > a");
    expect(edges).toContain("all_of_them > b");
  });
});

describe("what stays together", () => {
  test("all bindings of a name, and who reads it between them", async () => {
    const { dependencies, label } = await read("a = 1\nb = a + 1\na = 2\nc = a\n");
    expect(dependencies.groups.map((group) => label(group.id))).toEqual(["a b a", "c"]);
  });

  test("loop variables bind nobody", async () => {
    const { dependencies } = await read(
      "x = []\ny = []\nfor i in range(3):\n    x.append(i)\nfor i in range(3):\n    y.append(i)\n",
    );
    expect(dependencies.groups).toHaveLength(4);
  });
});

test("what means the file itself is pinned, with all that needs it while loading", async () => {
  const text =
    "__version__ = '1'\nagent = 'x/' + __version__\ndef names(): return sorted(globals())\nhere = __file__\nfrom os.path import dirname\nfolder = dirname(__file__)\ndef f(): return agent\n";
  const { dependencies, label } = await read(text);
  const pinned = dependencies.groups.filter((group) => group.pinned).map((group) => label(group.id));
  expect(pinned).toEqual(["__version__", "agent", "names", "here", "dirname"]);
});

describe("a knot of functions that call each other", () => {
  const body = (count: number): string => "    pass\n".repeat(count);
  const text = `def a():\n    b()\n${body(20)}def b():\n    c()\n${body(20)}def c():\n    a()\n${body(20)}`;

  test("stays whole where it fits", async () => {
    expect((await read(text)).pack(100)).toEqual(["a b c"]);
  });

  test("is cut at one call where it does not", async () => {
    const { dependencies, pack } = await read(text);
    expect(untangle(dependencies, 50).loose.reduce((sum, targets) => sum + targets.size, 0)).toBe(1);
    expect(pack(50).length).toBeGreaterThan(1);
  });

  test("is never cut at a base class", async () => {
    const { pack } = await read(
      `class A:\n    def f(self): return B\n${body(20)}class B(A):\n${body(20)}class C(B):\n${body(20)}`,
    );
    const parts = pack(30);
    expect(parts.findIndex((part) => part.includes("A"))).toBeLessThan(parts.findIndex((part) => part.includes("B")));
  });
});
