/** What a goal says about splitting a module. */
export interface SplitGoal {
  /** Files it names, as written: with or without folder or backticks. */
  readonly files: readonly string[];
  /** Names in code that are no files: classes, modules without extension. */
  readonly names: readonly string[];
  /** A ceiling of lines it asks for. */
  readonly maxLines: number | undefined;
}

export type SplitGoalReading =
  | { readonly kind: "split"; readonly goal: SplitGoal }
  /** Not a goal of this family, or more than that; each reason is a sentence for the user. */
  | { readonly kind: "other"; readonly reasons: readonly string[] };

const EXTENSIONS = "py|pyw|js|mjs|cjs|jsx|ts|mts|cts|tsx|java|go|rs|rb|php|c|cc|cpp|h|cs|kt|swift|scala|lua|vue|svelte";

/** Verbs that mean a split by themselves when a module or file is their object. */
const SPLITS =
  /\b(?:split(?:s|ting)?|break(?:s|ing)?(?: \S+){0,6}? (?:up|apart|down|into)|break(?:s|ing)? (?:up|apart|down)|divide|decompose|carve|cut|slice|separate|chop|partition|modulari[sz]e|modulari[sz]ing|turn(?: \S+){1,6}? into (?:\S+ ){0,3}(?:modules|files|parts|(?:a )?package))\b/i;

/** What a split makes, or what it is a cure for. */
const MODULES =
  /\b(?:modules?|files?|parts?|pieces?|packages?|submodules?|components?|chunks?|units?|classes|class|too (?:large|big|long)|over-?large|oversized|huge|giant|monolith(?:ic)?|lines?)\b/i;

/** A second wish that static analysis cannot fulfil. Words of keeping ("and keep ...") are part of every split. */
const MORE =
  /(?:[,;.:]|\band\b|\bthen\b|\bwhile\b|\bplus\b)\s*(?:(?:also|then|please|we)\s+)*(?:to\s+)?(add(?:ing)?|fix(?:ing)?|implement(?:ing)?|rewrit(?:e|ing)|convert(?:ing)?|migrat(?:e|ing)|port(?:ing)?|translat(?:e|ing)|optimi[sz](?:e|ing)|speed(?:ing)? up|delet(?:e|ing)|drop(?:ping)?|renam(?:e|ing)|replac(?:e|ing)|upgrad(?:e|ing)|introduc(?:e|ing)|redesign(?:ing)?|improv(?:e|ing)|document(?:ing)?|test(?:ing)?|writ(?:e|ing) (?:\S+ )?(?:tests?|docs?|documentation))\b(?!\s+no\b)/i;

/**
 * Reads a goal of the family "split an over-large module" in natural wording: split, break up, modularise, divide ...
 * Pure and deterministic. A goal that wants more than the split is answered with what is too much.
 */
export function readSplitGoal(goal: string): SplitGoalReading {
  const text = goal.replace(/\s+/g, " ").trim();
  const verb = SPLITS.exec(text);
  if (verb === null || isNegated(text, verb.index)) {
    return {
      kind: "other",
      reasons: ["the goal is not to split a module, which is what allot can plan without a model"],
    };
  }
  const files = filesIn(text);
  if (files.length === 0 && !MODULES.test(text)) {
    return { kind: "other", reasons: ["the goal speaks of splitting, but of no module or file"] };
  }
  const more = MORE.exec(text);
  if (more !== null) {
    return {
      kind: "other",
      reasons: [`the goal also says "${(more[1] ?? "").trim()}"; without a model allot only splits`],
    };
  }
  return { kind: "split", goal: { files: sources(files, text), names: namesIn(text, files), maxLines: limitIn(text) } };
}

function isNegated(text: string, index: number): boolean {
  return /\b(?:don'?t|do not|never|without|not)\s+(?:\S+\s)?$/i.test(text.slice(0, index));
}

function filesIn(text: string): readonly string[] {
  const pattern = new RegExp(
    String.raw`(?<![\w@/.-])(?:\.\/)?((?:[\w@.+-]+\/)*[\w@.+-]*\.(?:${EXTENSIONS}))(?![\w/-]|\.\w)`,
    "gi",
  );
  return [...new Set([...text.matchAll(pattern)].map(([, file = ""]) => file))].filter((file) => !LIBRARIES.test(file));
}

/** Names of libraries that look like files. */
export const LIBRARIES =
  /^(?:node|vue|next|nuxt|react|express|three|d3|ember|backbone|chart|socket|nest|p5|moment|asp|deno)\.(?:js|net|io)$/i;

/** Of several files, those the split starts from: what follows "into" is what it shall make. */
function sources(files: readonly string[], text: string): readonly string[] {
  if (files.length < 2) return files;
  const into = /\binto\b/i.exec(text)?.index ?? text.length;
  const before = files.filter((file) => text.indexOf(file) < into);
  return before.length > 0 ? before : files;
}

/** Names in backticks or quotes, CamelCase words, and "the NAME module". */
function namesIn(text: string, files: readonly string[]): readonly string[] {
  const found = [
    ...[...text.matchAll(/[`'"]([\w./-]+)[`'"]/g)].map(([, name = ""]) => name),
    ...[...text.matchAll(/\b([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)\b/g)].map(([, name = ""]) => name),
    ...[
      ...text.matchAll(
        /\b(?:the |class |module |package |file )+([A-Za-z_][\w.]*)(?= (?:module|class|file|package|monolith)\b)/gi,
      ),
    ].map(([, name = ""]) => name),
    ...[
      ...text.matchAll(/\b(?:module|class|file) (?:called |named )?([A-Za-z_][\w.]*)(?= into\b| up\b|[,.;]|$)/gi),
    ].map(([, name = ""]) => name),
  ];
  const plain = new Set([
    "large",
    "big",
    "huge",
    "largest",
    "biggest",
    "longest",
    "giant",
    "main",
    "this",
    "that",
    "one",
    "single",
    "whole",
    "monolithic",
    "oversized",
    "over-large",
    "source",
    "python",
    "javascript",
    "typescript",
    "JavaScript",
    "TypeScript",
    "GitHub",
  ]);
  return [...new Set(found)].filter((name) => !plain.has(name) && !files.includes(name));
}

/** "at most about 600 lines", "under 400 lines", "no more than 500 lines each", "of ~300 lines". */
function limitIn(text: string): number | undefined {
  const match =
    /\b(?:at most|under|below|less than|fewer than|no more than|not more than|up to|max(?:imum)?(?: of)?|within|limit(?:ed)? (?:to|of)|smaller than|of|around|about|≤|<)\s*(?:about |around |approximately |roughly |some |~)*(\d{2,5}|\d{1,2},\d{3})\s*(?:lines|loc|-line)\b/i.exec(
      text,
    ) ?? /\b(\d{2,5})\s*(?:lines|loc)\s*(?:or less|or fewer|at most|max(?:imum)?|each)\b/i.exec(text);
  const lines = Number((match?.[1] ?? "").replace(",", ""));
  return match === null || lines < 20 ? undefined : lines;
}
