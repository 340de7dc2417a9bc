import type { Gate } from "../gate.ts";
import { resultOf, type Finding } from "../facts/result.ts";

const ID = "something-changed";
const MAY_BE_EMPTY = /(?:^|\/)(?:__init__\.py|py\.typed|\.gitkeep|\.keep)$/;

/** The trees differ, and every file to create is there and holds something. */
export const somethingChanged: Gate = {
  id: ID,
  title: "something changed, and every file to create is there",
  price: 0,
  async check(facts) {
    if (facts.changes.length === 0) {
      return resultOf(ID, [
        { code: "empty-diff", message: "the result is the base unchanged; the task's steps are still to be done" },
      ]);
    }
    const findings: Finding[] = [];
    const paths = new Set(await facts.head.list());
    for (const { path, action } of facts.task.writes) {
      if (/[*?]|\/$/.test(path)) continue;
      if (action === "delete" && paths.has(path))
        findings.push({
          code: "declared-file-untouched",
          message: `${path} is to be deleted and is still there`,
          path,
        });
      if (action !== "create") continue;
      if (!paths.has(path))
        findings.push({ code: "declared-file-missing", message: `${path} is to be created and is not there`, path });
      else if (!MAY_BE_EMPTY.test(path) && (await facts.head.read(path))?.trim() === "") {
        findings.push({
          code: "declared-file-missing",
          message: `${path} was created empty; it must hold what the task describes`,
          path,
        });
      }
    }
    return resultOf(
      ID,
      findings,
      `${facts.changes.length} ${facts.changes.length === 1 ? "file differs" : "files differ"}`,
    );
  },
};
