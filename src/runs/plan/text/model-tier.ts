import type { MiniTask } from "../mini-task.ts";

/** What the Model line says where allot carries the steps out itself. */
export const EXACT_MODEL = "none (exact steps)";

/** Families whose plain name means a strong model; a small sibling's suffix takes it back. */
const BIG = /\b(?:opus|sonnet|fable|gpt-4o|gpt-4\.1|gpt-4|gpt-5(?:\.\d)?|o1|o3|grok-[\w.-]+|gemini[\w. -]*pro|big)\b/i;
const SMALL = /\b(?:haiku|mini|nano|flash|lite|fast|small)\b/i;

/**
 * The tier that a Model line stands for by itself: its first name counts, "(or ...)" does not. Pure.
 * A task of another tier says so in a Tier line of its own.
 */
export function tierOfModel(model: string): MiniTask["tier"] {
  const name = model.replace(/\s*\(or [^)]*\)/i, "");
  if (/^(?:none\b|exact\b|-$)/i.test(name.trim()) || /\bexact steps\b/i.test(name)) return "exact";
  if (SMALL.test(name)) return "small";
  return BIG.test(name) ? "big" : "small";
}
