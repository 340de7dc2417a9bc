import fc from "fast-check";
import { execFileSync } from "node:child_process";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { branchProblem, pathEscape, safeBranch, safePath } from "./safe-path.ts";

test.each([
  ["src/a.ts", "src/a.ts"],
  ["./src//a.ts", "src/a.ts"],
  ["-rf", "-rf"],
  [".gitignore", ".gitignore"],
  [".github/workflows/ci.yml", ".github/workflows/ci.yml"],
  ["a..b/c", "a..b/c"],
  ["päth/ü", "päth/ü"],
])("%j is a path inside the tree", (given, cleaned) => expect(safePath(given)).toBe(cleaned));

test.each([
  "",
  ".",
  "/",
  "..",
  "../a",
  "a/../../b",
  "a/..",
  "/etc/passwd",
  "C:\\x",
  "c:x",
  "a\\..\\b",
  "a\0b",
  "a\nb",
  ".git",
  ".GIT/config",
  "sub/.git/hooks/x",
  ".git./config",
  ".git /config",
  "git~1/config",
  ".g\u200cit/config",
  ".git::$INDEX_ALLOCATION/config",
  "a./b",
  "a /b",
  `${"x".repeat(256)}/a`,
])("%j is refused", (path) => expect(() => safePath(path)).toThrow(expect.objectContaining({ code: "path-escapes" })));

test("whatever is accepted stays below the root", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("..", ".", "", "a", ".git", "b.", "/", "\\", "-"), { maxLength: 6 }),
      (parts) => {
        const path = parts.join("/");
        if (pathEscape(path) !== undefined) return;
        const whole = posix.resolve("/root/tree", safePath(path));
        expect(whole.startsWith("/root/tree/")).toBe(true);
        expect(whole).not.toMatch(/\/\.git(\/|$)/);
      },
    ),
  );
});

test.each(["main", "allot/20261121-143002-7kq2", "feature/x-1", "ä"])("%j is a branch name", (name) =>
  expect(safeBranch(name)).toBe(name),
);

test("no name is accepted that git would refuse as a branch", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom("a", "/", ".", "..", "-", "@{", "@", ".lock", "~", "^", ":", " ", "*", "HEAD", "refs/"),
        { minLength: 1, maxLength: 5 },
      ),
      (parts) => {
        const name = parts.join("");
        if (branchProblem(name) !== undefined) return;
        expect(execFileSync("git", ["check-ref-format", "--branch", name], { encoding: "utf8" }).trim()).toBe(name);
      },
    ),
  );
});

test.each([
  "",
  "-d",
  "a b",
  "a..b",
  "a.lock",
  "HEAD",
  "@",
  "refs/heads/x",
  "a//b",
  "/a",
  "a/",
  "a~1",
  ".a",
  "a/.b",
  "x\ny",
])("the branch name %j is refused", (name) =>
  expect(() => safeBranch(name)).toThrow(expect.objectContaining({ code: "path-escapes" })),
);
