// `npm run docs`: writes the pages that are made from code. A test compares them, so they cannot fall behind.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PAGES } from "./docs/pages.ts";

const ROOT = join(import.meta.dirname, "..");

for (const [path, page] of Object.entries(PAGES)) {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), page());
  process.stdout.write(`${path}\n`);
}
