import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import { languageOf } from "../../../codebase/test-code/syntax/read-code.ts";
import { changedFiles, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf } from "../facts/intent.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate } from "../gate.ts";

const ID = "real-change";
const ABOUT_WORDS =
  /\b(?:docstrings?|comments?|document(?:ation|ing)?|jsdoc|tsdoc|format(?:ting|ter)|whitespace|indent\w*|typos?|wording|licen[cs]e header|type (?:hints?|annotations?)|annotations?|compress)\b/i;
const IF_NEEDED =
  /\b(?:if (?:needed|necessary|required|applicable)|where (?:needed|necessary)|optional(?:ly)?|as needed|may need)\b/i;

/** Code that was asked for changed in substance: not only layout, comments or docstrings, and not only beside the point. */
export const realChange: Gate = {
  id: ID,
  title: "the code that was asked for changed in substance",
  price: 1,
  async check(facts) {
    const files = await changedFiles(facts);
    const intent = intentOf(facts.task);
    if (intent.matches(ABOUT_WORDS) && files.some(differsAtAll)) return resultOf(ID, [], "the task is about words");
    if (files.every((file) => !differsInSubstance(file))) {
      return resultOf(ID, [
        {
          code: "cosmetic-diff",
          message: "only layout, comments or docstrings differ; carry out the task's steps in code",
          path: files[0]?.path ?? "",
        },
      ]);
    }
    const findings: Finding[] = [];
    for (const { path, action } of facts.task.writes) {
      if (action === "delete" || languageOf(path) === undefined || /[*?]/.test(path)) continue;
      const file = files.find((each) => each.path === path);
      if (file !== undefined && differsInSubstance(file)) continue;
      if (action === "create" && file === undefined) continue;
      if (IF_NEEDED.test(linesAbout(intent.text, path)) || (isTestOf(path) && !intent.wantsTests)) continue;
      if (/(?:^|\/)(?:__init__\.py|index\.[cm]?[jt]sx?)$/.test(path)) continue;
      findings.push({
        code: "declared-file-untouched",
        message: `${path} is on the task's list and is unchanged in substance; the steps that concern it are still to be done`,
        path,
      });
    }
    return resultOf(ID, findings);
  },
};

function isTestOf(path: string): boolean {
  return /(?:^|\/)(?:tests?|__tests__|spec)\/|(?:^|\/)test_|_test\.|\.(?:test|spec)\./.test(path);
}

function linesAbout(text: string, path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return text
    .split("\n")
    .filter((line) => line.includes(name))
    .join("\n");
}

function differsAtAll(file: ChangedFile): boolean {
  return file.change.kind !== "modified" || squeeze(file.before) !== squeeze(file.after);
}

function squeeze(text: string | undefined): string {
  return (text ?? "").replaceAll(/\s+/g, " ").trim();
}

/** True where more than layout, comments and docstrings differs. */
export function differsInSubstance(file: ChangedFile): boolean {
  if (file.change.kind === "deleted" || file.change.kind === "renamed") return true;
  if (file.change.kind === "mode") return false;
  if (file.base === undefined && file.head !== undefined)
    return printCode(file.head.body) !== "" || /__init__\.py$/.test(file.path);
  if (file.base === undefined || file.head === undefined) return squeeze(file.before) !== squeeze(file.after);
  if (file.base.faults.length > 0 || file.head.faults.length > 0) return squeeze(file.before) !== squeeze(file.after);
  return printCode(file.base.body) !== printCode(file.head.body);
}
