import { languageOf, readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import { walk } from "../../../codebase/test-code/syntax/code-tree.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Criterion, CriterionCheck } from "../../plan/mini-task.ts";
import type { Gate, GateFacts } from "../gate.ts";

const ID = "criteria";

/** Acceptance criteria that can be seen in the files. Those bound to commands are judged by the gates that run them. */
export const criteria: Gate = {
  id: ID,
  title: "acceptance criteria hold",
  price: 1,
  async check(facts) {
    const findings: Finding[] = [];
    let seen = 0;
    for (const criterion of facts.task.criteria) {
      const { check } = criterion;
      if (check === undefined || check.kind === "command" || check.kind === "fails-before" || check.kind === "gate")
        continue;
      seen++;
      const problem = await unmet(check, facts);
      if (problem !== undefined) findings.push(finding(criterion, problem, check.path));
    }
    return resultOf(
      ID,
      findings,
      `${seen} of ${facts.task.criteria.length} criteria can be seen in the files, and hold`,
    );
  },
};

function finding(criterion: Criterion, problem: string, path: string): Finding {
  return { code: "criterion-unmet", message: `"${criterion.text.slice(0, 100)}" does not hold: ${problem}`, path };
}

type SeenCheck = Exclude<CriterionCheck, { kind: "command" | "fails-before" | "gate" }>;

async function unmet(check: SeenCheck, { head }: GateFacts): Promise<string | undefined> {
  const paths = await head.list();
  if (check.kind === "file-exists") return paths.includes(check.path) ? undefined : `${check.path} is not there`;
  if (check.kind === "file-absent") return paths.includes(check.path) ? `${check.path} is still there` : undefined;
  const text = await head.read(check.path);
  if (text === undefined) return check.kind === "lacks" ? undefined : `${check.path} is not there`;
  switch (check.kind) {
    case "contains":
      return text.includes(check.text) ? undefined : `${check.path} does not contain ${JSON.stringify(check.text)}`;
    case "lacks":
      return text.includes(check.text) ? `${check.path} contains ${JSON.stringify(check.text)}` : undefined;
    case "line-count": {
      const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
      return Math.abs(lines - check.lines) <= check.tolerance
        ? undefined
        : `${check.path} has ${lines} lines, ${check.lines} ± ${check.tolerance} are asked for`;
    }
    case "defines":
      return missingNames(check.path, text, check.names);
    case "syntax": {
      const [fault] = (await readCode(check.path, text))?.faults ?? [];
      return fault === undefined ? undefined : `${check.path}:${fault.line} ${fault.message}`;
    }
  }
}

async function missingNames(path: string, text: string, names: readonly string[]): Promise<string | undefined> {
  const file = languageOf(path) === undefined ? undefined : await readCode(path, text);
  const has = (name: string): boolean => {
    const last = name.replace(/\(.*$/, "").split(".").at(-1) ?? name;
    if (file === undefined)
      return new RegExp(`(?<![\\w$])${last.replaceAll("$", String.raw`\$`)}(?![\\w$])`).test(text);
    for (const node of walk(file.body)) {
      if ((node.kind === "function" || node.kind === "class" || node.kind === "type") && node.name === last)
        return true;
      if (
        node.kind === "assign" &&
        ((node.target.kind === "name" && node.target.id === last) ||
          (node.target.kind === "member" && node.target.name === last))
      )
        return true;
      if (node.kind === "import" && node.names.some(({ as }) => as === last || as === "*")) return true;
      if (node.kind === "export" && node.names.some(({ exported }) => exported === last || exported === "*"))
        return true;
      if (node.kind === "other" && node.children.length === 0 && node.tag.endsWith(`:${last}`)) return true;
    }
    // Bound by destructuring: `const { a, b: c } = ...`.
    return new RegExp(
      `\\b(?:const|let|var)\\s*[{[][^=;]*(?<![\\w$])${last.replaceAll("$", String.raw`\$`)}(?![\\w$])[^=;]*[}\\]]\\s*=`,
    ).test(text);
  };
  const missing = names.filter((name) => !has(name));
  return missing.length === 0 ? undefined : `${path} does not define ${missing.join(", ")}`;
}
