import { readTestFile } from "../../../src/codebase/test-code/test-file.ts";
import { isPython, withFile, type Ground, type Spoiled } from "./fault.ts";

/** Ways in which good results differ from each other: none of these is a fault. */
export interface GoodWay {
  readonly name: string;
  make(ground: Ground): Promise<Spoiled | undefined> | Spoiled | undefined;
}

/** The task lets its worker write to the test file. */
function mayTest({ task }: Ground): boolean {
  return task.markdown.includes(task.testFile);
}

const PY_EQUAL = /^(\s*)assert (\w[^=!<>]*\([^=]*\)) == (.+)$/m;
const JS_EQUAL = /^(\s*)assert\.(equal|deepEqual|strictEqual|deepStrictEqual)\((\w+\([^;]*\)), ([^;]+)\);$/m;

export const GOOD_WAYS: readonly GoodWay[] = [
  { name: "as-it-is", make: ({ good }) => ({ files: good }) },
  {
    name: "commented",
    make: (ground) => ({
      files: withFile(ground.good, ground.task.subject.path, (text) =>
        text.replace(/\n(\s+)return /, `\n$1${isPython(ground) ? "#" : "//"} What callers get.\n$1return `),
      ),
    }),
  },
  {
    name: "honest-report",
    make: ({ good, task, project }) => {
      const changed = [...good].filter(([path, text]) => project.base.get(path) !== text).map(([path]) => path);
      const made = changed.filter((path) => !project.base.has(path));
      const lines = made.map((path) => `**Created**: \`${path}\` (${good.get(path)?.split("\n").length ?? 0} lines)`);
      return {
        files: good,
        report: `## ${task.id} - COMPLETE ✅\n\n${lines.join("\n")}\n\n**Edited**: ${changed
          .filter((path) => project.base.has(path))
          .map((path) => `\`${path}\``)
          .join(", ")}\n\n**Validation Results**:\n- tests: ✅\n\n**Ready for**: the next Mini-Task\n`,
      };
    },
  },
  {
    name: "local-result",
    make: (ground) =>
      mayTest(ground)
        ? {
            files: withFile(ground.good, ground.task.testFile, (text) =>
              isPython(ground)
                ? text.replace(PY_EQUAL, "$1result = $2\n$1assert result == $3")
                : text.replace(JS_EQUAL, "$1const result = $3;\n$1assert.$2(result, $4);"),
            ),
          }
        : undefined,
  },
  {
    name: "more-tests",
    make: async (ground) => {
      const path = ground.task.testFile;
      const text = ground.good.get(path) ?? "";
      const file = await readTestFile(path, text);
      const simple = file?.cases.find(
        (test) =>
          !test.helper &&
          test.rows.length === 0 &&
          !test.id.includes("::") &&
          !test.id.includes(" > ") &&
          test.endLine > test.line,
      );
      if (simple === undefined || !mayTest(ground) || /^\s*\S*[@)\]]/.test(text.split("\n")[simple.line - 2] ?? ""))
        return undefined;
      const lines = text.split("\n").slice(simple.line - 1, simple.endLine);
      const copy = isPython(ground)
        ? [lines[0]?.replace(/def (\w+)/, "def $1_again") ?? "", ...lines.slice(1)]
        : [lines[0]?.replace(/"([^"]+)"/, '"$1 again"') ?? "", ...lines.slice(1)];
      return {
        files: new Map(ground.good).set(
          path,
          `${text.trimEnd()}\n${isPython(ground) ? "\n" : ""}\n${copy.join("\n")}\n`,
        ),
      };
    },
  },
  {
    name: "tidy-layout",
    make: (ground) => ({
      files: withFile(ground.good, ground.task.subject.path, (text) =>
        `${text.trimEnd()}\n`.replace(/\n(\s+)(for|while|if) /, (whole) => `\n${whole}`),
      ),
    }),
  },
  {
    name: "typed-helper-note",
    make: (ground) =>
      !mayTest(ground)
        ? undefined
        : {
            files: withFile(ground.good, ground.task.testFile, (text) =>
              isPython(ground)
                ? text.replace(
                    /\n\n\ndef (test_\w+)\(([^)]*)\):\n(?!\s+""")/,
                    '\n\n\ndef $1($2):\n    """Behaviour asked for by users."""\n',
                  )
                : text.replace(/\n(test|describe)\(/, "\n// Behaviour asked for by users.\n$1("),
            ),
          },
  },
];
