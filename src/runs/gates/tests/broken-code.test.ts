import { expect, test } from "vitest";
import { readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import { breakables } from "./broken-code.ts";

async function broken(path: string, text: string): Promise<readonly string[]> {
  const file = await readCode(path, text);
  if (file === undefined) throw new Error(`${path} is no code`);
  return breakables(file, text).map(
    ({ name, answers, unlockLine, appended }) =>
      `${name} ${answers ? "answers" : "acts"}${unlockLine === undefined ? "" : ` line ${unlockLine}`}: ${appended.trim().split("\n").at(-1)}`,
  );
}

test("exports of a module are bound anew, constants after they became variables", async () => {
  const text = [
    "export const twice = (x: number) => x * 2;",
    "export function log(): void { console.log(1); }",
    "function hidden() { return 1; }",
    "export { hidden as shown };",
    "export class Till { add() { return 1; } static open() { return new Till(); } get sum() { return 2; } private key() {} }",
  ].join("\n");
  expect(await broken("a.ts", text)).toEqual([
    "twice answers line 1: twice = function () { return undefined; };",
    'log acts: log = function () { throw new Error("broken on purpose"); };',
    "shown answers: hidden = function () { return undefined; };",
    'Till.add answers: (Till.prototype["add"] === undefined ? Till : Till.prototype)["add"] = function () { return undefined; };',
    'Till.open answers: (Till.prototype["open"] === undefined ? Till : Till.prototype)["open"] = function () { return undefined; };',
  ]);
});

test("what a CommonJS module exports is replaced there", async () => {
  expect(await broken("a.js", "function one() { return 1; }\nmodule.exports = { one };\n")).toEqual([
    "one answers: module.exports.one = function () { return undefined; };",
  ]);
});

test("decorated, special and private names of Python are left alone", async () => {
  const text = [
    "@route",
    "def page(): return 1",
    "def gross(net): return net * 2",
    "def _own(): return 1",
    "class Till:",
    "    def __init__(self): self.sum = 0",
    "    def add(self, x): self.sum += x",
    "    @property",
    "    def total(self): return self.sum",
  ].join("\n");
  expect(await broken("a.py", text)).toEqual([
    "gross answers: gross = _allot_broken",
    "Till.add acts: Till.add = _allot_broken",
  ]);
});
