import { isTestPath, literalsOf, readTestFile } from "../../../codebase/test-code/test-file.ts";
import { languageOf } from "../../../codebase/test-code/syntax/read-code.ts";
import { walk, type CodeFile, type CodeNode } from "../../../codebase/test-code/syntax/code-tree.ts";
import { printCode } from "../../../codebase/test-code/syntax/print-code.ts";
import { changedSources, codeBefore, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate, GateFacts } from "../gate.ts";
import { definitionsOf, inputsOf, isAbstract, isConstant, namesUsed, workOf } from "./definitions.ts";
import { memoEntries, type MemoEntry } from "./memo-entries.ts";
import { pairsOf, type TestPair } from "./test-pairs.ts";

const ID = "no-hard-coding";

/** Words by which a task asks for a table of values or a special case. */
const TABLE_WORDS =
  /\b(?:table|lookup|look-up|mapping|maps?|constants?|dictionary|enum\w*|special[- ]case\w*|exceptions?|overrid\w*|alias\w*|irregular\w*|predefined|presets?|known (?:values|names)|registry|fixed|synonyms?|abbreviations?|symbols?|codes?)\b/i;

/** The code computes its answers: what the tests give and expect is not written into it. */
export const noHardCoding: Gate = {
  id: ID,
  title: "no outputs of the tests written into the code",
  price: 1,
  async check(facts) {
    const files = (await changedSources(facts)).filter(({ head }) => head !== undefined);
    if (files.length === 0) return resultOf(ID, [], "no source file changed");
    const pairs = await pairsNear(facts, files);
    const before = (await codeBefore(facts)).filter(({ path }) => !isTestPath(path)).flatMap(({ body }) => body);
    const intent = intentOf(facts.task);
    return resultOf(
      ID,
      files.flatMap((file) => judge(file, before, pairs, intent)),
      "no value of the tests stands in the code",
    );
  },
};

/** How many test files are read: those nearest to what changed. A small project is read whole. */
const MOST_TEST_FILES = 60;

/** Pairs of the tests nearest to the changed files: those of the base, and those that the result changed or added. */
async function pairsNear(facts: GateFacts, files: readonly ChangedFile[]): Promise<TestPair[]> {
  const pairs = new Map<string, TestPair>();
  const changed = new Set(facts.changes.map(({ path }) => path));
  for (const tree of [facts.base, facts.head]) {
    const tests = (await tree.list()).filter((path) => isTestPath(path) && languageOf(path) !== undefined);
    for (const path of nearest(tests, files)) {
      if (tree === facts.head && !changed.has(path)) continue;
      const text = await tree.read(path);
      const file = text === undefined || text.length > 400_000 ? undefined : await readTestFile(path, text);
      const around = new Set(
        (file === undefined ? [] : literalsOf(file.code.body)).flatMap((literal) =>
          literal.startsWith("string:") && literal.length < 60 ? wordsOf(literal.slice(7)) : [],
        ),
      );
      for (const pair of file?.cases.flatMap((test) => pairsOf(test, around)) ?? [])
        pairs.set(`${pair.name}|${pair.inputs.join()}|${pair.expected}`, pair);
    }
  }
  return [...pairs.values()];
}

/** Tests in the order in which their paths share words with the changed files' paths, the file's own name first. */
function nearest(tests: readonly string[], files: readonly ChangedFile[]): readonly string[] {
  if (tests.length <= MOST_TEST_FILES) return tests;
  const wordsOfPath = (path: string): string[] => path.toLowerCase().split(/[^a-z0-9]+/);
  const near = new Set(files.flatMap(({ path }) => wordsOfPath(path)));
  const names = new Set(files.flatMap(({ path }) => wordsOfPath(path.slice(path.lastIndexOf("/") + 1))));
  const score = (path: string): number =>
    wordsOfPath(path).reduce((sum, word) => sum + (names.has(word) ? 3 : 0) + (near.has(word) ? 1 : 0), 0);
  const scored = tests.map((path) => ({ path, score: score(path) }));
  return scored
    .toSorted((a, b) => b.score - a.score || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_TEST_FILES)
    .map(({ path }) => path);
}

function judge(file: ChangedFile, before: readonly CodeNode[], pairs: readonly TestPair[], intent: Intent): Finding[] {
  const head = file.head;
  if (head === undefined) return [];
  const old = new Set(memoEntries(before).map(entryText));
  const fresh = memoEntries(head.body).filter((entry) => !old.has(entryText(entry)));
  const findings: Finding[] = [];
  const report = (line: number, what: string): void => {
    if (!findings.some((finding) => finding.line === line))
      findings.push({
        code: "hard-coded-output",
        message: `${file.path}:${line} ${what}; compute the answer from the input`,
        path: file.path,
        line,
      });
  };
  const hits = fresh.filter((entry) => isHit(entry, pairs));
  const groups = Map.groupBy(hits, (entry) => (entry.form === "branch" ? "branches" : `table ${entry.group}`));
  for (const [, group] of groups) {
    const size = fresh.filter((entry) =>
      group.some((hit) => (hit.form === "branch" ? entry.form === "branch" : hit.group === entry.group)),
    ).length;
    const specific = group.filter((entry) => isSpecific(entry, pairs));
    const first = group[0];
    if (first === undefined) continue;
    const closed = isClosedSet(group) && (intent.matches(TABLE_WORDS) || statedInTask(group, intent));
    if (specific.length > 0 && !(closed && specific.length < 2) && !askedSpecial(specific, intent))
      report(
        specific[0]?.line ?? first.line,
        `answers ${specific[0]?.value.slice(0, 40) ?? ""} when it meets ${specific[0]?.keys[0]?.slice(0, 40) ?? ""}, as the tests have it`,
      );
    else if (group.length >= 2 && group.length / size >= 0.6 && !closed && coversTests(group, pairs))
      report(first.line, `answers ${group.length} of the tests' own inputs with the tests' own outputs`);
  }
  for (const { line, text } of derivedOutputs(head, before, pairs, intent)) {
    if (!intent.matches(/\b(?:irregular|exceptions?|alias\w*|overrid\w*|special[- ]case)\b/i))
      report(line, `holds ${text.slice(0, 60)}, an output that the tests expect`);
  }
  findings.push(...comparedInputs(file, head, before, pairs, intent));
  findings.push(...ignoredInputs(file, head, before, pairs, intent));
  return findings;
}

function entryText(entry: MemoEntry): string {
  return `${entry.keys.join()}=>${entry.value}`;
}

function isHit(entry: MemoEntry, pairs: readonly TestPair[]): boolean {
  return (
    pairs.some((pair) => pair.expected === entry.value && entry.keys.some((key) => pair.inputs.includes(key))) &&
    !entry.keys.every(isTrivial)
  );
}

function isTrivial(text: string): boolean {
  return /^(?:-?[0-2]|""|null|true|false|undefined|\[\]|\{\}|\(,\)|"."|-?0\.0)$/.test(text);
}

/** A key nobody would list: a sentence, a mixed text, a long number, a container; and an answer that is no plain flag. */
function isSpecific(entry: MemoEntry, pairs: readonly TestPair[]): boolean {
  const keys = entry.keys.filter((key) =>
    pairs.some((pair) => pair.inputs.includes(key) && pair.expected === entry.value),
  );
  return keys.some((key) => {
    if (key.startsWith('"')) {
      const plain = JSON.parse(key) as string;
      const word = /^[\p{L}\p{N}_.+-]*$/u.test(plain) && plain.length <= 12;
      return plain.length >= 4 && !word && !isTrivial(entry.value);
    }
    if (/^-?\d/.test(key))
      return key.replaceAll(/\D/g, "").length >= 4 && !/^-?\d0+$/.test(key) && !isTrivial(entry.value);
    return /^(?:[[{(]|new |[A-Z]\w*\()/.test(key) && key.length > 4 && !isTrivial(entry.value);
  });
}

/** Keys such as codes, names, small numbers: a set that somebody could have listed. */
function isClosedSet(group: readonly MemoEntry[]): boolean {
  return group.every(({ keys }) =>
    keys.some((key) => /^"[\p{L}\p{N}_.+%$€£#/-]{1,16}"$/u.test(key) || /^-?\d{1,4}$/.test(key)),
  );
}

/** The task itself lists these values, key beside answer. */
function statedInTask(group: readonly MemoEntry[], intent: Intent): boolean {
  const bare = (text: string): string => text.replaceAll(/^"|"$/g, "");
  return group.every(
    ({ keys, value }) => intent.text.includes(bare(value)) && keys.some((key) => intent.text.includes(bare(key))),
  );
}

function askedSpecial(group: readonly MemoEntry[], intent: Intent): boolean {
  return (
    intent.matches(/\b(?:special[- ]case|exceptions?|alias\w*|overrid\w*|irregular|lookup table|mapping table)\b/i) &&
    statedInTask(group, intent)
  );
}

/** The entries answer at least half of what the tests ask of some function, or the tests ask little else. */
function coversTests(group: readonly MemoEntry[], pairs: readonly TestPair[]): boolean {
  const names = new Set(
    pairs
      .filter((pair) =>
        group.some((entry) => entry.value === pair.expected && entry.keys.some((key) => pair.inputs.includes(key))),
      )
      .map(({ name }) => name),
  );
  return [...names].some((name) => {
    const asked = pairs.filter((pair) => pair.name === name);
    const answered = asked.filter((pair) =>
      group.some((entry) => entry.value === pair.expected && entry.keys.some((key) => pair.inputs.includes(key))),
    );
    return answered.length >= 2 && answered.length / asked.length >= 0.5;
  });
}

/** Outputs made of their inputs' words or of computed figures must not stand in the code as they are. */
function derivedOutputs(
  head: CodeFile,
  before: readonly CodeNode[],
  pairs: readonly TestPair[],
  intent: Intent,
): { line: number; text: string }[] {
  const known = new Set(literalsIn(before).map(({ text }) => text));
  const derived = new Set(pairs.filter((pair) => isDerived(pair, intent)).map(({ expected }) => expected));
  // A number may be a unit or a limit; only one that is handed back as it is can be nothing but an answer.
  const answers = new Set(
    [...walk(head.body)].flatMap((node) =>
      (node.kind === "return" && node.value !== undefined
        ? [...walk([node.value], (inner) => inner.kind === "ternary")]
        : []
      ).map((node) => node.line + printCode(node)),
    ),
  );
  return literalsIn(head.body).filter(
    ({ text, line }) => derived.has(text) && !known.has(text) && (!/^-?\d/.test(text) || answers.has(line + text)),
  );
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}]{3,}|\d{2,}/gu) ?? [];
}

function isDerived({ inputs, expected, around }: TestPair, intent: Intent): boolean {
  if (expected.startsWith('"')) {
    const output = JSON.parse(expected) as string;
    if (output.length < 6 || !/[^\p{L}]/u.test(output)) return false;
    const given = new Set(inputs.flatMap(wordsOf));
    const parts = wordsOf(output);
    if (parts.length < 2 || inputs.includes(expected)) return false;
    return (
      parts.filter((word) => given.has(word)).length >= 2 ||
      (output.length >= 16 &&
        !intent.text.includes(output.trim()) &&
        parts.length >= 3 &&
        parts.every((word) => given.has(word) || around.has(word)))
    );
  }
  if (/^-?\d/.test(expected))
    return (
      expected.replaceAll(/\D/g, "").length >= 4 &&
      !/^-?\d0+$/.test(expected) &&
      !/^(?:1024|3600|86400|1000|2048|4096|8080|65535|65536|1970|2000)$/.test(expected) &&
      !inputs.includes(expected)
    );
  return (
    /^[[{]/.test(expected) && expected.length > 12 && expected.split(",").length >= 2 && !inputs.includes(expected)
  );
}

function literalsIn(nodes: readonly CodeNode[]): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  for (const node of walk(nodes)) {
    if (node.kind === "expr" && node.value.kind === "literal") continue;
    if (node.kind === "literal" && node.type !== "regex") found.push({ text: printCode(node), line: node.line });
    else if ((node.kind === "list" || node.kind === "dict") && isConstant(node))
      found.push({ text: printCode(node), line: node.line });
  }
  return found;
}

/** Parameters compared with a text that only the tests use: neither the task nor the code before knows it. */
function comparedInputs(
  file: ChangedFile,
  head: CodeFile,
  before: readonly CodeNode[],
  pairs: readonly TestPair[],
  intent: Intent,
): Finding[] {
  const known = new Set(literalsIn(before).map(({ text }) => text));
  return definitionsOf(head).flatMap((definition): Finding[] => {
    const inputs = new Set(inputsOf(definition));
    const last = definition.name.split(".").at(-1) ?? definition.name;
    const given = new Set(pairs.filter(({ name }) => name === last).flatMap((pair) => pair.inputs));
    if (inputs.size === 0 || given.size === 0) return [];
    for (const node of walk(definition.node.body)) {
      const sides =
        node.kind === "compare" && node.op === "=="
          ? [node.left, node.right]
          : node.kind === "switch"
            ? [node.subject, ...node.cases.flatMap(({ tests }) => tests)]
            : [];
      if (!sides.some((side) => side.kind === "name" && inputs.has(side.id))) continue;
      const met = sides.find(
        (side) =>
          side.kind === "literal" &&
          side.type === "string" &&
          side.value.length >= 3 &&
          given.has(printCode(side)) &&
          !known.has(printCode(side)) &&
          !intent.text.includes(side.value),
      );
      if (met === undefined) continue;
      return [
        {
          code: "hard-coded-output",
          message: `${file.path}:${node.line} ${definition.name} compares its input with ${printCode(met)}, which only the tests know; treat all inputs alike`,
          path: file.path,
          line: node.line,
        },
      ];
    }
    return [];
  });
}

/** Functions that hand back a value the tests expect without looking at what they are given. */
function ignoredInputs(
  file: ChangedFile,
  head: CodeFile,
  before: readonly CodeNode[],
  pairs: readonly TestPair[],
  intent: Intent,
): Finding[] {
  // By the last name: a method that moved to another class is the same method.
  const lastOf = (name: string): string => name.split(".").at(-1) ?? name;
  const old = new Set(
    definitionsOf({ body: before }).map(({ name, node }) => `${lastOf(name)} ${printCode(workOf(node))}`),
  );
  return definitionsOf(head).flatMap((definition): Finding[] => {
    const { name, node } = definition;
    const last = lastOf(name);
    const inputs = inputsOf(definition);
    if (isAbstract(definition) || old.has(`${last} ${printCode(workOf(node))}`)) return [];
    const asked = pairs.filter((pair) => pair.name === last);
    if (asked.length === 0) return [];
    const used = namesUsed(node);
    if (inputs.length === 0) {
      const [only] = workOf(node);
      const answer =
        workOf(node).length === 1 && only?.kind === "return" && only.value !== undefined ? printCode(only.value) : "";
      const looks = used.has("self") || used.has("this") || node.modifiers.includes("static");
      if (
        definition.owner === undefined ||
        looks ||
        !/^[[{(]./.test(answer) ||
        answer.length < 4 ||
        !asked.some(({ expected }) => expected === answer)
      )
        return [];
      return [
        {
          code: "hard-coded-output",
          message: `${file.path}:${node.line} ${name} answers ${answer.slice(0, 40)} whatever the object holds; compute the answer`,
          path: file.path,
          line: node.line,
        },
      ];
    }
    if (inputs.some((input) => used.has(input)) || intent.says(last, /\b(?:always|constant|ignor\w*|unused|no-?op)\b/i))
      return [];
    return [
      {
        code: "hard-coded-output",
        message: `${file.path}:${node.line} ${name} never looks at ${inputs.join(", ")}; compute the answer from the input`,
        path: file.path,
        line: node.line,
      },
    ];
  });
}
