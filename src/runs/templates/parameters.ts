import picomatch from "picomatch";
import { AllotError } from "../../foundation/errors.ts";
import { pathProblem } from "../plan/text/safe-path.ts";
import type { TemplateParameter, TemplateTree, TemplateValues } from "./template.ts";

/** What a goal says for a template: `name=value` pairs, and the rest in words. */
export interface GoalValues {
  readonly pairs: ReadonlyMap<string, string>;
  readonly words: string;
}

/** Takes `name=value` and `name="several words"` of the known names out of a goal. Pure. */
export function readGoalValues(goal: string, names: readonly string[]): GoalValues {
  const pairs = new Map<string, string>();
  const words = goal.replace(
    /(?<![\w/.-])([A-Za-z][\w-]*)=("[^"]*"|'[^']*'|\S+)/g,
    (whole, name: string, value: string) => {
      if (!names.includes(name)) return whole;
      pairs.set(name, value.replace(/^(["'])(.*)\1$/, "$2"));
      return "";
    },
  );
  return { pairs, words: words.replace(/\s+/g, " ").trim() };
}

/**
 * Values for all parameters: given ones first, then pairs in the goal, then what the goal's own words name (its files for
 * a parameter of files, the words themselves for the first text without a default), then defaults. Patterns are resolved
 * against the tree. Throws `usage` naming every value that is missing or fits nothing.
 */
export function resolveParameters(
  parameters: readonly TemplateParameter[],
  goal: string,
  given: Readonly<Record<string, string>>,
  tree: TemplateTree,
): TemplateValues {
  const { pairs, words } = readGoalValues(
    goal,
    parameters.map(({ name }) => name),
  );
  const mentioned = filesMentioned(words, tree);
  const values = new Map<string, string>();
  const problems: string[] = [];
  for (const parameter of parameters) {
    const { name, kind, doc } = parameter;
    const value = given[name] ?? pairs.get(name) ?? fromWords(parameter, words, mentioned) ?? parameter.default;
    if (value === undefined) problems.push(`${name} is missing (${doc}): write ${name}=VALUE into the goal`);
    else {
      values.set(name, value);
      problems.push(...valueProblems(name, kind, value, tree));
    }
  }
  const unknown = Object.keys(given).find((name) => !parameters.some((parameter) => parameter.name === name));
  if (unknown !== undefined)
    problems.push(`there is no parameter ${unknown}; known are ${parameters.map(({ name }) => name).join(", ")}`);
  if (problems.length > 0) throw new AllotError("usage", `the template cannot be filled in: ${problems.join("; ")}`);
  const text = (name: string): string => values.get(name) ?? "";
  return { text, files: (name) => expand(text(name), tree) };
}

function fromWords(parameter: TemplateParameter, words: string, mentioned: readonly string[]): string | undefined {
  if (parameter.kind === "file") return mentioned.length === 1 ? mentioned[0] : undefined;
  if (parameter.kind === "files") return mentioned.length > 0 ? mentioned.join(",") : undefined;
  return parameter.default === undefined && words !== "" ? words : undefined;
}

/** Files of the tree that stand in the goal's words, by path or by a name only one of them has. */
function filesMentioned(words: string, tree: TemplateTree): readonly string[] {
  const tokens = words.split(/[\s,;`"'()]+/).map((token) => token.replace(/^\.\//, "").replace(/[.:]$/, ""));
  const found = tokens.flatMap((token) => {
    if (token === "") return [];
    if (tree.files.includes(token)) return [token];
    if (/[*?[{]/.test(token) && token.includes(".")) return expand(token, tree);
    const named = /\.\w+$/.test(token) ? tree.files.filter((file) => file.endsWith(`/${token}`)) : [];
    return named.length === 1 ? named : [];
  });
  return [...new Set(found)];
}

function valueProblems(
  name: string,
  kind: TemplateParameter["kind"],
  value: string,
  tree: TemplateTree,
): readonly string[] {
  if (/[\n\r\0`]/.test(value)) return [`${name} holds a line break or a backtick`];
  if (kind === "text") return [];
  const paths = kind === "file" ? [value] : expand(value, tree);
  if (paths.length === 0) return [`${name}=${value} fits no file`];
  return paths.flatMap((path) => {
    const problem =
      pathProblem(path) ?? (/["'$;&|<>!\s]/.test(path) ? "holds characters that a shell reads" : undefined);
    return problem === undefined ? [] : [`${name}=${path} ${problem}`];
  });
}

/** Paths of a comma-separated list; patterns stand for the files of the tree that fit them. */
function expand(list: string, tree: TemplateTree): readonly string[] {
  const parts = splitList(list);
  const paths = parts.flatMap((part) => {
    if (!/[*?[{]/.test(part)) return [part];
    const fits = picomatch(part);
    return tree.files.filter((file) => fits(file));
  });
  return [...new Set(paths)];
}

/** Commas inside braces belong to a pattern. */
function splitList(list: string): readonly string[] {
  return list
    .split(/,(?![^{]*\})/)
    .map((part) => part.trim().replace(/^\.\//, ""))
    .filter((part) => part !== "");
}
