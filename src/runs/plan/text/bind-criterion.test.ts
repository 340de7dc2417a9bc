import { expect, test } from "vitest";
import type { CriterionCheck } from "../mini-task.ts";
import { bindCriterion, type BindingScope } from "./bind-criterion.ts";

const scope: BindingScope = {
  writes: [{ path: "src/loader.py", action: "create" }],
  steps: [{ text: "Copy the methods:\n- `load()` (lines 1-9)\n- `close()` (lines 10-19)\n```python\n`not_me()`\n```" }],
  validation: [{ command: "pytest -q", comment: "", timeoutMs: 1000 }],
  contract: [],
};

test.each<[string, CriterionCheck]>([
  ["File created at `src/loader.py`", { kind: "file-exists", path: "src/loader.py" }],
  ["No syntax errors (file is valid Python)", { kind: "syntax", path: "src/loader.py" }],
  [
    "Line count is approximately 600 lines (±50)",
    { kind: "line-count", path: "src/loader.py", lines: 600, tolerance: 50 },
  ],
  ["`src/a.py` has 1,200 lines", { kind: "line-count", path: "src/a.py", lines: 1200, tolerance: 0 }],
  ["Contains exactly the methods listed above", { kind: "defines", path: "src/loader.py", names: ["load", "close"] }],
  ["All specified methods included", { kind: "defines", path: "src/loader.py", names: ["load", "close"] }],
  [
    "`src/loader.py` defines `load`, `Loader.close`.",
    { kind: "defines", path: "src/loader.py", names: ["load", "Loader.close"] },
  ],
  ["`pytest -q` passes", { kind: "command", index: 1 }],
])("%s is bound", (text, check) => {
  expect(bindCriterion(text, scope)).toEqual(check);
});

test.each([
  "No tool methods included (those go in other modules)",
  "Code is identical to original (no changes to logic)",
  "Module docstring explains purpose",
  "Line count is approximately [X] lines (±50)",
  "File created at `../x.py`",
  "Validation command 2 passes",
  "Imports correct and minimal",
])("%s stays unbound", (text) => {
  expect(bindCriterion(text, scope)).toBeUndefined();
});

test("words about the file stay unbound where two files are written", () => {
  const two: BindingScope = { ...scope, writes: [...scope.writes, { path: "src/other.py", action: "create" }] };
  expect(bindCriterion("No syntax errors", two)).toBeUndefined();
  expect(bindCriterion("Line count is approximately 600 lines (±50)", two)).toBeUndefined();
  expect(bindCriterion("All specified methods included", two)).toBeUndefined();
});
