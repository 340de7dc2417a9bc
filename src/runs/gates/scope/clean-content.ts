import { changedFiles } from "../facts/changed-code.ts";
import { addedLines } from "../facts/line-diff.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import { intentOf } from "../facts/intent.ts";
import type { Gate } from "../gate.ts";

const ID = "clean-content";
const MAX_BYTES = 1_000_000;

const SECRETS: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: "a private key", pattern: /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/ },
  { what: "an AWS access key", pattern: /\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b/ },
  { what: "a GitHub token", pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})/ },
  { what: "a model provider's key", pattern: /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}/ },
  { what: "a Slack token", pattern: /\bxox[abprs]-[A-Za-z0-9-]{20,}/ },
  { what: "a Google key", pattern: /\bAIza[A-Za-z0-9_-]{35}\b/ },
];

/** No conflict markers, no binaries or huge files, nothing that looks like a secret. */
export const cleanContent: Gate = {
  id: ID,
  title: "no conflict markers, binaries or secrets",
  price: 0,
  async check(facts) {
    const findings: Finding[] = [];
    for (const { change, path, before, after } of await changedFiles(facts)) {
      if (change.kind === "deleted" || change.mode === "120000" || change.mode === "160000") continue;
      const bytes = change.bytes ?? after?.length ?? 0;
      if (after === undefined || bytes > MAX_BYTES) {
        const what = after === undefined ? "is binary" : `has ${bytes} bytes`;
        if (!intentOf(facts.task).matches(/\b(?:binary|image|icon|png|jpe?g|gif|font|wasm|pdf|archive|generated)\b/i)) {
          findings.push({
            code: "binary-added",
            message: `${path} ${what}; only text that a person can review is accepted`,
            path,
          });
        }
        continue;
      }
      for (const { line, text } of addedLines(before, after)) {
        if (/^(?:<{7} |>{7} |\|{7} )/.test(text))
          findings.push({
            code: "conflict-marker",
            message: `${path}:${line} holds a conflict marker; resolve the conflict`,
            path,
            line,
            text,
          });
        const secret = SECRETS.find(({ pattern }) => pattern.test(text));
        if (secret !== undefined)
          findings.push({
            code: "secret-added",
            message: `${path}:${line} looks like ${secret.what}; take it out and read it from the environment`,
            path,
            line,
          });
      }
    }
    return resultOf(ID, findings);
  },
};
