import { expect, test } from "vitest";
import { contentKind } from "./content-kind.ts";

test.each([
  [[], "code"],
  [
    [
      { language: "typescript", tokens: 10 },
      { language: "markdown", tokens: 9 },
    ],
    "code",
  ],
  [
    [
      { language: "typescript", tokens: 10 },
      { language: "markdown", tokens: 11 },
    ],
    "prose",
  ],
  [
    [
      { language: "go", tokens: 10 },
      { language: "yaml", tokens: 6 },
      { language: "json", tokens: 6 },
    ],
    "data",
  ],
] as const)("the kind of %j is %s", (files, kind) => {
  expect(contentKind(files)).toBe(kind);
});
