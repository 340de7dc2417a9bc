import type { TaskType } from "../routing.ts";

/** The detection patterns of the guide (seeds 004), as written there. */
export const GUIDE_KEYWORDS: Readonly<Partial<Record<TaskType, readonly string[]>>> = {
  ui: "ui frontend style css html button form modal click hover animation element component browser chrome selenium playwright comet".split(
    " ",
  ),
  coding: "code implement function class method refactor python javascript typescript algorithm logic".split(" "),
};

export const GUIDE_SIMPLE: readonly string[] = ["comment", "rename", "typo", "log", "simple", "quick"];

const KEYWORDS: ReadonlyMap<string, TaskType> = new Map(
  (["ui", "coding"] as const).flatMap((type) => (GUIDE_KEYWORDS[type] ?? []).map((word) => [word, type] as const)),
);

/** The type the guide's keywords give a word, undefined where it is none of them. */
export function guideType(word: string): TaskType | undefined {
  return KEYWORDS.get(word);
}
