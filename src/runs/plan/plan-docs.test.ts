import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DECISION_TREE } from "../decide/decide.ts";
import { BUILT_IN_TEMPLATES } from "../templates/built-in.ts";
import { LINT_CODES } from "./lint.ts";
import { parseTaskFile, printTaskFile } from "./task-file.ts";
import { bindCriterion } from "./text/bind-criterion.ts";
import { CHECK_FORMS, printCheck, readCheck } from "./text/check-text.ts";
import { codeBlocks } from "./text/fences.ts";
import { printExactStep, readStepText } from "./text/step-text.ts";

const doc = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const plan = doc("plan.md");
const blocks = codeBlocks(plan.split("\n"));
const example = blocks.find(({ language }) => language === "markdown")?.lines.join("\n") ?? "";

function rows(text: string, head: string): readonly (readonly string[])[] {
  const lines = text.split("\n");
  const first = lines.indexOf(head) + 2;
  const last = lines.findIndex((line, index) => index >= first && !line.startsWith("|"));
  return lines.slice(first, last === -1 ? undefined : last).map((line) => line.slice(2, -2).split(" | "));
}

test("the documented mini-task parses, and prints back in allot's own layout", () => {
  const task = parseTaskFile(example, "docs/plan.md");
  expect(task.criteria.map(({ check }) => check?.kind)).toEqual(["file-exists", "syntax", "defines", "command"]);
  expect(task.validation.map(({ timeoutMs }) => timeoutMs)).toEqual([120_000, 30_000]);
  expect(task.contract).toEqual([{ path: "src/loader.py", name: "load", signature: "(path: Path) -> dict" }]);
  expect(parseTaskFile(printTaskFile(structuredClone(task)), "t.md")).toEqual(task);
});

test("every documented exact step is one, and every kind is documented", () => {
  const kinds = new Set<string>();
  for (const { language, lines } of blocks.filter((block) => block.language === "step")) {
    const text = lines.join("\n");
    const reading = readStepText(text);
    if (reading.kind !== "exact") throw new Error(`${language}: ${text} is ${reading.kind}`);
    kinds.add(reading.step.kind);
    expect(readStepText(printExactStep(reading.step))).toEqual(reading);
  }
  const all = [
    "append",
    "copy",
    "create",
    "delete-file",
    "delete-lines",
    "insert",
    "move",
    "rename-file",
    "replace-lines",
    "replace-text",
  ];
  expect([...kinds].sort()).toEqual(all);
});

test("every documented binding is read, and every form is documented", () => {
  const documented = rows(plan, "| binding | holds when |").map(([binding = ""]) => binding);
  for (const binding of documented) {
    const reading = readCheck(`Some criterion ${binding}`);
    if (reading.kind === "bound") expect(`→ ${printCheck(reading.check)}`).toBe(binding);
    else expect([binding, reading.kind]).toEqual(["→ unbound", "unbound"]);
  }
  expect(documented.map((binding) => binding.split(" ")[1])).toEqual(CHECK_FORMS.map((form) => form.split(" ")[0]));
});

test("every documented wording is bound as the table says", () => {
  const scope = parseTaskFile(example.replace("- `src/app.py` (edit lines 1-60)\n", ""), "docs/plan.md");
  for (const [words = "", bound = ""] of rows(plan, "| words | bound to |")) {
    expect([words, bindCriterion(words, scope)?.kind]).toEqual([words, bound.split(/[, ]/)[0]]);
  }
});

test("the documented codes of the linter are those of the table in the code", () => {
  const documented = rows(plan, "| code | | meaning |").map(([code, severity, title]) => [code, severity, title]);
  expect(documented).toEqual(Object.entries(LINT_CODES).map(([code, { severity, title }]) => [code, severity, title]));
});

test("the documented questions are those of the decision tree", () => {
  const texts = Object.values(DECISION_TREE).map(({ text }) => text);
  const documented = rows(plan, "| question | yes | no |").map(([question = ""]) =>
    question
      .replace(/ \(several files, or one of .*$/, " (several files, or one very large)?")
      .replace("well-defined?", "well-defined (known what to change, and where)?"),
  );
  for (const question of documented) expect(texts).toContain(question);
  expect(documented).toHaveLength(8);
});

test("the documented templates are the built-in ones, with their parameters", () => {
  const documented = rows(doc("templates.md"), "| template | parameters | what it makes |").map(
    ([name, parameters = ""]) => [name, parameters.replace(/ \([^)]*\)/g, "")],
  );
  expect(documented).toEqual(
    BUILT_IN_TEMPLATES.map(({ name, parameters }) => [name, parameters.map((parameter) => parameter.name).join(", ")]),
  );
});
