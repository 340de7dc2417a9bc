import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ERRORS } from "../../src/foundation/errors.ts";
import { PAGES } from "../../scripts/docs/pages.ts";

const ROOT = join(import.meta.dirname, "..", "..");

test.each(Object.entries(PAGES))("%s says what the code says (npm run docs writes it)", (path, page) => {
  expect(readFileSync(join(ROOT, path), "utf8")).toBe(page());
});

test("docs/errors.md has every code of the table and no other", () => {
  const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
  const codes = [...page.matchAll(/^\| `([a-z-]+)` /gm)].map((match) => match[1]);
  expect(codes).toEqual(Object.keys(ERRORS));
});
