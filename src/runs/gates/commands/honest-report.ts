import { changedFiles } from "../facts/changed-code.ts";
import { notApplicable, resultOf, type Finding } from "../facts/result.ts";
import type { Gate, GateFacts } from "../gate.ts";

const ID = "honest-report";

/** What the worker says it made is there. */
export const honestReport: Gate = {
  id: ID,
  title: "the worker's report claims nothing that is not so",
  price: 1,
  async check(facts) {
    const { report } = facts;
    if (report === undefined || report.trim() === "") return notApplicable(ID, "no report was given");
    return resultOf(
      ID,
      [
        ...(await claimedFiles(facts, report)),
        ...(facts.reportIsMessages === true ? [] : await claimedNames(facts, report)),
      ],
      "what the report claims to have made is there",
    );
  },
};

const MADE = /\b(?:created|added|wrote|written|generated|new file)\b/i;
const TOUCHED =
  /\b(?:created|added|wrote|written|generated|updated|edited|modified|changed|refactored|fixed|implemented|extended|rewrote)\b/i;
const NOT_DONE =
  /\b(?:not|no|n't|without|didn't|unchanged|untouched|left|should|could|would|will|next|ready for|to be|future|later)\b/i;
const KNOWN =
  "(?:pyi?|[cm]?[jt]sx?|md|json|ya?ml|toml|txt|sh|css|html?|cfg|ini|rst|sql|go|rs|java|rb|lock|xml|csv|snap|env)";
const PATH = new RegExp(String.raw`\x60([\w@./-]+\.${KNOWN})\x60|(?<![\w/.])((?:[\w@-]+\/)+[\w.-]+\.${KNOWN})\b`, "g");

async function claimedFiles(facts: GateFacts, report: string): Promise<Finding[]> {
  const there = new Set(await facts.head.list());
  const changed = new Set(facts.changes.map(({ path }) => path));
  const findings: Finding[] = [];
  for (const line of report.split("\n")) {
    const words = line.replaceAll(PATH, "");
    if (
      !TOUCHED.test(words) ||
      NOT_DONE.test(words) ||
      /\b(?:in|from|of|to)\s+`?[\w./-]+`?\s*$/.test(line.slice(0, line.search(PATH)))
    )
      continue;
    for (const [, quoted, bare] of line.matchAll(PATH)) {
      const path = (quoted ?? bare ?? "").replace(/^\.\//, "");
      const known = there.has(path) || [...there].some((each) => each.endsWith(`/${path}`));
      if (
        !known &&
        !facts.task.writes.some((write) => write.path === path && write.action === "delete") &&
        !/\b(?:delet|remov|renam)\w*/i.test(line.replaceAll(PATH, ""))
      ) {
        findings.push({
          code: "false-report",
          message: `the report says "${line.trim().slice(0, 80)}", but there is no ${path}`,
          path,
        });
      } else if (
        MADE.test(line) &&
        /^\s*(?:[-*]\s*)?\*{0,2}(?:created|new files?)\*{0,2}\s*:/i.test(line) &&
        there.has(path) &&
        !changed.has(path)
      ) {
        findings.push({
          code: "false-report",
          message: `the report says that ${path} was made, but it is as it was`,
          path,
        });
      }
    }
  }
  return findings;
}

/** Tests and functions that the report names as added and no changed file holds. */
async function claimedNames(facts: GateFacts, report: string): Promise<Finding[]> {
  const texts = (await changedFiles(facts)).map(({ after }) => after ?? "");
  const before = (await changedFiles(facts)).map(({ before: text }) => text ?? "");
  const findings: Finding[] = [];
  for (const line of report.split("\n")) {
    if (
      !/\b(?:added|created|implemented|wrote|new)\b/i.test(line) ||
      NOT_DONE.test(line) ||
      /\b(?:remov|delet|renam)\w*/i.test(line)
    )
      continue;
    for (const [, name = ""] of line.matchAll(/`([A-Za-z_$][\w$]{3,})(?:\([^`]*\))?`/g)) {
      if (
        texts.some((text) => text.includes(name)) ||
        before.some((text) => text.includes(name)) ||
        (await isAnywhere(facts, name))
      )
        continue;
      findings.push({
        code: "false-report",
        message: `the report says "${line.trim().slice(0, 80)}", but no file has ${name}`,
      });
    }
  }
  return findings;
}

async function isAnywhere(facts: GateFacts, name: string): Promise<boolean> {
  for (const path of (await facts.head.list()).slice(0, 400)) {
    if (path.includes(name) || (await facts.head.read(path))?.includes(name) === true) return true;
  }
  return false;
}
