/** The three shell workflows of the strategy document, as printed there, by a real sh; and the calls that fit into a line. */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkStage, shownIn, type WorkStage } from "../support/work-stage.ts";

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

/** `llm` is allot, as an alias says it; scripts have no aliases, so it is a function here. */
const LLM = `llm() { "${process.execPath}" --disable-warning=ExperimentalWarning "${MAIN}" "$@"; }\n`;

interface ShellEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function sh(stage: WorkStage, script: string): Promise<ShellEnd> {
  return new Promise((resolve) => {
    const options = { cwd: stage.repository.dir, env: stage.home.env, encoding: "utf8", timeout: 230_000 } as const;
    execFile("sh", ["-eu", "-c", LLM + script], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : -1, stdout, stderr }),
    );
  });
}

test("workflow 1: every critical module is analysed into a file of its own", { timeout: 240_000 }, async () => {
  const stage = await openWorkStage();
  const ended = await sh(
    stage,
    `# Instead of full codebase analysis:
for module in $(llm list --modules --critical); do
    llm grok-delegate analyze \\
        --module="$module" \\
        --context="minimal" \\
        --output="analysis_$module.md"
done`,
  );
  expect(ended).toMatchObject({ code: 0 });
  const modules = (await stage.say("list --modules --critical")).stdout.trim().split("\n");
  const files = readdirSync(stage.repository.dir).filter((name) => name.startsWith("analysis_"));
  expect(files).toEqual(modules.map((name) => `analysis_${name}.md`).toSorted());
  for (const file of files) expect(readFileSync(join(stage.repository.dir, file), "utf8")).toContain("# Analysis");
  expect(stage.provider.served.every(({ wire }) => wire.startsWith("xai"))).toBe(true);
});

test("workflow 2: core modules are documented below docs/", { timeout: 240_000 }, async () => {
  const stage = await openWorkStage();
  const ended = await sh(
    stage,
    `# API documentation with Grok assistance:
llm grok-delegate document \\
    --type="api" \\
    --target="core_modules" \\
    --style="comprehensive" \\
    --output="docs/"`,
  );
  expect(ended).toMatchObject({ code: 0 });
  const docs = readdirSync(join(stage.repository.dir, "docs"));
  expect(docs.length).toBeGreaterThan(0);
  for (const name of docs)
    expect(readFileSync(join(stage.repository.dir, "docs", name), "utf8")).toMatch(
      /^### `\w+`\n\n`\w+` sums an order\.$/m,
    );
  expect(stage.provider.seen[0]?.system).toContain("Be comprehensive");
});

test(
  "workflow 3: every changed file is reviewed; the loop's input is left alone, a deleted file is told",
  { timeout: 240_000 },
  async () => {
    const stage = await openWorkStage();
    const { repository } = stage;
    repository.write("shop/api.py", `${readFileSync(join(repository.dir, "shop/api.py"), "utf8")}\nLIMIT = 10\n`);
    repository.write("shop/ship.py", `${readFileSync(join(repository.dir, "shop/ship.py"), "utf8")}\nSLOW = True\n`);
    repository.write("web/send.js", "export function send() {}\n");
    rmSync(join(repository.dir, "shop/pay.py"));
    const ended = await sh(
      stage,
      `# Focused code review on changed files:
git diff --name-only | while read file; do
    llm grok-delegate review \\
        --file="$file" \\
        --context="git_diff" \\
        --suggestions="security,performance,style"
done`,
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain("allot: shop/pay.py was deleted: there is nothing to read");
    const reviewed = stage.provider.seen.map((seen) => shownIn(seen)[0]);
    expect(reviewed).toEqual(["shop/api.py", "shop/ship.py", "web/send.js"]);
    expect(stage.provider.seen[0]?.lastUserText).toContain("+LIMIT = 10");
  },
);

test("files that a command names after --files= are all reviewed", { timeout: 240_000 }, async () => {
  const stage = await openWorkStage();
  const { repository } = stage;
  repository.write("shop/api.py", "def a():\n    return 1\n");
  repository.write("shop/ship.py", "def b():\n    return 2\n");
  const ended = await sh(stage, "llm grok --task=review --files=$(git diff --name-only) --json");
  expect(ended.code).toBe(0);
  const { read } = JSON.parse(ended.stdout) as { read: { path: string }[] };
  expect(read.map(({ path }) => path).toSorted()).toEqual(["shop/api.py", "shop/ship.py"]);
  repository.git("checkout", "--quiet", "--", ".");
  expect(await sh(stage, "llm grok --task=review --files=$(git diff --name-only)")).toMatchObject({
    code: 0,
    stderr: "allot: no file was named\n",
  });
});
