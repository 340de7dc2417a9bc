import { didYouMean } from "../../../foundation/closest.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { isWorkKind, WORK_KINDS } from "../../../tasks/strategies.ts";
import type { WorkKind } from "../../../tasks/work.ts";
import type { Command } from "../../command.ts";
import { driveWork } from "./drive/drive-work.ts";
import { WORK_OPTIONS, WORK_POSITIONALS, WORK_TEXTS } from "./drive/work-options.ts";
import { orderOf } from "./drive/work-order.ts";

const OWN = ["suggestions", "style", "type", "coverage", "framework", "fullAnalysis", "performance", "report"] as const;

const GROK_TEXTS: NonNullable<Command["optionTexts"]> = {
  ...WORK_TEXTS,
  task: `what is to be done: ${WORK_KINDS.join(", ")}`,
  report: "how a security report is written: detailed, summary",
  model: "another model than GROK_MODEL",
};

/** `allot grok --task=KIND`. */
export const grokCommand: Command = {
  name: "grok",
  summary: "the same work, with Grok asked first",
  positionals: WORK_POSITIONALS,
  options: ["task", ...OWN, ...WORK_OPTIONS],
  optionTexts: GROK_TEXTS,
  optionValues: { task: "KIND", report: "FORM" },
  examples: [
    { command: "allot grok --task=analyze --chunk-strategy=smart", shows: "the whole codebase, in parts that fit" },
    { command: "allot grok --task=document --priority=high", shows: "goes on where limits are near" },
    { command: "allot grok --task=review --files=$(git diff --name-only)", shows: "what was changed and not staged" },
  ],
  run: async (input, io) => {
    const written = input.flags["task"];
    const kind = kindNamed(typeof written === "string" ? written : undefined, "allot grok --task=analyze");
    return driveWork(orderOf(kind, input, io, true), input, io);
  },
};

/** `allot grok-delegate KIND`. */
export const grokDelegateCommand: Command = {
  name: "grok-delegate",
  summary: "gives one piece of work to Grok: analyze, document, review and the other kinds",
  positionals: "KIND [FILES...]",
  options: [...OWN, ...WORK_OPTIONS],
  optionTexts: GROK_TEXTS,
  optionValues: { report: "FORM" },
  examples: [
    {
      command: 'allot grok-delegate analyze --module=core --context="minimal" --output="analysis_core.md"',
      shows: "one module, into a file",
    },
    {
      command:
        'allot grok-delegate document --type="api" --target="core_modules" --style="comprehensive" --output="docs/"',
      shows: "a file a module, below docs/",
    },
    {
      command:
        'allot grok-delegate review --file=app.py --context="git_diff" --suggestions="security,performance,style"',
      shows: "one changed file",
    },
  ],
  run: async (input, io) => {
    const [first, ...positionals] = input.positionals;
    const kind = kindNamed(first, "allot grok-delegate analyze");
    const rest = { ...input, positionals };
    return driveWork(orderOf(kind, rest, io, true), rest, io);
  },
};

function kindNamed(written: string | undefined, example: string): WorkKind {
  if (written !== undefined && isWorkKind(written)) return written;
  throw new AllotError(
    "usage",
    written === undefined
      ? `what is to be done is missing: one of ${WORK_KINDS.join(", ")}, like ${example}`
      : `"${written}" is no kind of work: one of ${WORK_KINDS.join(", ")}.${didYouMean(written, WORK_KINDS)}`,
  );
}
