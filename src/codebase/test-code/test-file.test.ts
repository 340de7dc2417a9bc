import { expect, test } from "vitest";
import { readTestFile } from "./test-file.ts";

async function cases(path: string, text: string): Promise<string[]> {
  const file = await readTestFile(path, text);
  return (file?.cases ?? []).map(({ id, skip, only, rows, helper, checks }) =>
    [
      id,
      skip,
      only ? "only" : "",
      helper ? "helper" : "",
      rows.length > 0 ? `${rows.length} rows` : "",
      checks.map(({ kind, strength, guard }) => `${kind}/${strength}/${guard}`).join(" "),
    ]
      .filter((part) => part !== "")
      .join("; "),
  );
}

test("pytest functions, classes, tables and skips are read", async () => {
  const text = `
import pytest
ROWS = [(1, "a"), (2, "b")]

@pytest.mark.parametrize("n, s", ROWS)
def test_table(n, s):
    assert f(n) == s

class TestMore:
    @pytest.mark.skip(reason="x")
    def test_skipped(self):
        assert f(1) is not None

def test_swallowed():
    try:
        assert f(1) == 2
    except Exception:
        pass

def helper_not_collected():
    return 1

def test_raises():
    with pytest.raises(ValueError, match="no"):
        f(-1)
`;
  expect(await cases("tests/test_a.py", text)).toEqual([
    "test_table; 2 rows; equal/10/none",
    "TestMore::test_skipped; always; not-none/2/none",
    "test_swallowed; equal/10/swallowed",
    "test_raises; raises/9/none",
  ]);
});

test("what Python would not collect is no case", async () => {
  const text =
    "def test_a():\n    assert f()\n\ndef test_a():\n    assert g() == 1\n\nif False:\n    def test_b():\n        assert f()\n\ndef test_c():\n    assert f()\ndel test_c\n\ndef check_d():\n    return 1\n";
  expect(await cases("test_a.py", text)).toEqual(["test_a; equal/10/none"]);
});

test("unittest's methods and inner functions that are never called are read", async () => {
  const text = `
import unittest
class A(unittest.TestCase):
    def test_one(self):
        self.assertEqual(f(1), 2)
        def inner():
            self.assertTrue(f(2))
    @unittest.expectedFailure
    def test_two(self):
        with self.assertRaises(Exception):
            f(3)
`;
  expect(await cases("tests/test_a.py", text)).toEqual([
    "A::test_one; equal/10/none truthy/2/dead",
    "A::test_two; expected-failure; raises/4/none",
  ]);
});

test("node:test, vitest and mocha forms are read alike", async () => {
  const text = `
import assert from "node:assert/strict";
import { describe, it } from "vitest";
describe("group", () => {
  it("equal", () => { assert.equal(f(1), 2); });
  it.skip("skipped", () => { expect(f(1)).toBe(2); });
  it("option", { skip: true }, () => { expect(f(1)).toBeDefined(); });
  it.only("only", async () => { await expect(f()).rejects.toThrow("x"); });
  it("unawaited", async () => { expect(f()).rejects.toThrow("x"); });
  it.todo("later");
});
for (const [n, s] of [[1, "a"], [2, "b"]]) it(\`table \${n}\`, () => { expect(f(n)).to.equal(s); });
`;
  expect(await cases("a.test.ts", text)).toEqual([
    "group > equal; equal/10/none",
    "group > skipped; always; equal/10/none",
    "group > option; always; not-none/2/none",
    "group > only; only; rejects-raises/8/none",
    "group > unawaited; rejects-raises/8/dead",
    "group > later; todo",
    't("table ", n, ""); 2 rows; equal/10/none',
  ]);
});

test("a file in another language is left alone", async () => {
  expect(await readTestFile("a_test.go", "package a")).toBeUndefined();
});
