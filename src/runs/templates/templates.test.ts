import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lintPlan, pathsNamedBy } from "../plan/lint.ts";
import type { Plan } from "../plan/plan.ts";
import { listTemplates, planFromTemplate, saveTemplate } from "./templates.ts";

const FILES: Readonly<Record<string, string>> = {
  "src/grown.py": Array.from(
    { length: 30 },
    (_, index) =>
      `def step_${index}(text):\n    """Step ${index}."""\n    value = ${index === 0 ? "text" : `step_${index - 1}(text)`}\n    return value\n\n\n`,
  ).join(""),
  "src/small.py": "def shout(text):\n    return text.upper()\n",
  "src/other.js": "export function twice(x) {\n  return x * 2;\n}\n",
  "docs/guide.md": "# Guide\n\nUse it.\n",
  "docs/setup.md": "# Setup\n\nInstall it.\n",
  "README.md": "# It\n",
  "config/dev.json": '{"api_url": "x"}\n',
  "config/prod.json": '{"api_url": "y"}\n',
};

function tree(): string {
  const root = mkdtempSync(join(tmpdir(), "allot-templates-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function errorsOf(plan: Plan): readonly string[] {
  const texts = new Map(
    pathsNamedBy(plan).flatMap((path) => (FILES[path] === undefined ? [] : [[path, FILES[path]] as const])),
  );
  return lintPlan(plan, { files: new Set(Object.keys(FILES)), texts })
    .filter(({ severity }) => severity === "error")
    .map(({ code, message }) => `${code}: ${message}`);
}

test("the five good use cases are templates from the start", async () => {
  expect((await listTemplates({ repo: tree() })).map(({ name, source }) => `${name} (${source})`)).toEqual([
    "consolidate-docs (built-in)",
    "create-tests (built-in)",
    "repetitive-edits (built-in)",
    "split-module (built-in)",
    "update-config (built-in)",
  ]);
});

test.each<[string, string, readonly string[]]>([
  ["split-module", "file=src/grown.py max-lines=60", ["src/grown.py"]],
  ["split-module", "Split src/grown.py max-lines=60", ["src/grown.py"]],
  ["repetitive-edits", "files=src/*.py Replace `text` by `value` in every signature", ["src/grown.py", "src/small.py"]],
  ["consolidate-docs", "files=docs/*.md into=docs/manual.md", ["docs/manual.md", "docs/guide.md", "docs/setup.md"]],
  ["create-tests", "files=src/small.py,src/other.js", ["tests/test_small.py", "tests/other.test.js"]],
  ["create-tests", "Write tests for src/small.py", ["tests/test_small.py"]],
  [
    "update-config",
    'files=config/*.json change="Rename the key api_url to base_url" expect=base_url',
    ["config/dev.json", "config/prod.json"],
  ],
])("%s with %s makes a plan without errors of the linter", async (name, goal, written) => {
  const plan = await planFromTemplate(name, { repo: tree(), goal: goal.replaceAll("`", "") });
  expect(errorsOf(plan)).toEqual([]);
  const paths = new Set(plan.tasks.flatMap(({ writes }) => writes.map(({ path }) => path)));
  for (const path of written) expect(paths).toContain(path);
});

test.each([
  ["a template that is none", "no-such", "", 'there is no template "no-such"; known are consolidate-docs'],
  ["a missing value", "split-module", "", "file is missing (the module to split): write file=VALUE into the goal"],
  ["a pattern that fits nothing", "repetitive-edits", "files=lib/*.py Do it", "files=lib/*.py fits no file"],
  ["a path that leaves the repository", "split-module", "file=../x.py", "file=../x.py leaves the repository"],
  [
    "a path that a shell would read",
    "split-module",
    "file=a$(x).py",
    "file=a$(x).py holds characters that a shell reads",
  ],
])("%s is refused", async (_name, template, goal, message) => {
  await expect(planFromTemplate(template, { repo: tree(), goal })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(message) as string,
  });
});

test("a plan kept as a template comes back as it was", async () => {
  const repo = tree();
  const plan = await planFromTemplate("split-module", { repo, goal: "file=src/grown.py max-lines=60" });
  await saveTemplate(plan, "split-grown", {
    dir: join(repo, ".allot/templates"),
    description: "Splits the module that grows",
  });
  expect(await planFromTemplate("split-grown", { repo, goal: "" })).toEqual(plan);
  const kept = (await listTemplates({ repo })).find(({ name }) => name === "split-grown");
  expect(kept).toMatchObject({ source: "project", description: "Splits the module that grows", parameters: [] });
});

test("texts of a kept plan become parameters and are filled in anew", async () => {
  const repo = tree();
  const plan = await planFromTemplate("create-tests", { repo, goal: "files=src/small.py" });
  const folder = await saveTemplate(plan, "tests-for", {
    dir: join(repo, ".allot/templates"),
    parameters: { module: "src/small.py", test: "tests/test_small.py" },
  });
  expect(readFileSync(join(folder, "plan.md"), "utf8")).not.toContain("small.py");
  const again = await planFromTemplate("tests-for", { repo, goal: "module=src/grown.py test=tests/test_grown.py" });
  expect(again.tasks[0]?.writes).toEqual([{ path: "tests/test_grown.py", action: "create" }]);
  expect(errorsOf(again)).toEqual([]);
  await expect(planFromTemplate("tests-for", { repo, goal: "module=src/grown.py" })).rejects.toMatchObject({
    code: "usage",
  });
});

test("a project's template hides a user's of the same name, and that a built-in one", async () => {
  const repo = tree();
  const userDir = join(repo, "home-templates");
  const plan = await planFromTemplate("create-tests", { repo, goal: "files=src/small.py" });
  await saveTemplate(plan, "create-tests", { dir: userDir });
  const source = async (): Promise<string | undefined> =>
    (await listTemplates({ repo, userDir })).find(({ name }) => name === "create-tests")?.source;
  expect(await source()).toBe("user");
  await saveTemplate(plan, "create-tests", { dir: join(repo, ".allot/templates") });
  expect(await source()).toBe("project");
});

test("a name that could be a path is no template name", async () => {
  const plan = await planFromTemplate("create-tests", { repo: tree(), goal: "files=src/small.py" });
  await expect(saveTemplate(plan, "../x", { dir: "/nowhere" })).rejects.toMatchObject({ code: "usage" });
});
