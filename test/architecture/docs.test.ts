import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROUTES_EXAMPLE, USER_FILE_EXAMPLE } from "../../scripts/docs/config-page.ts";
import { PAGES } from "../../scripts/docs/pages.ts";
import { AS_OF } from "../../scripts/docs/seed-figures.ts";
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { routeTable } from "../../src/routing/route-table.ts";
import { ERRORS } from "../../src/foundation/errors.ts";

const ROOT = join(import.meta.dirname, "..", "..");

test.each(Object.entries(PAGES))("%s says what the code says (npm run docs writes it)", (path, page) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(page());
});

test("docs/errors.md has every code of the table and no other", () => {
  const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
  const codes = [...page.matchAll(/^\| `([a-z-]+)` /gm)].map((match) => match[1]);
  expect(codes).toEqual(Object.keys(ERRORS));
});

test("the user's file that docs/config.md shows is accepted, and prices models as it says", () => {
  const readFile = (path: string) => (path === "/home/ann/.allot/config.json" ? USER_FILE_EXAMPLE : undefined);
  const config = loadConfig({ flags: {}, env: {}, cwd: "/repo", home: "/home/ann", readFile });
  expect(config.settings).toMatchObject({ big: "sonnet", small: "haiku", limitUsd: 2_500_000_000 });
  expect(config.providers.anthropic.baseUrl).toBe("http://127.0.0.1:8080");
  const catalog = openCatalog({ asOf: AS_OF, overrides: config.models });
  expect(catalog.resolve("coder")).toMatchObject({ id: "our-coder", tier: "small", price: { cacheRead: 50_000_000 } });
  expect(catalog.resolve("claude-haiku-4-5").price).toMatchObject({ input: 900_000_000, cacheRead: 90_000_000 });
});

test("the routes that docs/config.md shows are accepted, and send analysis to the agent it adds", () => {
  const readFile = (path: string) => (path === "/home/ann/.allot/config.json" ? ROUTES_EXAMPLE : undefined);
  const config = loadConfig({ flags: {}, env: {}, cwd: "/repo", home: "/home/ann", readFile });
  const catalog = openCatalog({ asOf: AS_OF });
  const table = routeTable(config.routes, (name) => catalog.resolve(name));
  expect(table.rows.analysis).toMatchObject({ agent: "grok", model: "grok", session: "grok" });
  expect([table.rows.coding.simpleModel, table.sureFrom]).toEqual(["haiku", 0.7]);
});
