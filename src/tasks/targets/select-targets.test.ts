import { describe, expect, test } from "vitest";
import { openWorkTrial, type SpecChange, type WorkTrial } from "../../../test/support/work-trial.ts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkSpec } from "../work.ts";
import { selectTargets, type Targets } from "./select-targets.ts";

const FILES = {
  "src/app.js": "export const app = 1;\n",
  "src/shop/cart.js": "export function cart() {\n  return 1;\n}\n",
  "src/shop/price.js": "export function price() {\n  return 2;\n}\n",
  "src/[id]/page.js": "export const page = 3;\n",
  "test/cart.test.js": "import { cart } from '../src/shop/cart.js';\n",
  "docs/guide.md": "# Guide\n",
  "package-lock.json": '{"lockfileVersion": 3}\n',
};

async function select(trial: WorkTrial, target: WorkSpec["target"], change: SpecChange = {}): Promise<Targets> {
  const codebase = await trial.read();
  const readBytes = (path: string): Promise<Buffer> => readFile(join(trial.repo.dir, path));
  return selectTargets(trial.spec({ target, ...change }), codebase, readBytes);
}

const named = ({ files }: Targets): readonly string[] => files.map(({ path }) => path);

describe("paths", () => {
  test.each([
    [["src/shop"], ["src/shop/cart.js", "src/shop/price.js"]],
    [["./src/shop/"], ["src/shop/cart.js", "src/shop/price.js"]],
    [["src/shop/cart.js"], ["src/shop/cart.js"]],
    [["src/**/c*.js"], ["src/shop/cart.js"]],
    [["src/[id]"], ["src/[id]/page.js"]],
    [["test/cart.test.js"], ["test/cart.test.js"]],
    [["test"], ["test/cart.test.js"]],
    [
      ["docs", "src/app.js"],
      ["docs/guide.md", "src/app.js"],
    ],
    [["."], ["src/[id]/page.js", "src/app.js", "src/shop/cart.js", "src/shop/price.js"]],
  ])("%j are %j", async (paths, expected) => {
    const trial = await openWorkTrial({ files: FILES });
    expect(named(await select(trial, { by: "paths", paths })).toSorted()).toEqual(expected.toSorted());
  });

  test("an absolute path inside is the file", async () => {
    const trial = await openWorkTrial({ files: FILES });
    const codebase = await trial.read();
    const paths = [join(codebase.root, "src/app.js")];
    expect(named(await select(trial, { by: "paths", paths }))).toEqual(["src/app.js"]);
  });

  test("a file that is left out by rule is told, not read", async () => {
    const trial = await openWorkTrial({ files: FILES });
    const targets = await select(trial, { by: "paths", paths: ["package-lock.json"] });
    expect([named(targets), targets.leftOut.map(({ reason }) => reason)]).toEqual([[], ["lock-file"]]);
  });

  test("one that is not there is a fault with what is near", async () => {
    const trial = await openWorkTrial({ files: FILES });
    await expect(select(trial, { by: "paths", paths: ["src/shop/carts.js"] })).rejects.toMatchObject({
      code: "file-not-found",
      message: expect.stringContaining("Did you mean src/shop/cart.js") as string,
    });
  });

  test("one outside is refused", async () => {
    const trial = await openWorkTrial({ files: FILES });
    await expect(select(trial, { by: "paths", paths: ["../secret"] })).rejects.toMatchObject({ code: "path-escapes" });
  });
});

describe("modules", () => {
  test.each(["src.shop.cart", "cart", "src/shop/cart.js"])("%s is the file of the module", async (name) => {
    const trial = await openWorkTrial({ files: FILES });
    expect(named(await select(trial, { by: "modules", names: [name] }))).toEqual(["src/shop/cart.js"]);
  });

  test("one that is not there is a fault with what is near", async () => {
    const trial = await openWorkTrial({ files: FILES });
    await expect(select(trial, { by: "modules", names: ["src.shop.crat"] })).rejects.toMatchObject({
      code: "file-not-found",
      message: expect.stringContaining("Did you mean src.shop.cart") as string,
    });
  });

  test("a name that two modules end with is refused", async () => {
    const trial = await openWorkTrial({
      files: { "a/one.js": "export const a = 1;\n", "b/one.js": "export const b = 1;\n" },
    });
    await expect(select(trial, { by: "modules", names: ["one"] })).rejects.toMatchObject({ code: "input-invalid" });
  });
});

test("a codebase is its code; a review reads tests and configuration too", async () => {
  const trial = await openWorkTrial({ files: { ...FILES, "tsconfig.json": "{}\n" } });
  expect(named(await select(trial, { by: "codebase" })).length).toBe(4);
  const review = named(await select(trial, { by: "codebase" }, { kind: "review" }));
  expect([review.includes("test/cart.test.js"), review.includes("docs/guide.md")]).toEqual([true, false]);
});

test("bottlenecks are where loops stand in loops", async () => {
  const slow = [
    "export function pairs(all) {",
    "  const found = [];",
    "  for (const a of all) {",
    "    for (const b of all) {",
    "      if (a !== b && a.x === b.x) found.push([a, b]);",
    "    }",
    "  }",
    "  return found;",
    "}",
    "",
  ].join("\n");
  const plain = Object.fromEntries(
    Array.from({ length: 9 }, (_, index) => [`src/m${index}.js`, `export const v${index} = ${index};\n`]),
  );
  const trial = await openWorkTrial({ files: { ...plain, "src/slow.js": slow } });
  const found = named(await select(trial, { by: "bottlenecks" }, { kind: "optimize" }));
  expect([found.includes("src/slow.js"), found.length]).toEqual([true, 3]);
});
