import type { OptionName } from "../../../../config/options.ts";
import type { Command } from "../../../command.ts";

/** What every command of work on a codebase can be told. */
export const WORK_OPTIONS: readonly OptionName[] = [
  ...(["scope", "target", "module", "file", "files", "context", "base", "output"] as const),
  ...(["model", "preferGrok", "fallback", "provider", "big", "small", "offline"] as const),
  ...(["maxTokens", "chunkStrategy", "planOnly", "yes", "askAbove", "limitUsd", "budget"] as const),
  ...(["cacheTtl", "concurrency", "callTimeout", "priority", "session"] as const),
  ...(["repo", "prices", "unknownPrice", "upstream", "db", "json"] as const),
];

/** What they mean here. */
export const WORK_TEXTS: NonNullable<Command["optionTexts"]> = {
  model: "model that answers; any name or alias of `allot models`, or PROVIDER/NAME",
  big: "the big model, which answers where --model does not say who",
  small: "the small model, which writes documentation where --model does not say who",
  offline: "ask nobody",
  yes: "do not ask, whatever it may cost",
  limitUsd: "most that this command may hold and spend; what it did not come to is told as not read",
  concurrency: "questions at the same time (4 without it)",
  callTimeout: "longest wait for one answer; without it that of the kind of work",
  base: "what git_diff compares with; without it the last commit",
  repo: "the codebase: a git repository, or any folder",
  priority: "what the questions may do when limits are near: low waits first",
  json: "one JSON object: plan, findings, what was read, what was not, cost",
};

/** What stands after the command's name beside options. */
export const WORK_POSITIONALS = "[FILES...]";
