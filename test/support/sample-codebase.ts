import type { Codebase, FileFacts, ModuleFacts } from "../../src/codebase/facts/facts.ts";

/** What a test says of one file; the rest is filled in. */
export interface SampleFile {
  readonly path: string;
  readonly tokens: number;
  readonly entry?: string;
  /** Criticality of its module, 0 to 1; without it the file is no code. */
  readonly score?: number;
  readonly critical?: boolean;
  readonly why?: string;
}

/** Facts of a codebase that is not on any disk, for what only reads facts. */
export function sampleCodebase(
  files: readonly SampleFile[],
  leftOut: Codebase["leftOut"] = [],
  root = "/repo/shop",
): Codebase {
  return {
    root,
    commit: "0123456789abcdef0123456789abcdef01234567",
    files: files.map(fileOf).toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    modules: files
      .filter(({ score }) => score !== undefined)
      .map(moduleOf)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    leftOut,
  };
}

function fileOf({ path, tokens, entry, score }: SampleFile): FileFacts {
  return {
    path,
    tokens,
    language: "typescript",
    role: score === undefined ? "docs" : "code",
    bytes: tokens * 4,
    lines: Math.ceil(tokens / 10),
    hash: "0".repeat(64),
    isUtf8: true,
    symbols: [],
    imports: [],
    entry: entry ?? null,
    changes: 1,
    secrets: [],
  };
}

function moduleOf({
  path,
  tokens,
  score = 0,
  critical = false,
  why = "imported by 2 of 9 modules",
}: SampleFile): ModuleFacts {
  return {
    name: path.replace(/\.[^.]+$/, "").replaceAll("/", "."),
    files: [path],
    tokens,
    criticality: {
      score,
      isCritical: critical,
      parts: [
        { name: "churn", value: 0, weight: 0.3, why: "never changed" },
        { name: "imported-by", value: score, weight: 1, why },
      ],
    },
    imports: [],
    importedBy: [],
  };
}
