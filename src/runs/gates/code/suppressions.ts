import { changedFiles } from "../facts/changed-code.ts";
import { addedLines } from "../facts/line-diff.ts";
import type { Evidence, Gate } from "../gate.ts";

const ID = "suppressions";
const MARK =
  /(?:#\s*(?:noqa|type:\s*ignore|pylint:\s*disable|pragma:\s*no cover|mypy:|nosec|pyright:)|\/[/*]\s*(?:eslint-disable|@ts-(?:ignore|nocheck|expect-error)|oxlint-disable|biome-ignore|istanbul ignore|c8 ignore|v8 ignore|prettier-ignore))/i;

/** Marks that silence linters and compilers are told, not refused: there are good reasons for some. */
export const suppressions: Gate = {
  id: ID,
  title: "silenced warnings are told",
  price: 1,
  async check(facts) {
    const evidence: Evidence[] = [];
    for (const { path, before, after, head } of await changedFiles(facts)) {
      if (head === undefined || after === undefined) continue;
      for (const { line, text } of addedLines(before, after))
        if (MARK.test(text)) evidence.push({ kind: "place", path, line, text: text.trim() });
    }
    const message =
      evidence.length === 0
        ? "no warnings silenced"
        : `${evidence.length} ${evidence.length === 1 ? "warning is" : "warnings are"} silenced: look at ${evidence.length === 1 ? "it" : "them"}`;
    return { gate: ID, status: "passed", code: "ok", message, evidence };
  },
};
