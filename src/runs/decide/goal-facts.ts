import { NUMBER_WORDS } from "../../foundation/number-words.ts";
import { lineCount } from "../plan/lint/file-rules.ts";
import { LIBRARIES, readSplitGoal } from "../plan/offline/split-goal.ts";
import { contradictionIn } from "./contradiction.ts";
import {
  CHANGE_VERBS,
  COUNTED,
  COUNTED_PLURAL,
  EMPTY_WORDS,
  EVERYWHERE,
  FAMILY_WORDS,
  KIND_WORDS,
  LARGE_WORDS,
  QUANTIFIED,
  QUICK_WORDS,
  VAGUE_WORDS,
  WHOLE_PROJECT,
} from "./goal-words.ts";
import { THRESHOLDS, type BadUseCase, type UseCase } from "./use-cases.ts";

/** What can be known of the repository: its files, and their text when asked for. */
export interface RepositoryFacts {
  readonly files: readonly string[];
  /** Text of a file; undefined where there is none or it is no text. Asked for the files that a goal names only. */
  read(path: string): Promise<string | undefined>;
}

/** What a goal says, read without a model. */
export interface GoalFacts {
  readonly goal: string;
  readonly isEmpty: boolean;
  /** Why it cannot be done as it stands; undefined where it can. */
  readonly contradiction: string | undefined;
  /** Files it names, each with its lines where known; `exists` false where the repository has none of that name. */
  readonly files: readonly { readonly name: string; readonly exists: boolean; readonly lines: number | undefined }[];
  /** Says what is to be changed and where, with nothing left to taste. */
  readonly isWellDefined: boolean;
  /** Similar edits it asks for: counted, or taken from the repository for "all" and "every". */
  readonly edits: number;
  /** Asks for a change and names something that can be looked for, be it only a feature. */
  readonly namesSubject: boolean;
  /** Pieces that could each be a mini-task. */
  readonly pieces: number;
  readonly touchesManyFiles: boolean;
  /** The kind of goal that is known to pay, if it is of one. */
  readonly family: UseCase["id"] | undefined;
  /** The kind of work that is not for mini-tasks, if it is of one. */
  readonly unsuited: BadUseCase["id"] | undefined;
}

/**
 * Reads a goal: files and numbers it names, words that show the kind of work. Deterministic: the same goal and repository
 * give the same facts. The words stand in `goal-words.ts`.
 */
export async function goalFacts(goal: string, repository: RepositoryFacts): Promise<GoalFacts> {
  const text = goal.replace(/\s+/g, " ").trim();
  const split = readSplitGoal(text);
  const asksForChange = CHANGE_VERBS.test(text);
  const files = await filesNamed(text, repository);
  const family = familyOf(text, split.kind === "split");
  const counts = countsIn(text, repository);
  const edits = Math.max(0, ...counts.map(({ count }) => count));
  const listed = listedItems(goal);
  const largest = Math.max(0, ...files.map(({ lines }) => lines ?? 0));
  const bySize = largest >= THRESHOLDS.linesOfOneFile ? Math.ceil(largest / THRESHOLDS.linesOfOneTask) : 0;
  const pieces = Math.max(edits, listed, files.length, family === "split" ? Math.max(2, bySize) : bySize);
  const many = new Set(files.map(({ name }) => name)).size >= THRESHOLDS.files || counts.some(({ inFiles }) => inFiles);
  return {
    goal: text,
    isEmpty: !/[\p{L}\p{N}]{2}/u.test(text),
    contradiction: contradictionIn(text, asksForChange),
    files,
    isWellDefined: isWellDefined(text, asksForChange, files.length > 0, edits),
    namesSubject: files.length > 0 || (asksForChange && namesSubject(text)),
    edits,
    pieces,
    touchesManyFiles: many || LARGE_WORDS.test(text) || bySize > 0 || listed >= THRESHOLDS.atomicTasks,
    family,
    unsuited: unsuitedOf(text, family),
  };
}

const FILE =
  /(?<![\w@/.-])(?:\.\/)?((?:[\w@.+-]+\/)*[\w@+-][\w@.+-]*\.(?:py|pyi|[cm]?[jt]sx?|java|go|rs|rb|php|c|cc|cpp|h|cs|kt|swift|md|rst|txt|json|ya?ml|toml|ini|cfg|css|scss|html|vue|svelte|sql|sh|proto))(?![\w/-]|\.\w)/gi;

async function filesNamed(text: string, repository: RepositoryFacts): Promise<GoalFacts["files"]> {
  const names = [...new Set([...text.matchAll(FILE)].map(([, name = ""]) => name))].filter(
    (name) => !LIBRARIES.test(name),
  );
  return Promise.all(
    names.map(async (name) => {
      const found = repository.files.filter((path) => path === name || path.endsWith(`/${name}`));
      const texts = await Promise.all(found.map((path) => repository.read(path)));
      const sizes = texts.flatMap((known) => (known === undefined ? [] : [lineCount(known)]));
      return { name, exists: found.length > 0, lines: sizes.length === 0 ? undefined : Math.max(...sizes) };
    }),
  );
}

function familyOf(text: string, isSplit: boolean): UseCase["id"] | undefined {
  if (isSplit) return "split";
  if (FAMILY_WORDS.documentation.test(text)) return "documentation";
  if (FAMILY_WORDS.tests.test(text)) return "tests";
  return FAMILY_WORDS.schema.test(text) ? "schema" : undefined;
}

/** A kind of work that mini-tasks cannot do. A plain split or a known family is none, whatever words surround it. */
function unsuitedOf(text: string, family: UseCase["id"] | undefined): BadUseCase["id"] | undefined {
  if (KIND_WORDS.interaction.test(text)) return "interaction";
  if (family === "split") return undefined;
  if (QUICK_WORDS.test(text) && !LARGE_WORDS.test(text)) return "quick-fix";
  if (KIND_WORDS.debugging.test(text)) return "debugging";
  if (KIND_WORDS.architecture.test(text)) return "architecture";
  // "Find all X and replace them" is an edit; "find all X" alone is a search.
  const looksOnly =
    KIND_WORDS.exploration.test(text) &&
    !CHANGE_VERBS.test(text.replace(KIND_WORDS.exploration, "").replace(/\b(?:is|are) used\b/g, ""));
  return looksOnly ? "exploration" : undefined;
}

interface Counted {
  readonly count: number;
  readonly inFiles: boolean;
}

function countsIn(text: string, repository: RepositoryFacts): readonly Counted[] {
  const counted = [...text.matchAll(COUNTED)].map(({ groups }): Counted => {
    const noun = groups?.["noun"] ?? "";
    return { count: numberOf(groups?.["count"] ?? ""), inFiles: isFileNoun(noun) };
  });
  const quantified = [...text.matchAll(QUANTIFIED)].map((match): Counted => {
    const noun = match.groups?.["noun"] ?? "";
    const known = isFileNoun(noun) ? filesOf(match[0], repository).length : 0;
    // "every docstring" says many; how many, only counting could tell.
    return { count: known > 0 ? known : THRESHOLDS.similarEdits, inFiles: isFileNoun(noun) };
  });
  const plural = [...text.matchAll(COUNTED_PLURAL)].map(({ groups }): Counted => ({
    count: Number(groups?.["count"]),
    inFiles: false,
  }));
  const sources = filesOf("files", repository).length;
  const whole = WHOLE_PROJECT.test(text) ? [{ count: sources, inFiles: true }] : [];
  const everywhere = EVERYWHERE.test(text) ? [{ count: THRESHOLDS.similarEdits, inFiles: true }] : [];
  return [...counted, ...plural, ...quantified, ...whole, ...everywhere].filter(({ count }) => count > 0);
}

const PHRASES: Readonly<Record<string, number>> = { "a dozen": 12, "dozens of": 24 };

function numberOf(text: string): number {
  const word = text.toLowerCase();
  return PHRASES[word] ?? NUMBER_WORDS[word] ?? Number(text);
}

function isFileNoun(noun: string): boolean {
  return /^(?:(?:test )?files?|modules?|services?|packages?|pages?|components?|schemas?|configs?|configurations?|manifests?|scripts?|documents?|docs|guides?|migrations?|views?|templates?)$/i.test(
    noun,
  );
}

/** Files of the repository that a phrase like "every config file" can mean. */
function filesOf(phrase: string, repository: RepositoryFacts): readonly string[] {
  const kinds: readonly [RegExp, RegExp][] = [
    [/\b(?:docs?|documents?|documentation|guides?|markdown|readmes?)\b/i, /\.(?:md|rst|txt)$/i],
    [/\b(?:config\w*|manifests?|schemas?|ya?ml|toml|json|settings)\b/i, /\.(?:json|ya?ml|toml|ini|cfg|proto)$/i],
    [/\btests?\b/i, /(?:^|\/)(?:tests?\/|test_|[^/]*[._](?:test|spec)\.)/i],
    [
      /\b(?:modules?|services?|packages?|components?|files?|scripts?)\b/i,
      /\.(?:py|[cm]?[jt]sx?|java|go|rs|rb|php|vue|svelte|cs|kt|swift)$/i,
    ],
  ];
  const kind = kinds.find(([words]) => words.test(phrase))?.[1];
  return kind === undefined ? [] : repository.files.filter((path) => kind.test(path));
}

/** Points of a list that the goal was written as. */
function listedItems(goal: string): number {
  return goal.split("\n").filter((line) => /^\s*(?:[-*+]|\d+[.)])\s+\S/.test(line)).length;
}

/** At least one word that is no filler: "add a dark mode" has one, "make it better" has none. */
function namesSubject(text: string): boolean {
  return text
    .toLowerCase()
    .split(/[^\p{L}\p{N}'-]+/u)
    .some((word) => word.length > 2 && !EMPTY_WORDS.has(word) && !CHANGE_VERBS.test(word));
}

function isWellDefined(text: string, asksForChange: boolean, namesFile: boolean, edits: number): boolean {
  if (!asksForChange || VAGUE_WORDS.test(text)) return false;
  const namesCode =
    /`[^`]+`|"[^"]+"|'[^']{2,}'|\b\w+\(\)|\b[a-z]+_[a-z_]+\b|\b[a-z]+[A-Z]\w+\b|\b[A-Z][a-z]+[A-Z]\w+\b/.test(text);
  return namesFile || namesCode || edits > 0;
}
