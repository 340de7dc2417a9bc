import { describe, expect, test } from "vitest";
import type { Codebase, FileFacts, ModuleFacts } from "../../codebase/facts/facts.ts";
import { itemsOfFolder, targetOfItem } from "./batch-items.ts";

function file(path: string, role: FileFacts["role"] = "code"): FileFacts {
  const facts = {
    language: "typescript",
    bytes: 10,
    lines: 1,
    hash: path,
    tokens: 3,
    isUtf8: true,
    changes: 0,
  } as const;
  return { path, role, ...facts, symbols: [], imports: [], entry: null, secrets: [] };
}

function module(name: string, files: readonly string[], score: number): ModuleFacts {
  return {
    name,
    files,
    tokens: 3,
    criticality: { score, isCritical: score > 0.5, parts: [] },
    imports: [],
    importedBy: [],
  };
}

const codebase: Codebase = {
  root: "/r",
  commit: null,
  files: [
    file("docs/a.md", "docs"),
    file("src/a.ts"),
    file("src/big/one.go"),
    file("src/big/two.go"),
    file("src/data.json", "data"),
    file("srcs/z.ts"),
    file("tests/t.ts", "test"),
  ],
  modules: [
    module("src.a", ["src/a.ts"], 0.2),
    module("src.big", ["src/big/one.go", "src/big/two.go"], 0.9),
    module("srcs.z", ["srcs/z.ts"], 0.1),
  ],
  leftOut: [],
};

describe("the items of a folder", () => {
  test("are its modules, the critical ones first, those of one file by their path", () => {
    expect(itemsOfFolder(codebase, "src")).toEqual({ targets: ["src.big", "src/a.ts"], passedOver: { data: 1 } });
  });

  test("are of the whole codebase where no folder is named, tests that are no module by their path", () => {
    expect(itemsOfFolder(codebase, "").targets).toEqual(["src.big", "src/a.ts", "srcs/z.ts", "tests/t.ts"]);
  });

  test("are none of a folder without code, which is a fault", () => {
    expect(() => itemsOfFolder(codebase, "docs")).toThrow("docs holds no code: /r");
    expect(() => itemsOfFolder(codebase, "nowhere")).toThrow("nowhere is no folder of it that is read: /r");
  });

  test("mean a whole module, or only its files inside of the folder", () => {
    expect(targetOfItem(codebase, "src", "src.big")).toEqual({ by: "modules", names: ["src.big"] });
    expect(targetOfItem(codebase, "src/big/one.go", "src.big")).toEqual({ by: "paths", paths: ["src/big/one.go"] });
    expect(targetOfItem(codebase, "src", "src/a.ts")).toEqual({ by: "paths", paths: ["src/a.ts"] });
  });
});

test("a codebase without any file is told to hold no code", () => {
  expect(() => itemsOfFolder({ ...codebase, files: [], modules: [] }, "")).toThrow("the codebase holds no code: ");
});
