import { describe, expect, test } from "vitest";
import { isAllotError } from "../foundation/errors.ts";
import { applySteps, lineSha } from "./apply-steps.ts";
import type { ExactStep } from "./exact-step.ts";

const FILES: Record<string, string> = {
  "a.py": "one\ntwo\nthree\nfour\n",
  "win.py": "one\r\ntwo\r\nthree\r\n",
  "open.py": "one\ntwo",
};
const read = (path: string): string | undefined => FILES[path];
const run = (...steps: ExactStep[]): Record<string, string | null> => Object.fromEntries(applySteps(steps, read));
const codeOf = (...steps: ExactStep[]): [string, string] => {
  try {
    run(...steps);
  } catch (error) {
    if (isAllotError(error)) return [error.code, error.message];
  }
  return ["none", ""];
};
const range = (path: string, first: number, last = first): { path: string; first: number; last: number } => ({
  path,
  first,
  last,
});

describe("line numbers", () => {
  test("mean the file as it was, whatever earlier steps removed", () => {
    const steps: ExactStep[] = [
      { kind: "delete-lines", range: range("a.py", 1) },
      { kind: "replace-lines", range: range("a.py", 3), content: "3a\n3b\n" },
      { kind: "insert", path: "a.py", line: 4, content: "five" },
    ];
    expect(run(...steps)).toEqual({ "a.py": "two\n3a\n3b\nfour\nfive\n" });
  });

  test("of a copy after a move still find the moved lines", () => {
    const steps: ExactStep[] = [
      { kind: "create", path: "b.py", content: "# b\n" },
      { kind: "move", from: range("a.py", 2, 3), to: "b.py" },
      { kind: "copy", from: range("a.py", 2), to: "b.py" },
    ];
    expect(run(...steps)).toEqual({ "a.py": "one\nfour\n", "b.py": "# b\ntwo\nthree\ntwo\n" });
  });

  test("in a file made by the same steps mean the file as it stands", () => {
    const steps: ExactStep[] = [
      { kind: "create", path: "b.py", content: "# b\n" },
      { kind: "copy", from: range("a.py", 3), to: "b.py" },
      { kind: "replace-text", range: range("b.py", 2), find: "three", by: "3", count: 1 },
      { kind: "delete-lines", range: range("b.py", 1) },
      { kind: "replace-text", range: range("b.py", 1), find: "3", by: "III", count: 1 },
    ];
    expect(run(...steps)).toEqual({ "b.py": "III\n" });
  });

  test("follow a renamed file", () => {
    const steps: ExactStep[] = [
      { kind: "rename-file", path: "a.py", to: "c.py" },
      { kind: "delete-lines", range: range("c.py", 2, 3) },
    ];
    expect(run(...steps)).toEqual({ "a.py": null, "c.py": "one\nfour\n" });
  });
});

describe("line ends", () => {
  test("of a file with CRLF are kept and given to new lines", () => {
    const steps: ExactStep[] = [
      { kind: "insert", path: "win.py", line: 1, content: "new\n" },
      { kind: "append", path: "win.py", content: "last\n" },
    ];
    expect(run(...steps)).toEqual({ "win.py": "one\r\nnew\r\ntwo\r\nthree\r\nlast\r\n" });
  });

  test("a missing final newline stays missing", () => {
    expect(run({ kind: "insert", path: "open.py", line: 1, content: "x\n" })).toEqual({ "open.py": "one\nx\ntwo" });
    expect(run({ kind: "delete-lines", range: range("open.py", 2) })).toEqual({ "open.py": "one" });
  });

  test("text appended to a file without a final newline starts on its own line", () => {
    expect(run({ kind: "append", path: "open.py", content: "three\n" })).toEqual({ "open.py": "one\ntwo\nthree\n" });
  });
});

describe("refused as stale", () => {
  const stale: [string, ExactStep[], string][] = [
    [
      "a sha that differs",
      [{ kind: "delete-lines", range: { ...range("a.py", 1), sha: "00000000" } }],
      "lines 1 to 1 have changed",
    ],
    ["a range past the end", [{ kind: "copy", from: range("a.py", 4, 5), to: "a.py" }], "has 4 lines"],
    [
      "a count that differs",
      [{ kind: "replace-text", range: range("a.py", 1, 4), find: "t", by: "T", count: 1 }],
      "2 times",
    ],
    [
      "a line edited twice",
      [
        { kind: "delete-lines", range: range("a.py", 2) },
        { kind: "replace-lines", range: range("a.py", 1, 2), content: "" },
      ],
      "step 2 (replace-lines) does not fit: a.py line 2",
    ],
    [
      "an insert inside removed lines",
      [
        { kind: "delete-lines", range: range("a.py", 1, 3) },
        { kind: "insert", path: "a.py", line: 2, content: "x" },
      ],
      "inside lines",
    ],
    ["creating a file that exists", [{ kind: "create", path: "a.py", content: "" }], "exists already"],
    ["editing a file that does not", [{ kind: "append", path: "no.py", content: "" }], "does not exist"],
    [
      "editing a deleted file",
      [
        { kind: "delete-file", path: "a.py" },
        { kind: "append", path: "a.py", content: "x" },
      ],
      "does not exist",
    ],
  ];
  test.each(stale)("%s", (_name, steps, message) => {
    const [code, text] = codeOf(...steps);
    expect(code).toBe("step-stale");
    expect(text).toContain(message);
  });
});

test.each(["../x", "/etc/passwd", "a/../../b", ".git/config", "a/.GIT/hooks", "a\\b", "", "./a", "C:/x"])(
  "the path %j is refused as an escape",
  (path) => expect(codeOf({ kind: "create", path, content: "" })[0]).toBe("path-escapes"),
);

test("a step with the right sha is carried out", () => {
  expect(lineSha(["two", "three"])).toBe("43fc3d02");
  const sha = lineSha(["two", "three"]);
  expect(run({ kind: "delete-lines", range: { ...range("a.py", 2, 3), sha } })).toEqual({ "a.py": "one\nfour\n" });
});

test("two replacements may share a line", () => {
  const steps: ExactStep[] = [
    { kind: "replace-text", range: range("a.py", 2), find: "t", by: "T", count: 1 },
    { kind: "replace-text", range: range("a.py", 2), find: "wo", by: "WO", count: 1 },
  ];
  expect(run(...steps)).toEqual({ "a.py": "one\nTWO\nthree\nfour\n" });
});
