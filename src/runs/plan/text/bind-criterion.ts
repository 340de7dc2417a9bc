import { extname } from "node:path";
import type { CriterionCheck, MiniTask } from "../mini-task.ts";
import { isName } from "./check-text.ts";
import { isSafePath } from "./safe-path.ts";

/** What of a task the meaning of a criterion can depend on. */
export type BindingScope = Pick<MiniTask, "writes" | "steps" | "validation" | "contract">;

/**
 * What a criterion in plain words is bound to, where the words leave one meaning; undefined where they leave none or
 * several, so that nothing is proven by a guess. Pure. The rules are the wordings of the seeds' template and their
 * close relatives; `docs/plan.md` lists them.
 */
export function bindCriterion(text: string, task: BindingScope): CriterionCheck | undefined {
  const plain = text.trim().replace(/[.;]$/, "");
  for (const rule of RULES) {
    const check = rule(plain, task);
    if (check !== undefined) return check;
  }
  return undefined;
}

type Rule = (text: string, task: BindingScope) => CriterionCheck | undefined;

const PATH = "`([^`]+)`";

const RULES: readonly Rule[] = [
  (text) =>
    pathRule(text, "file-exists", [
      `^(?:the )?(?:new )?file (?:is )?(?:created|exists|present)(?: at)? ${PATH}$`,
      `^(?:file )?${PATH} (?:exists|is created|is present)$`,
    ]),
  (text) =>
    pathRule(text, "file-absent", [
      `^(?:the )?file (?:is )?(?:deleted|removed|gone)(?: at)?:? ${PATH}$`,
      `^(?:file )?${PATH} (?:is (?:deleted|removed|gone|absent)|no longer exists|does not exist)$`,
    ]),
  createdAsSpecified,
  syntaxRule,
  lineCountRule,
  textRule,
  definesRule,
  commandRule,
  gateRule,
];

function pathRule(
  text: string,
  kind: "file-exists" | "file-absent",
  patterns: readonly string[],
): CriterionCheck | undefined {
  for (const pattern of patterns) {
    const path = new RegExp(pattern, "i").exec(text)?.[1];
    if (path !== undefined && isSafePath(path)) return { kind, path };
  }
  return undefined;
}

/** "File created as specified" where one file is created. */
function createdAsSpecified(text: string, task: BindingScope): CriterionCheck | undefined {
  if (!/^files? (?:is )?created(?:\/edited)? as specified$/i.test(text)) return undefined;
  const created = only(task.writes.filter(({ action }) => action === "create").map(({ path }) => path));
  return created === undefined ? undefined : { kind: "file-exists", path: created };
}

/** "No syntax errors" of the one source file written, or of the file named. */
function syntaxRule(text: string, task: BindingScope): CriterionCheck | undefined {
  const named = new RegExp(
    `^(?:no syntax errors in ${PATH}|${PATH} (?:has no syntax errors|is valid (?:python|javascript|typescript|json|syntax)|parses))$`,
    "i",
  ).exec(text);
  const path = named === null ? undefined : (named[1] ?? named[2]);
  if (path !== undefined) return isSafePath(path) ? { kind: "syntax", path } : undefined;
  if (!/^(?:no syntax errors|syntax (?:is )?valid)(?: \([^)]*\))?$/i.test(text)) return undefined;
  const source = only(writtenSources(task));
  return source === undefined ? undefined : { kind: "syntax", path: source };
}

/** "Line count is approximately 600 lines (±50)", "`x.py` has about 600 lines (±50)", "at most 600 lines". */
function lineCountRule(text: string, task: BindingScope): CriterionCheck | undefined {
  const match =
    /^(?:line count (?:of `(?<a>[^`]+)` )?is|(?:file|`(?<b>[^`]+)`) has) (?:(?:approximately|about|around) |~)?(?<lines>[\d,]+) lines(?: \((?:±|\+-|\+\/-) ?(?<off>[\d,]+)\))?$/i.exec(
      text,
    );
  const groups = match?.groups;
  if (groups === undefined) return undefined;
  const path = groups["a"] ?? groups["b"] ?? only(written(task));
  if (path === undefined || !isSafePath(path)) return undefined;
  const lines = number(groups["lines"]);
  const about = /approximately|about|around|~/i.test(text);
  const tolerance =
    groups["off"] === undefined ? (about ? Math.max(10, Math.round(lines / 10)) : 0) : number(groups["off"]);
  return { kind: "line-count", path, lines, tolerance };
}

/** "`x.py` contains `text`", "`x.py` does not contain `text`". */
function textRule(text: string): CriterionCheck | undefined {
  const match = new RegExp(
    `^${PATH} (contains|does not contain|no longer contains|has no) (?:the text )?${PATH}$`,
    "i",
  ).exec(text);
  const [, path = "", verb = "", wanted = ""] = match ?? [];
  if (match === null || !isSafePath(path)) return undefined;
  return { kind: verb.toLowerCase() === "contains" ? "contains" : "lacks", path, text: wanted };
}

/** "Contains exactly the methods listed above", "`x.py` defines `a`, `b`". */
function definesRule(text: string, task: BindingScope): CriterionCheck | undefined {
  const direct = new RegExp(
    String.raw`^${PATH} (?:defines|exports|has the (?:functions|methods|classes|names)) ((?:${PATH}(?:, | and )?)+)$`,
    "i",
  ).exec(text);
  if (direct !== null) {
    const names = [...(direct[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/\(\)$/, ""));
    const path = direct[1] ?? "";
    return isSafePath(path) && names.length > 0 && names.every(isName) ? { kind: "defines", path, names } : undefined;
  }
  if (
    !/^(?:contains (?:exactly )?(?:all )?the|all (?:the )?specified) (?:methods|functions|classes|names)(?: listed above| included)?$/i.test(
      text,
    )
  ) {
    return undefined;
  }
  const path = only(writtenSources(task));
  const names = listedNames(task);
  return path === undefined || names.length === 0 ? undefined : { kind: "defines", path, names };
}

/** "Validation command 2 passes", "Command 1 fails before the change and passes after". */
function commandRule(text: string, task: BindingScope): CriterionCheck | undefined {
  const before = /^(?:validation )?command (\d+) fails (?:before|on the base)/i.exec(text)?.[1];
  const after = /^(?:validation )?command (\d+) (?:passes|succeeds|exits 0)$/i.exec(text)?.[1];
  const index = Number(before ?? after ?? 0);
  if (index >= 1 && index <= task.validation.length)
    return { kind: before === undefined ? "command" : "fails-before", index };
  const quoted = /^`([^`]+)` (?:passes|succeeds|exits 0)$/i.exec(text)?.[1];
  const at = quoted === undefined ? -1 : task.validation.findIndex(({ command }) => command.trim() === quoted.trim());
  return at === -1 ? undefined : { kind: "command", index: at + 1 };
}

function gateRule(text: string): CriterionCheck | undefined {
  if (
    /^(?:only (?:the )?(?:declared|listed) files (?:are )?changed|no other files? (?:is |are )?(?:changed|touched|edited))$/i.test(
      text,
    )
  ) {
    return { kind: "gate", gate: "only-declared-files" };
  }
  if (/^(?:no )?(?:existing )?tests (?:are )?(?:unchanged|untouched|deleted, skipped or weakened)$/i.test(text)) {
    return { kind: "gate", gate: "tests-untouched" };
  }
  return undefined;
}

/** Names the steps list as `name()` in their own words (code left out), in order. */
function listedNames(task: BindingScope): readonly string[] {
  const names = task.steps.flatMap(({ text }) =>
    [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`([^`]+?)\(\)`/g)].map(([, name = ""]) => name),
  );
  return [...new Set(names.filter(isName))];
}

function written(task: BindingScope): readonly string[] {
  return [...new Set(task.writes.filter(({ action }) => action !== "delete").map(({ path }) => path))];
}

const SOURCE = new Set([".py", ".pyi", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".json"]);

function writtenSources(task: BindingScope): readonly string[] {
  return written(task).filter((path) => SOURCE.has(extname(path).toLowerCase()));
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}

function number(text: string | undefined): number {
  return Number((text ?? "").replaceAll(",", ""));
}
