/**
 * Templates: plans that recur. allot's own five are programs; those of a project or a user are plans kept as Markdown in
 * `.allot/templates/NAME/`, with `{{name}}` for what differs from use to use.
 *
 * Owns the list, filling in, and keeping. Invariant: a template becomes a plan like any other, linted and shown before
 * anything runs; a value never reaches a path or a command unchecked.
 *
 * Rejected: a template language with loops (a plan that needs one is a program, like the built-in ones).
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AllotError } from "../../foundation/errors.ts";
import { listFiles } from "../plan/offline/find-module.ts";
import type { MiniTask } from "../plan/mini-task.ts";
import type { Plan } from "../plan/plan.ts";
import { parsePlanText, printPlanText, taskFileName } from "../plan/plan-text.ts";
import { parseTaskFile, printTaskFile } from "../plan/task-file.ts";
import { printExactStep } from "../plan/text/step-text.ts";
import type { ExactStep } from "../../codebase/exact-step.ts";
import { BUILT_IN_TEMPLATES } from "./built-in.ts";
import { readGoalValues, resolveParameters } from "./parameters.ts";
import type { TemplateInfo, TemplateParameter, TemplateTree } from "./template.ts";

export type { TemplateInfo } from "./template.ts";

/** Where templates are looked for, nearest first. */
export interface TemplatePlaces {
  /** The repository's root: its templates stand in `.allot/templates`. */
  readonly repo: string;
  /** Folder with the user's own templates, one folder each. */
  readonly userDir?: string | undefined;
}

/** Every template that can be used here, by name; a project's hides a user's, and that a built-in one. */
export async function listTemplates(places: TemplatePlaces): Promise<readonly TemplateInfo[]> {
  const found = new Map<string, TemplateInfo>();
  for (const { parameters, name, title, description } of BUILT_IN_TEMPLATES)
    found.set(name, { name, title, description, source: "built-in", parameters });
  for (const { dir, source } of foldersOf(places).toReversed()) {
    const names = await readdir(dir).catch(() => []);
    for (const name of names.filter((each) => existsSync(join(dir, each, "plan.md")))) {
      const { title, description, parameters } = await readHead(join(dir, name), name);
      found.set(name, { name, title, description, source, parameters });
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** What a template is filled in with. */
export interface TemplateUse extends TemplatePlaces {
  /** In words; `name=value` pairs in it are values, and files it names fill parameters of files. */
  readonly goal: string;
  readonly values?: Readonly<Record<string, string>>;
}

/**
 * The plan that a template makes of these values; not linted yet.
 * Throws `usage` for an unknown template and for values that are missing or fit nothing, and `plan-invalid` or
 * `task-file-invalid` for a kept template whose text is broken.
 */
export async function planFromTemplate(name: string, use: TemplateUse): Promise<Plan> {
  const files = await listFiles(use.repo);
  const tree: TemplateTree = { root: use.repo, files, read: (path) => readOrNothing(join(use.repo, path)) };
  const kept = foldersOf(use).find(({ dir }) => isTemplateName(name) && existsSync(join(dir, name, "plan.md")));
  if (kept !== undefined) return fillIn(join(kept.dir, name), name, use, tree);
  const builtIn = BUILT_IN_TEMPLATES.find((template) => template.name === name);
  if (builtIn === undefined) {
    const known = (await listTemplates(use)).map((template) => template.name).join(", ");
    throw new AllotError("usage", `there is no template ${JSON.stringify(name)}; known are ${known}`);
  }
  const values = resolveParameters(builtIn.parameters, use.goal, use.values ?? {}, tree);
  const { words } = readGoalValues(
    use.goal,
    builtIn.parameters.map((parameter) => parameter.name),
  );
  return builtIn.build(words, values, tree);
}

export interface KeepTemplate {
  /** Folder that holds templates: a project's `.allot/templates`, or the user's. */
  readonly dir: string;
  readonly description?: string;
  /** Texts of the plan that become parameters: name to the text as it stands there. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * Keeps a plan under a name and answers its folder; one of that name is replaced. Where texts become parameters, exact
 * steps lose their shas, since they will be used on other lines. Throws `usage` for a name that is none.
 */
export async function saveTemplate(plan: Plan, name: string, keep: KeepTemplate): Promise<string> {
  if (!isTemplateName(name))
    throw new AllotError(
      "usage",
      `${JSON.stringify(name)} is no template name; lower-case letters, digits and dashes are accepted`,
    );
  const parameters = Object.entries(keep.parameters ?? {}).toSorted(([, a], [, b]) => b.length - a.length);
  const odd = parameters.find(([key, value]) => !/^[a-z][\w-]*$/.test(key) || value === "");
  if (odd !== undefined)
    throw new AllotError(
      "usage",
      `${odd[0]}=${odd[1]} is no parameter; write name=text, the text as it stands in the plan`,
    );
  const blank = (text: string): string =>
    parameters.reduce((sofar, [key, value]) => sofar.replaceAll(value, `{{${key}}}`), text);
  const tasks = parameters.length === 0 ? plan.tasks : plan.tasks.map(withoutShas);
  const folder = join(keep.dir, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "tasks"), { recursive: true });
  for (const task of tasks) await writeFile(join(folder, taskFileName(task)), blank(printTaskFile(task)));
  await writeFile(join(folder, "template.md"), headText(name, keep.description ?? plan.goal, parameters));
  await writeFile(join(folder, "plan.md"), blank(printPlanText({ ...plan, tasks })));
  return folder;
}

function isTemplateName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,47}$/.test(name);
}

function foldersOf({ repo, userDir }: TemplatePlaces): readonly { dir: string; source: "project" | "user" }[] {
  const project = { dir: join(repo, ".allot", "templates"), source: "project" as const };
  return userDir === undefined ? [project] : [project, { dir: userDir, source: "user" }];
}

function headText(name: string, description: string, parameters: readonly (readonly [string, string])[]): string {
  const list = parameters.map(
    ([key, value]) => `- \`${key}\`: in the plan it was kept from, \`${value.replaceAll("`", "'")}\``,
  );
  const head = `# Template: ${name}\n\n${description.trim()}\n`;
  return list.length === 0 ? head : `${head}\n## Parameters\n\n${list.join("\n")}\n`;
}

async function readHead(
  folder: string,
  name: string,
): Promise<Pick<TemplateInfo, "title" | "description" | "parameters">> {
  const head = readOrNothing(join(folder, "template.md")) ?? "";
  const [above = "", below = ""] = head.split(/^## Parameters\s*$/m);
  const docs = new Map([...below.matchAll(/^- `([\w-]+)`: (.*)$/gm)].map(([, key = "", doc = ""]) => [key, doc]));
  const used = new Set<string>();
  for (const text of Object.values(await textsOf(folder)))
    for (const [, key = ""] of text.matchAll(/\{\{([a-z][\w-]*)\}\}/g)) used.add(key);
  const description = above.replace(/^# .*$/m, "").trim();
  const parameters = [...used].map((key): TemplateParameter => ({
    name: key,
    kind: "text",
    doc: docs.get(key) ?? "a blank of the template",
  }));
  return { title: name, description: description === "" ? `kept plan ${name}` : description, parameters };
}

/** plan.md and the task files it names, as they stand in the folder. */
async function textsOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const texts: Record<string, string> = { "plan.md": await readFile(join(folder, "plan.md"), "utf8") };
  for (const file of (await readdir(join(folder, "tasks")).catch(() => [])).filter((each) => each.endsWith(".md"))) {
    texts[`tasks/${file}`] = await readFile(join(folder, "tasks", file), "utf8");
  }
  return texts;
}

async function fillIn(folder: string, name: string, use: TemplateUse, tree: TemplateTree): Promise<Plan> {
  const texts = await textsOf(folder);
  const { parameters } = await readHead(folder, name);
  const values = resolveParameters(parameters, use.goal, use.values ?? {}, tree);
  const fill = (text: string): string =>
    text.replace(/\{\{([a-z][\w-]*)\}\}/g, (_blank, key: string) => values.text(key));
  const { rows, tableUntouched: _untouched, ...plan } = parsePlanText(fill(texts["plan.md"] ?? ""), `${name}/plan.md`);
  const tasks = rows.map(({ file, line }) => {
    const text = texts[file];
    if (text !== undefined) return parseTaskFile(fill(text), `${name}/${file}`);
    throw new AllotError("plan-stale", `${name}/plan.md:${line}: the template has no ${file}`);
  });
  const { words } = readGoalValues(
    use.goal,
    parameters.map((parameter) => parameter.name),
  );
  return { ...plan, goal: words === "" ? plan.goal : words, tasks };
}

function withoutShas(task: MiniTask): MiniTask {
  const steps = task.steps.map((step) => {
    if (step.exact === undefined) return step;
    const exact = withoutSha(step.exact);
    return { text: printExactStep(exact), exact };
  });
  return { ...task, steps };
}

function withoutSha(step: ExactStep): ExactStep {
  if ("from" in step) return { ...step, from: { path: step.from.path, first: step.from.first, last: step.from.last } };
  if ("range" in step)
    return { ...step, range: { path: step.range.path, first: step.range.first, last: step.range.last } };
  return step;
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
