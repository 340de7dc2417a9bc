import type { MiniTask } from "../../plan/mini-task.ts";

/**
 * What a task's own words allow. Gates refuse what a worker was not asked to do, so they must see what it was asked:
 * names and values that stand in the task, tests it wants changed, names it renames. Only the task speaks here, never
 * the worker; where the words leave it open, nothing is allowed.
 */
export interface Intent {
  /** Title, context, steps, snippets, criteria and contract as one text. */
  readonly text: string;
  /** Whole-word mention. */
  mentions(name: string): boolean;
  /** Some sentence holds the name and matches the pattern. */
  says(name: string, pattern: RegExp): boolean;
  matches(pattern: RegExp): boolean;
  /** The task removes, renames, moves or replaces this name: the verb stands before it, after it, or over a list with it. */
  goes(name: string, verbs?: string): boolean;
  /** Identifiers the task renames, old -> new. */
  readonly renames: ReadonlyMap<string, string>;
  /** Tests (by any of their words) whose expectations the task wants changed; a predicate over a test's name. */
  mayChangeTest(name: string): boolean;
  mayRemoveTest(name: string, calledNames: ReadonlySet<string>): boolean;
  /** The task asks for tests to be written. */
  readonly wantsTests: boolean;
}

const known = new WeakMap<MiniTask, Intent>();

/** Reads a task's words. Pure; equal tasks are read once. */
export function intentOf(task: MiniTask): Intent {
  const met = known.get(task);
  if (met !== undefined) return met;
  const intent = read(task);
  known.set(task, intent);
  return intent;
}

const TEST_WORD = String.raw`(?:unit |regression |existing |current |affected |corresponding |related |failing |old |outdated |its |their |the |all |any |those |these |both |two |\x60[^\x60\n]*\x60 |[\w'’-]+ ){0,4}(?:tests?|specs?|test cases?|expectations?|assertions?|expected (?:value|result|output|text|string|message)s?|snapshots?|\x60test\w*\x60|\x60?[\w/.-]*(?:test_\w+|\w+_test|\.test|\.spec)\.\w+\x60?)\b`;
const CHANGE = new RegExp(
  String.raw`\b(?:updat(?:e|ing)|chang(?:e|ing)|adjust(?:ing)?|adapt(?:ing)?|rewrit(?:e|ing)|correct(?:ing)?|renam(?:e|ing)|replac(?:e|ing)|migrat(?:e|ing)|convert(?:ing)?|port(?:ing)?|refactor(?:ing)?|parametri[sz](?:e|ing)|simplify(?:ing)?|merg(?:e|ing)|consolidat(?:e|ing)|mov(?:e|ing)|reorgani[sz](?:e|ing)|split(?:ting)?|moderni[sz](?:e|ing)|tidy|clean up|deduplicat(?:e|ing)) ${TEST_WORD}`,
  "i",
);
const REMOVE = new RegExp(
  String.raw`\b(?:remov(?:e|ing)|delet(?:e|ing)|drop(?:ping)?|retir(?:e|ing)) ${TEST_WORD}`,
  "i",
);
const NEVER =
  /\b(?:do not|don't|must not|never|without|no need to|instead of|rather than|not)\s+(?:\w+\s+){0,2}(?:updat|chang|adjust|adapt|rewrit|correct|renam|replac|edit|touch|modif|weaken|remov|delet|drop|skip)/i;
const ONLY_MORE = /\b(?:so that|until|make sure|ensure|keep)\b[^.]*\btests?\b[^.]*\b(?:pass|green|work|succeed)/i;
const WRITE_TESTS =
  /\b(?:add|write|creat|extend|cover|implement|provide|include)\w*\b[^.\n]*\b(?:tests?|specs?|test cases?|coverage|cases|assertions?)\b/i;

function read(task: MiniTask): Intent {
  const text = [
    task.title,
    task.context,
    task.intro ?? "",
    ...task.steps.map((step) => step.text),
    ...task.snippets.flatMap((snippet) => [snippet.note ?? "", snippet.code]),
    ...task.criteria.map((criterion) => criterion.text),
    ...task.contract.map(({ name, signature }) => `${name}${signature ?? ""}`),
  ].join("\n");
  const sentences = text.split(/\n+|(?<=[.;!?])\s+/).filter((line) => line.trim() !== "");
  const changing = sentences.filter(
    (line) => CHANGE.test(line) && !NEVER.test(line) && !ONLY_MORE.test(line) && !addsOnly(line),
  );
  const removing = sentences.filter((line) => REMOVE.test(line) && !NEVER.test(line));
  const mentions = (name: string): boolean => name !== "" && wordPattern(name).test(text);
  const says = (name: string, pattern: RegExp): boolean =>
    sentences.some((line) => wordPattern(name).test(line) && pattern.test(line) && !NEVER.test(line));
  return {
    text,
    mentions,
    says,
    matches: (pattern) => pattern.test(text),
    goes: (name, verbs) => goesIn(text, sentences, name, verbs),
    renames: renamesIn(text),
    mayChangeTest: (name) => changing.some((line) => concerns(line, name)),
    mayRemoveTest: (name, called) =>
      removing.some((line) => concerns(line, name)) ||
      [...called].some((word) => goesIn(text, sentences, word, "remov|delet|drop|retir")),
    wantsTests: sentences.some((line) => WRITE_TESTS.test(line) && !NEVER.test(line)),
  };
}

/** "Update tests/test_x.py with new cases": the file is changed, its tests are not. */
function addsOnly(line: string): boolean {
  return (
    /\b(?:add|new|extra|more|additional|further|cover|append|extend)\w*\b[^.]*\b(?:tests?|cases?|assertions?|checks?)\b/i.test(
      line,
    ) && !/\b(?:expect|existing|adjust|chang|rewrit|renam)\w*/i.test(line)
  );
}

/** A sentence that names tests means those; one that names none means all. */
function concerns(line: string, test: string): boolean {
  const named = [...line.matchAll(/\btest_\w+\b(?!\.)|`([^`\n]+)`|"([^"\n]+)"/g)]
    .map(([whole, quoted, doubled]) => quoted ?? doubled ?? whole)
    .filter((name) => (/^test_\w+$/.test(name) && !/\.\w+$/.test(name)) || (/\s/.test(name) && !/[(){}=;]/.test(name)));
  return named.length === 0 || named.some((name) => test === name || test.endsWith(name) || name.includes(test));
}

const LEAVING =
  "remov|delet|drop|renam|replac|mov|extract|inlin|merg|retir|split|convert|migrat|relocat|consolidat|unexport|hid|turn|cop";

function goesIn(text: string, sentences: readonly string[], name: string, verbs: string = LEAVING): boolean {
  if (name === "") return false;
  const word = wordPattern(name).source;
  const before = new RegExp(
    String.raw`\b(?:${verbs})\w*\s+(?:(?:the|all|both|old|new|unused|deprecated|public|helpers?|methods?|functions?|class(?:es)?|constants?|exports?|modules?|names?|types?|interfaces?|out|of)\s+|\x60[^\x60\n]*\x60(?:,| and| or)?\s+|[\w$]+(?:\(\))?,\s+)*\x60?(?:[\w$]+[.#])?${word}`,
    "i",
  );
  const after = new RegExp(
    String.raw`${word}(?:\([^)]*\))?\x60?\s+(?:is|are|was|gets?|to be|becomes?|goes|must be|should be|has been)\s+(?:${verbs}|privat|internal|gone)\w*`,
    "i",
  );
  if (sentences.some((line) => (before.test(line) || after.test(line)) && !NEVER.test(line))) return true;
  // "Move these functions to x:" over a list.
  const opening = new RegExp(String.raw`^\s*(?:\d+\.\s*)?(?:${verbs})\w*\b[^\n]*:\s*$`, "i");
  const item = new RegExp(String.raw`^\s*[-*]\s+.*${word}`);
  let open = false;
  for (const line of text.split("\n")) {
    if (/^\s*[-*]\s/.test(line)) {
      if (open && item.test(line)) return true;
    } else if (line.trim() !== "") open = opening.test(line);
  }
  return false;
}

function wordPattern(name: string): RegExp {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w$])${escaped}(?![\\w$])`);
}

function renamesIn(text: string): Map<string, string> {
  const found = new Map<string, string>();
  const name = String.raw`\x60?([A-Za-z_$][\w$.]*)(?:\(\))?\x60?`;
  const patterns = [
    new RegExp(String.raw`\brenam\w*\s+(?:the\s+)?(?:\w+\s+){0,2}?${name}\s+(?:to|into|as|→|->|=>)\s+${name}`, "gi"),
    new RegExp(
      String.raw`\x60([A-Za-z_$][\w$.]*)(?:\(\))?\x60\s*(?:→|->|=>|becomes|is renamed to)\s*\x60([A-Za-z_$][\w$.]*)(?:\(\))?\x60`,
      "g",
    ),
    new RegExp(String.raw`\breplac\w*\s+${name}\s+(?:by|with)\s+${name}`, "gi"),
  ];
  for (const pattern of patterns) {
    for (const [, from = "", to = ""] of text.matchAll(pattern))
      found.set(from.split(".").at(-1) ?? from, to.split(".").at(-1) ?? to);
  }
  return found;
}
