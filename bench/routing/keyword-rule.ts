import { GUIDE_KEYWORDS, GUIDE_SIMPLE } from "../../src/routing/detector/keywords.ts";
import type { TaskType } from "../../src/routing/routing.ts";

/*
 * The rule of the guide (seeds 004), to compare with. It lists keywords for ui and coding; for the other types the words of
 * its routing table's last column are taken, which is kinder to it than leaving them out.
 */
const WORDS: readonly (readonly [TaskType, readonly string[]])[] = [
  ["ui", GUIDE_KEYWORDS.ui ?? []],
  ["coding", GUIDE_KEYWORDS.coding ?? []],
  ["testing", ["test", "tests", "unit", "integration"]],
  ["debugging", ["bug", "bugs", "fix", "fixes", "error", "errors"]],
  ["documentation", ["readme", "readmes", "comment", "comments", "guide", "guides", "documentation"]],
  ["research", ["research", "investigate", "investigation", "explore", "exploration"]],
  ["analysis", ["review", "performance", "analysis", "analyze", "analyse"]],
  ["automation", ["script", "scripts", "workflow", "workflows", "automation", "automate"]],
];

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

/** The type with most keywords, the earlier row of the guide's table where two have as many; none at all: coding. */
export function keywordType(text: string): TaskType {
  const words = wordsOf(text);
  let best: TaskType = "coding";
  let most = 0;
  for (const [type, keywords] of WORDS) {
    const count = words.filter((word) => keywords.includes(word)).length;
    if (count > most) [best, most] = [type, count];
  }
  return best;
}

/** The guide's rule for simple tasks: one of its keywords, or fewer than ten words. */
export function keywordSimple(text: string): boolean {
  const words = wordsOf(text);
  return words.length < 10 || words.some((word) => GUIDE_SIMPLE.includes(word));
}
