import { expect, test } from "vitest";
import { leaveOut } from "./leave-out.ts";

test("the body of a function is blank, and every line and column stays", () => {
  const text = `def a(x=(1,
2)):
    "it's: not the end"
    return """
def b():
"""

class C:
    async def kept(self): return 1

    @note
    def d(self):
        return {
    "at": 1}  # def e():
x = 1
`;
  const outline = leaveOut(text);
  expect(outline.text.length).toBe(text.length);
  expect(outline.text.split("\n").map((line) => line.trimEnd())).toEqual([
    "def a(x=(1,",
    "2)):",
    "    0",
    "",
    "",
    "",
    "",
    "class C:",
    "    async def kept(self): return 1",
    "",
    "    @note",
    "    def d(self):",
    "        0",
    "",
    "x = 1",
    "",
  ]);
  expect([...outline.leftOut]).toEqual([
    [text.indexOf('"it'), text.indexOf("\n\nclass C")],
    [text.indexOf("return {"), text.indexOf("\nx = 1")],
  ]);
});

test("a text in which a string does not end is left as it is", () => {
  const text = 'def a():\n    return 1\nx = """\n';
  expect(leaveOut(text)).toEqual({ text, leftOut: new Map() });
});
