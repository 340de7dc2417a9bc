import { changedFiles } from "../facts/changed-code.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate } from "../gate.ts";

const ID = "syntax";

/** Every changed source file parses; JSON files too. A file that did not parse before may stay so. */
export const syntax: Gate = {
  id: ID,
  title: "every changed file can be parsed",
  price: 1,
  async check(facts) {
    const findings: Finding[] = [];
    for (const { path, base, head, before, after } of await changedFiles(facts)) {
      const [fault] = head?.faults ?? [];
      const wasBroken = base !== undefined && base.faults.length > 0;
      if (fault !== undefined && !wasBroken) {
        findings.push({
          code: "syntax-error",
          message: `${path}:${fault.line} cannot be parsed: ${fault.message}`,
          path,
          line: fault.line,
        });
      }
      if (
        /\.json$/.test(path) &&
        after !== undefined &&
        !isJson(after) &&
        (before === undefined || isJson(before)) &&
        !/(?:tsconfig|\.vscode|jsconfig)/.test(path)
      ) {
        findings.push({ code: "syntax-error", message: `${path} is no valid JSON`, path });
      }
    }
    return resultOf(ID, findings);
  },
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
