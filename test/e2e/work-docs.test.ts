/** docs/work.md against the program: every example runs, every command stands there, the table of strategies holds. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { mergeStrategies, STRATEGIES } from "../../src/tasks/strategies.ts";
import { openWorkStage } from "../support/work-stage.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/work.md"), "utf8");
const MAIN = join(ROOT, "src/cli/main.ts");

const blocks = [...PAGE.matchAll(/^```sh( plan)?\n([\s\S]*?)^```/gm)].map(([, plan, code = ""]) => ({
  // A name in a script is a function where it is an alias in a shell.
  code: code.replace("alias llm=allot\n", 'llm() { allot "$@"; }\n'),
  isPlan: plan !== undefined,
}));

test.each(blocks.map((block) => [block.code.trim().split("\n")[0], block] as const))(
  "the example that begins with %s runs as it stands",
  { timeout: 240_000 },
  async (_, { code, isPlan }) => {
    const stage = await openWorkStage();
    stage.repository.write(
      "shop/api.py",
      `${readFileSync(join(stage.repository.dir, "shop/api.py"), "utf8")}\nA = 1\n`,
    );
    const only = isPlan ? " --plan-only" : "";
    const allot = `allot() { "${process.execPath}" --disable-warning=ExperimentalWarning "${MAIN}" "$@"${only}; }\n`;
    const ended = await new Promise((resolve) => {
      const options = { cwd: stage.repository.dir, env: stage.home.env, encoding: "utf8", timeout: 230_000 } as const;
      execFile("sh", ["-eu", "-c", allot + code], options, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, lines: stdout.split("\n").length > 1, stderr }),
      );
    });
    expect(ended).toMatchObject({ code: 0 });
  },
);

test("every command of work stands on the page", () => {
  const names = COMMANDS.map(({ name }) => name);
  const from = names.indexOf("list");
  const work = names.slice(from, names.indexOf("grok-delegate") + 1);
  expect(work).toContain("chunks");
  const missing = work.filter((name) => !new RegExp(`allot ${name}\\b`).test(PAGE));
  expect(missing).toEqual([]);
});

test("the table of strategies is that of the code, and the example of a project's own is accepted", () => {
  const rows = Object.values(STRATEGIES).map(
    ({ kind, maxTokens, timeoutMs, include }) =>
      `| ${kind} | ${maxTokens.toLocaleString("en-US")} | ${timeoutMs / 1000} s | ${include.join(", ")} |`,
  );
  expect(PAGE).toContain(rows.join("\n"));
  const example = JSON.parse(/^```json\n([\s\S]*?)^```/m.exec(PAGE)?.[1] ?? "") as { strategies: unknown };
  const merged = mergeStrategies(example.strategies, "docs/work.md");
  expect([merged.analyze.maxTokens, merged.analyze.timeoutMs, merged.review.manualMinutes]).toEqual([3000, 45_000, 10]);
});
