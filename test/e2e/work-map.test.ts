/** The commands that look at a codebase and ask nobody: list, map, chunks. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allotHome, runInside } from "../support/run-allot.ts";
import { workRepository } from "../support/work-repository.ts";

const alone = () => allotHome({ OLLAMA_HOST: "http://127.0.0.1:9", COLUMNS: "90" });

interface Listed {
  readonly modules: readonly { readonly name: string; readonly critical: boolean; readonly files: string[] }[];
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
}

test("the names of critical modules come one a line, the most critical first, for a shell's loop", async () => {
  using repository = workRepository();
  const home = alone();
  const plain = await runInside(home, ["list", "--modules", "--critical", "--repo", repository.dir]);
  const { modules } = (await runInside(home, ["list", "--modules", "--critical", "--json", "--repo", repository.dir]))
    .lines[0] as unknown as Listed;
  expect([plain.code, plain.stderr]).toEqual([0, ""]);
  expect(plain.stdout).toBe(modules.map(({ name }) => `${name}\n`).join(""));
  expect(modules[0]?.files).toEqual(["shop/core.py"]);
  expect(modules.every(({ critical }) => critical)).toBe(true);
});

test("the list for programs has every module, its score in parts, and what was left out with the reason", async () => {
  using repository = workRepository();
  const ended = await runInside(alone(), ["list", "--modules", "--json", "--repo", repository.dir]);
  const { modules, leftOut } = ended.lines[0] as unknown as Listed;
  expect(modules.flatMap(({ files }) => files).toSorted()).toEqual(
    expect.arrayContaining(["shop/api.py", "shop/core.py", "shop/pay.py", "web/cart.js"]),
  );
  expect(leftOut).toEqual(
    expect.arrayContaining([expect.objectContaining({ path: "package-lock.json", reason: "lock-file" })]),
  );
});

test("the map is a tree, a page that needs nothing else, and JSON", async () => {
  using repository = workRepository();
  const home = alone();
  const tree = await runInside(home, ["map", "--repo", repository.dir]);
  expect(tree.stdout).toContain("shop/");
  expect(tree.stdout).toMatch(/core\.py +[\d,]+ .* critical/);
  const html = join(home.dir, "new", "folder", "map.html");
  const page = await runInside(home, ["map", `--html=${html}`, "--repo", repository.dir]);
  expect([page.code, page.stdout]).toEqual([0, `wrote ${html}: open it in a browser\n`]);
  expect(readFileSync(html, "utf8")).toContain("<!doctype html>");
  const json = await runInside(home, ["map", "--json", "--repo", repository.dir]);
  expect(json.lines[0]).toMatchObject({ root: repository.dir, tree: { path: "" }, html: null });
});

test("what only looks makes no store", async () => {
  using repository = workRepository();
  const home = alone();
  await runInside(home, ["list", "--repo", repository.dir]);
  expect(existsSync(join(home.dir, ".allot", "allot.db"))).toBe(false);
});
