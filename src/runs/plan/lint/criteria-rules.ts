import type { CriterionCheck, MiniTask } from "../mini-task.ts";
import { treeFor } from "./file-rules.ts";
import { finding, type Finding, type LintScope, type TaskRule } from "./finding.ts";

/** Criteria there are, each bound to a check that can be made. */
export const criteriaRule: TaskRule = (task, scope) => {
  if (task.criteria.length === 0) {
    return [finding("no-criteria", task.number, "Acceptance Criteria", "a mini-task says when it is done")];
  }
  return task.criteria.flatMap(({ text, check }, index): readonly Finding[] => {
    const place = `criterion ${index + 1}`;
    if (check !== undefined) return checkFindings(task, check, place, scope);
    const message = `${JSON.stringify(text)} is bound to no check; write one behind an arrow: "→ file-exists \`x.py\`", "→ command 1"`;
    return [finding("unbound-criterion", task.number, place, message)];
  });
};

function checkFindings(task: MiniTask, check: CriterionCheck, place: string, scope: LintScope): readonly Finding[] {
  switch (check.kind) {
    case "command":
    case "fails-before":
      if (check.index >= 1 && check.index <= task.validation.length) return [];
      return [
        finding(
          "criterion-unknown-command",
          task.number,
          place,
          `there is no command ${check.index}; the mini-task has ${task.validation.length}`,
        ),
      ];
    case "gate":
      if (scope.facts.gates === undefined || scope.facts.gates.has(check.gate)) return [];
      return [
        finding(
          "criterion-unknown-gate",
          task.number,
          place,
          `there is no gate ${check.gate}; known are ${[...scope.facts.gates].join(", ")}`,
        ),
      ];
    case "file-absent":
      if (task.writes.every(({ path, action }) => path !== check.path || action === "delete")) return [];
      return [
        finding(
          "criterion-unknown-file",
          task.number,
          place,
          `${check.path} must be absent, and the mini-task writes it`,
        ),
      ];
    default: {
      const deleted = task.writes.some(({ path, action }) => path === check.path && action === "delete");
      const written = task.writes.some(({ path }) => path === check.path);
      if (!deleted && (written || treeFor(task, scope).has(check.path))) return [];
      return [
        finding(
          "criterion-unknown-file",
          task.number,
          place,
          `${check.path} will not be there when the mini-task is done`,
        ),
      ];
    }
  }
}

/** What is promised stands in a file that the task writes. */
export const contractRule: TaskRule = (task) =>
  task.contract
    .filter(({ path }) => !task.writes.some((write) => write.path === path && write.action !== "delete"))
    .map(({ path, name }) =>
      finding(
        "contract-elsewhere",
        task.number,
        "Contract",
        `${name} is promised in ${path}, which the mini-task does not write`,
      ),
    );
