import { scanSecurity } from "../../../tasks/security/scan-security.ts";
import type { Command } from "../../command.ts";
import { loadCommandConfig } from "../../load-command-config.ts";
import { driveWork } from "./drive/drive-work.ts";
import { WORK_OPTIONS, WORK_POSITIONALS, WORK_TEXTS } from "./drive/work-options.ts";
import { orderOf } from "./drive/work-order.ts";

/** `allot security`: what a model sees, and with --scan what scanners see, each marked with who found it. */
export const securityCommand: Command = {
  name: "security",
  summary: "looks for weaknesses by a model and by scanners, and says which found what; SARIF for other tools",
  positionals: WORK_POSITIONALS,
  options: ["scan", "report", "sarif", ...WORK_OPTIONS],
  optionTexts: {
    ...WORK_TEXTS,
    report: "how the report is written: detailed, summary",
    offline: "with --scan: the scanners alone, no model",
  },
  optionValues: { report: "FORM" },
  examples: [
    { command: "allot security --scan --report=detailed", shows: "the whole codebase, scanners first" },
    { command: "allot security --scan --sarif findings.sarif", shows: "also a file that code hosts and editors read" },
    { command: "allot security --scan --offline", shows: "scanners only: no model, no key, no cost" },
  ],
  run: async (input, io) => {
    const { scan } = loadCommandConfig(input, io).settings;
    return driveWork({ ...orderOf("security", input, io), ...(scan ? { scan: scanSecurity } : {}) }, input, io);
  },
};
