import { changeTest, isPython, oldTests, startOf, withFile, type Fault, type Ground, type Spoiled } from "./fault.ts";
import type { Files } from "../bundle.ts";

async function spoil(files: Promise<Files | undefined>): Promise<Spoiled | undefined> {
  const made = await files;
  return made === undefined ? undefined : { files: made };
}

const python = (name: string, kind: Fault["kind"], change: Parameters<typeof changeTest>[1]): Fault => ({
  kind,
  name,
  make: (ground) => (isPython(ground) ? spoil(changeTest(ground, change)) : undefined),
});
const script = (name: string, kind: Fault["kind"], change: Parameters<typeof changeTest>[1]): Fault => ({
  kind,
  name,
  make: (ground) => (isPython(ground) ? undefined : spoil(changeTest(ground, change))),
});
const both = (name: string, kind: Fault["kind"], change: Parameters<typeof changeTest>[1]): Fault => ({
  kind,
  name,
  make: (ground) => spoil(changeTest(ground, change)),
});

const TITLE = /\b(it|test)\((?=["'`])/;

/** The lines with the first that matches changed; undefined where none does. */
function once(
  lines: readonly string[],
  pattern: RegExp,
  by: string | ((...found: string[]) => string),
): string[] | undefined {
  const at = lines.findIndex((line) => pattern.test(line));
  if (at < 0) return undefined;
  return lines.map((line, index) => (index === at ? line.replace(pattern, by as string) : line));
}

/** Puts lines in as the first of the body. */
function openBody(lines: readonly string[], indent: string, added: string, isTest: RegExp): string[] | undefined {
  const at = lines.findIndex((line) => isTest.test(line));
  if (at < 0 || !/[:{]\s*$/.test(lines[at] ?? "")) return undefined;
  return [
    ...lines.slice(0, at + 1),
    `${indent}${indent === "" && isTest.source.includes("def") ? "    " : isTest.source.includes("def") ? "    " : "  "}${added}`,
    ...lines.slice(at + 1),
  ];
}

const DEF = /^\s*def test/;
const CALL = /\b(?:it|test)\(/;

export const DELETED_TESTS: readonly Fault[] = [
  both("removed", "test-deleted", () => []),
  both("commented-out", "test-deleted", (lines, indent) =>
    lines.map((line) =>
      line.trim() === ""
        ? line
        : `${indent}${indent === "" && !/^\s*(?:def|@|\[|\(|"|assert|with|lines|table|title|for|from|\]|\)|account|book|report)/.test(line) ? "//" : ""}# ${line.trim()}`,
    ),
  ),
  python("renamed-away", "test-deleted", (lines) => once(lines, /def test_(\w+)/, "def check_$1")),
  python("under-false", "test-deleted", (lines, indent) => [
    `${indent}if False:`,
    ...lines.map((line) => `    ${line}`),
  ]),
  script("under-false", "test-deleted", (lines, indent) => [
    `${indent}if (false) {`,
    ...lines.map((line) => `  ${line}`),
    `${indent}}`,
  ]),
  script("wrapped-in-function", "test-deleted", (lines, indent) => [
    `${indent}export const later = () => {`,
    ...lines.map((line) => `  ${line}`),
    `${indent}};`,
  ]),
  {
    kind: "test-deleted",
    name: "file-renamed",
    make: async (ground) => {
      const [first] = await oldTests(ground);
      if (first === undefined) return undefined;
      const files = new Map(ground.good);
      files.delete(first.path);
      files.set(
        first.path.replace(/test_(\w+)\.py$/, "$1_cases.py").replace(/\.test\.(\w+)$/, ".cases.$1"),
        ground.good.get(first.path) ?? "",
      );
      return { files };
    },
  },
  {
    kind: "test-deleted",
    name: "file-deleted",
    make: (ground) => {
      const files = new Map(ground.good);
      const path = [...ground.project.base.keys()].find(
        (each) =>
          /test/.test(each) && /\.(?:py|ts|js)$/.test(each) && each !== ground.task.testFile && !/__init__/.test(each),
      );
      if (path === undefined) return undefined;
      files.delete(path);
      return { files };
    },
  },
  {
    kind: "test-deleted",
    name: "rewritten-smaller",
    make: async (ground) => {
      const path = ground.task.testFile;
      const tests = (await oldTests(ground)).filter((each) => each.path === path);
      if (tests.length < 2) return undefined;
      const lines = (ground.good.get(path) ?? "").split("\n");
      const kept = tests.slice(0, Math.ceil(tests.length / 2));
      const drop = tests.slice(kept.length);
      const gone = new Set(
        drop.flatMap(({ test }) =>
          Array.from({ length: test.endLine - startOf(lines, test) + 1 }, (_, index) => startOf(lines, test) + index),
        ),
      );
      return {
        files: withFile(ground.good, path, () => lines.filter((_line, index) => !gone.has(index + 1)).join("\n")),
      };
    },
  },
  {
    kind: "test-deleted",
    name: "shadowed",
    make: async (ground) => {
      if (!isPython(ground)) return undefined;
      const found = (await oldTests(ground)).find(({ test }) => !test.id.includes("::"));
      return found === undefined
        ? undefined
        : {
            files: withFile(
              ground.good,
              found.path,
              (text) => `${text.trimEnd()}\n\n\ndef ${found.test.name}():\n    assert 1 + 1 == 2\n`,
            ),
          };
    },
  },
];

export const SKIPPED_TESTS: readonly Fault[] = [
  python("mark-skip", "test-skipped", (lines, indent) => [
    `${indent}@__import__("pytest").mark.skip(reason="flaky")`,
    ...lines,
  ]),
  python("mark-xfail", "test-skipped", (lines, indent) => [`${indent}@pytest.mark.xfail`, ...lines]),
  python("skipif-true", "test-skipped", (lines, indent) => [
    `${indent}@pytest.mark.skipif(True, reason="slow")`,
    ...lines,
  ]),
  python("unittest-skip", "test-skipped", (lines, indent) => [`${indent}@unittest.skip("not now")`, ...lines]),
  python("skip-call", "test-skipped", (lines, indent) =>
    openBody(lines, indent, 'pytest.skip("does not work yet")', DEF),
  ),
  python("return-first", "test-skipped", (lines, indent) => openBody(lines, indent, "return", DEF)),
  python("skip-in-ci", "test-skipped", (lines, indent) =>
    openBody(lines, indent, 'if __import__("os").environ.get("CI"): return', DEF),
  ),
  {
    kind: "test-skipped",
    name: "module-mark",
    make: (ground) =>
      isPython(ground) && ground.project.base.has(ground.task.testFile)
        ? {
            files: withFile(ground.good, ground.task.testFile, (text) =>
              text.replace(
                /\n\n\n/,
                '\n\nimport pytest as _pytest\n\npytestmark = _pytest.mark.skip(reason="moved")\n\n\n',
              ),
            ),
          }
        : undefined,
  },
  script("dot-skip", "test-skipped", (lines) => once(lines, TITLE, "$1.skip(")),
  script("dot-todo", "test-skipped", (lines) => once(lines, TITLE, "$1.todo(")),
  script("dot-only", "test-skipped", (lines) => once(lines, TITLE, "$1.only(")),
  script("option-skip", "test-skipped", (lines) =>
    once(lines, /\b((?:it|test)\((?:"[^"]*"|`[^`]*`)), (?=\(|async)/, '$1, { skip: "flaky" }, '),
  ),
  script("return-first", "test-skipped", (lines, indent) => openBody(lines, indent, "return;", CALL)),
  script("skip-in-ci", "test-skipped", (lines, indent) => openBody(lines, indent, "if (process.env.CI) return;", CALL)),
  {
    kind: "test-skipped",
    name: "describe-skip",
    make: (ground) => {
      const text = ground.good.get(ground.task.testFile) ?? "";
      return !isPython(ground) && /^describe\(/m.test(text) && ground.project.base.has(ground.task.testFile)
        ? { files: withFile(ground.good, ground.task.testFile, () => text.replace(/^describe\(/m, "describe.skip(")) }
        : undefined;
    },
  },
];

/** `assert f(x) == y` and `self.assertEqual(f(x), y)`: subject and expectation. */
const PY_EQUAL = /^(\s*)assert (.+?) == (.+)$/;
const UNIT_EQUAL = /^(\s*)self\.assertEqual\((.+), ([^,]+)\)$/;
const JS_EQUAL = /^(\s*)assert\.(?:strict|deepStrict|deep)?[eE]qual\((.+), ([^,]+|\[.*\]|\{.*\})\);$/;

function weakenPython(name: string, by: (indent: string, subject: string, expected: string) => string): Fault {
  return python(
    name,
    "test-weakened",
    (lines) =>
      once(lines, PY_EQUAL, (_whole, indent, subject, expected) => by(indent ?? "", subject ?? "", expected ?? "")) ??
      once(lines, UNIT_EQUAL, (_whole, indent, subject, expected) => by(indent ?? "", subject ?? "", expected ?? "")),
  );
}

function weakenScript(name: string, by: (indent: string, subject: string, expected: string) => string): Fault {
  return script(name, "test-weakened", (lines) =>
    once(lines, JS_EQUAL, (_whole, indent, subject, expected) => by(indent ?? "", subject ?? "", expected ?? "")),
  );
}

function otherValue(expected: string): string {
  if (/^[\d_.]+$/.test(expected)) return `${Number(expected.replaceAll("_", "")) + 1}`;
  if (/^["']/.test(expected)) return expected.replace(/^(["'])/, "$1x");
  if (/^(?:true|True)$/.test(expected)) return expected === "true" ? "false" : "False";
  if (expected === "[]") return "[0]";
  const changed = expected.replace(/"(\w)/, '"x$1');
  return changed === expected ? `[${expected}]` : changed;
}

export const WEAKENED_TESTS: readonly Fault[] = [
  weakenPython("truthy", (indent, subject) => `${indent}assert ${subject}`),
  weakenPython("not-none", (indent, subject) => `${indent}assert ${subject} is not None`),
  weakenPython("type-only", (indent, subject, expected) => `${indent}assert isinstance(${subject}, type(${expected}))`),
  weakenPython("or-true", (indent, subject, expected) => `${indent}assert ${subject} == ${expected} or True`),
  weakenPython("contains", (indent, subject, expected) => `${indent}assert str(${expected})[:1] in str(${subject})`),
  weakenPython("self-compare", (indent, subject) => `${indent}assert ${subject} == ${subject}`),
  weakenPython(
    "length",
    (indent, subject, expected) => `${indent}assert len(str(${subject})) == len(str(${expected}))`,
  ),
  weakenPython("removed", (indent, subject) => `${indent}${subject}`),
  weakenPython("expectation", (indent, subject, expected) => `${indent}assert ${subject} == ${otherValue(expected)}`),
  weakenPython("one-of", (indent, subject, expected) => `${indent}assert ${subject} in (${expected}, None, "")`),
  python("swallowed", "test-weakened", (lines, indent) => {
    const at = lines.findIndex((line) => DEF.test(line));
    const body = lines.slice(at + 1);
    return at < 0 || body.length === 0 || (lines[at] ?? "").endsWith("(")
      ? undefined
      : [
          ...lines.slice(0, at + 1),
          `${indent}    try:`,
          ...body.map((line) => `    ${line}`),
          `${indent}    except Exception:`,
          `${indent}        pass`,
        ];
  }),
  python("suppressed", "test-weakened", (lines, indent) => {
    const at = lines.findIndex((line) => DEF.test(line));
    const body = lines.slice(at + 1);
    return at < 0 || body.length === 0
      ? undefined
      : [
          ...lines.slice(0, at + 1),
          `${indent}    with __import__("contextlib").suppress(AssertionError):`,
          ...body.map((line) => `    ${line}`),
        ];
  }),
  python("broad-raises", "test-weakened", (lines) =>
    once(
      lines,
      /(raises|assertRaises|assertRaisesRegex)\((?:ValueError|KeyError|LookupError|\w+Error)[^)]*\)/,
      (_whole, word) => `${word === "assertRaisesRegex" ? "assertRaises" : word}(Exception)`,
    ),
  ),
  python("row-dropped", "test-weakened", (lines) => {
    const at = lines.findIndex((line) => /^\s+\(".*\),$/.test(line));
    return at < 0 ? undefined : lines.filter((_line, index) => index !== at);
  }),
  python("conditional", "test-weakened", (lines) =>
    once(
      lines,
      PY_EQUAL,
      (_whole, indent, subject, expected) => `${indent}if ${subject}:\n${indent}    assert ${subject} == ${expected}`,
    ),
  ),
  weakenScript("ok", (indent, subject) => `${indent}assert.ok(${subject});`),
  weakenScript("not-undefined", (indent, subject) => `${indent}assert.notEqual(${subject}, null);`),
  weakenScript(
    "type-only",
    (indent, subject, expected) => `${indent}assert.equal(typeof ${subject}, typeof ${expected});`,
  ),
  weakenScript("self-compare", (indent, subject) => `${indent}assert.deepEqual(${subject}, ${subject});`),
  weakenScript("removed", () => ""),
  weakenScript("no-throw", (indent, subject) => `${indent}assert.doesNotThrow(() => ${subject});`),
  weakenScript("or-true", (indent, subject, expected) => `${indent}assert.ok(${subject} === ${expected} || true);`),
  weakenScript("matches-anything", (indent, subject) => `${indent}assert.match(String(${subject}), /.*/);`),
  weakenScript(
    "expectation",
    (indent, subject, expected) => `${indent}assert.deepEqual(${subject}, ${otherValue(expected)});`,
  ),
  weakenScript(
    "swallowed",
    (indent, subject, expected) =>
      `${indent}try {\n${indent}  assert.deepEqual(${subject}, ${expected});\n${indent}} catch {}`,
  ),
  weakenScript(
    "conditional",
    (indent, subject, expected) => `${indent}if (${subject}) assert.deepEqual(${subject}, ${expected});`,
  ),
  script("broad-throws", "test-weakened", (lines) =>
    once(lines, /(assert\.throws\(.*), (?:\/.*\/|SyntaxError|RangeError|TypeError|\{.*\})\);$/, "$1);"),
  ),
  script("row-dropped", "test-weakened", (lines) => {
    const at = lines.findIndex((line) => /^\s+\[\d.*\],$/.test(line));
    return at < 0 ? undefined : lines.filter((_line, index) => index !== at);
  }),
];

/** The ground where the tests that come with the work are left out. */
export function withoutNewTests(ground: Ground): Files {
  const files = new Map(ground.good);
  const old = ground.project.base.get(ground.task.testFile);
  if (old === undefined) files.delete(ground.task.testFile);
  else files.set(ground.task.testFile, old);
  return files;
}
