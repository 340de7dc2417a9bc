import { expect, test } from "vitest";
import { leaveOut } from "./leave-out.ts";

test("the body of a function that does not matter is blank, and every line and column stays", () => {
  const text = `def a(x=(1,
2)):
    "it's: not the end"
    return """
def b():
"""

def kept():
    return router
x = 1
`;
  const outline = leaveOut(text, (body) => body.includes("router"));
  expect(outline.text.length).toBe(text.length);
  expect(outline.text.split("\n").map((line) => line.trimEnd())).toEqual([
    "def a(x=(1,",
    "2)):",
    "    0",
    "",
    "",
    "",
    "",
    "def kept():",
    "    return router",
    "x = 1",
    "",
  ]);
  expect([...outline.leftOut]).toEqual([[text.indexOf('"it'), text.indexOf("\n\ndef kept")]]);
});

test("a text in which a string does not end is left as it is", () => {
  const text = 'def a():\n    return 1\nx = """\n';
  expect(leaveOut(text, () => false)).toEqual({ text, leftOut: new Map() });
});
