import { expect, test } from "vitest";
import { readAttributes } from "./attributes.ts";

test("files that .gitattributes calls generated or vendored are, by the last line that matches", () => {
  const of = readAttributes(
    new Map([
      [
        ".gitattributes",
        "*.ts text\nsrc/api/** linguist-generated=true\nsrc/api/hand.ts -linguist-generated\nlib/* linguist-vendored\n",
      ],
    ]),
  );
  expect([of("src/api/a.ts"), of("src/api/hand.ts"), of("lib/x.js"), of("src/b.ts")]).toEqual([
    { reason: "generated", detail: "linguist-generated in .gitattributes" },
    "kept",
    { reason: "vendored", detail: "linguist-vendored in .gitattributes" },
    undefined,
  ]);
});

test("a deeper file speaks for what is below it, and goes before the one above", () => {
  const of = readAttributes(
    new Map([
      ["web/.gitattributes", "gen/* linguist-generated=false\n"],
      [".gitattributes", "# a remark\ngen/* linguist-generated\nweb/gen/* linguist-generated\n"],
    ]),
  );
  expect([of("web/gen/a.ts"), of("gen/a.ts"), of("other/gen/a.ts")]).toEqual([
    "kept",
    { reason: "generated", detail: "linguist-generated in .gitattributes" },
    undefined,
  ]);
});

test("a pattern in quotes may hold blanks", () => {
  const of = readAttributes(new Map([[".gitattributes", '"my files/*" linguist-generated\n']]));
  expect(of("my files/a.ts")).toEqual({ reason: "generated", detail: "linguist-generated in .gitattributes" });
});
