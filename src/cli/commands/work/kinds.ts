import type { Command } from "../../command.ts";
import { driveWork } from "./drive/drive-work.ts";
import { WORK_OPTIONS, WORK_POSITIONALS, WORK_TEXTS } from "./drive/work-options.ts";
import { orderOf } from "./drive/work-order.ts";

/*
 * The commands that read code and answer in text: each names its kind and its own words; the way is one for all
 * (drive-work.ts).
 */

/** `allot analyze`. */
export const analyzeCommand: Command = {
  name: "analyze",
  summary: "says what modules do, how they hang together and what is wrong with them, with files and lines",
  positionals: WORK_POSITIONALS,
  options: ["suggestions", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    { command: "allot analyze --scope=module --target=core", shows: "one module, with what it depends on" },
    { command: "allot analyze --prefer-grok --fallback=claude", shows: "the whole codebase, by Grok, else by Claude" },
    { command: "allot analyze --plan-only", shows: "parts, tokens, price and time; nothing is asked" },
  ],
  run: async (input, io) => driveWork(orderOf("analyze", input, io), input, io),
};

/** `allot document`. */
export const documentCommand: Command = {
  name: "document",
  summary: "writes documentation, checked against what the code really exports",
  positionals: WORK_POSITIONALS,
  options: ["type", "style", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    { command: "allot document --type=api --output=markdown", shows: "the API as Markdown, on standard output" },
    { command: "allot document --target=core_modules --output=docs/", shows: "a file a module, below docs/" },
  ],
  run: async (input, io) => driveWork(orderOf("document", input, io), input, io),
};

/** `allot review`. */
export const reviewCommand: Command = {
  name: "review",
  summary: "reviews what was changed since the last commit, or the files that are named",
  positionals: WORK_POSITIONALS,
  options: ["suggestions", "style", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    { command: "allot review", shows: "every file that differs from the last commit, with its diff" },
    {
      command: 'allot review --file=src/app.py --context=git_diff --suggestions="security,performance,style"',
      shows: "one file, with an eye on these three",
    },
    { command: "allot review --base main", shows: "everything since main" },
  ],
  run: async (input, io) => driveWork(orderOf("review", input, io), input, io),
};

/** `allot optimize`. */
export const optimizeCommand: Command = {
  name: "optimize",
  summary: "finds what costs time and memory, and says what would be better",
  positionals: WORK_POSITIONALS,
  options: ["performance", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    {
      command: "allot optimize --performance --target=bottlenecks",
      shows: "the code that the most depends on and that has the most loops in loops",
    },
  ],
  run: async (input, io) => driveWork(orderOf("optimize", input, io), input, io),
};

/** `allot architecture`. */
export const architectureCommand: Command = {
  name: "architecture",
  summary: "describes and judges the whole: layers, boundaries, cycles, what to mend first",
  positionals: WORK_POSITIONALS,
  options: ["fullAnalysis", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    { command: "allot architecture --full-analysis", shows: "every part is read, then the answers are put together" },
    { command: "allot architecture --full-analysis --plan-only --json", shows: "every chunk of it, for programs" },
  ],
  run: async (input, io) => driveWork(orderOf("architecture", input, io), input, io),
};

/** `allot migration`. */
export const migrationCommand: Command = {
  name: "migration",
  summary: "plans the move to another framework: what has to change, in which order, at what risk",
  positionals: WORK_POSITIONALS,
  options: ["plan", "framework", ...WORK_OPTIONS],
  optionTexts: WORK_TEXTS,
  examples: [
    { command: "allot migration --plan --framework=fastapi", shows: "the plan, with the places that have to change" },
  ],
  run: async (input, io) => driveWork(orderOf("migration", input, io), input, io),
};
