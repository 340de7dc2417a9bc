import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { GATE_CODES } from "./gate-codes.ts";
import { GATES } from "./gates.ts";

const document = await readFile(new URL("../../../docs/gates.md", import.meta.url), "utf8");

function firstCells(heading: string): string[][] {
  const section = document.split(`| ${heading} |`)[1]?.split("\n\n")[0] ?? "";
  return section
    .split("\n")
    .slice(2)
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    );
}

test("every code of the table stands in docs/gates.md with its meaning, and no other", () => {
  const section = document.split("## Codes")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([\w-]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning]);
  expect(rows).toEqual(Object.entries(GATE_CODES));
});

test("every gate stands in docs/gates.md in the order of the table, and no other", () => {
  expect(firstCells("gate | looks at").map(([gate]) => gate)).toEqual(GATES.map(({ id }) => id));
});

test("gates are told in order of price", () => {
  expect(GATES.map(({ price }) => price)).toEqual(GATES.map(({ price }) => price).toSorted((a, b) => a - b));
});
