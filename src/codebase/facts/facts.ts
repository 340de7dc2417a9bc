import type { FileImport, FileSymbol, Language } from "../languages/languages.ts";
import type { SecretFinding } from "../secrets/secrets.ts";

/**
 * A codebase as facts: which files there are, what each declares and imports, how large it is in tokens, how often it
 * changed, and how much depends on it. Everything that packs, lists or explains code reads these and nothing else.
 *
 * Invariants: every file of the repository is either in `files` or in `leftOut` with its reason; the same contents and the
 * same history give equal facts, whatever was cached; nothing outside the root is read, symbolic links are not followed.
 *
 * `readCodebase` stands in read-codebase.ts.
 */
export interface Codebase {
  /** Absolute path of the repository's root, or of the folder where there is no repository. */
  readonly root: string;
  /** The commit that is checked out; null where there is none. */
  readonly commit: string | null;
  /** Sorted by path, by code units. */
  readonly files: readonly FileFacts[];
  /** Sorted by name. A file of code belongs to exactly one. */
  readonly modules: readonly ModuleFacts[];
  readonly leftOut: readonly LeftOut[];
}

export interface FileFacts {
  /** Relative to the root, with "/". */
  readonly path: string;
  readonly language: Language;
  /** code: is imported and run. test: checks code. docs: for people. config: read by programs, few. data: the rest. */
  readonly role: "code" | "test" | "docs" | "config" | "data";
  readonly bytes: number;
  readonly lines: number;
  /** SHA-256 of the bytes, hex. */
  readonly hash: string;
  /** Tokens of the whole text by o200k, never below the truth. */
  readonly tokens: number;
  /** False: the bytes are no UTF-8; the file has no symbols and is cut at lines. */
  readonly isUtf8: boolean;
  /** In the order of their start; members after what holds them. Byte offsets. */
  readonly symbols: readonly FileSymbol[];
  readonly imports: readonly ResolvedImport[];
  /** Why a program starts here ("package.json bin", "if __name__ == main"); null where none does. */
  readonly entry: string | null;
  /** Commits of the last 2,000 that changed it. */
  readonly changes: number;
  /** Redacted before anything is sent. */
  readonly secrets: readonly SecretFinding[];
}

export interface ResolvedImport extends FileImport {
  /** Path of the file it means; null where it is none of this repository's. */
  readonly target: string | null;
}

/** The unit of import: a file of Python, JavaScript, Ruby ...; a folder of Go. */
export interface ModuleFacts {
  /** Unique, without white space and "/": "gateway.paid.targets". What `--module` takes. */
  readonly name: string;
  readonly files: readonly string[];
  readonly tokens: number;
  readonly criticality: Criticality;
  /** Names of modules, sorted. */
  readonly imports: readonly string[];
  readonly importedBy: readonly string[];
}

/** How much depends on a module, and why. `score` is the weighted sum of `parts`, 0 to 1. */
export interface Criticality {
  readonly score: number;
  readonly isCritical: boolean;
  readonly parts: readonly CriticalityPart[];
}

export interface CriticalityPart {
  readonly name: "imported-by" | "churn" | "size" | "entry-point" | "name";
  /** 0 to 1, before its weight. */
  readonly value: number;
  readonly weight: number;
  /** For people: "imported by 41 of 208 modules". */
  readonly why: string;
}

export interface LeftOut {
  readonly path: string;
  readonly bytes: number;
  readonly reason: LeftOutReason;
  /** What showed it: a rule, a marker, a line length. */
  readonly detail: string;
}

export type LeftOutReason =
  | "ignored"
  | "generated"
  | "minified"
  | "vendored"
  | "lock-file"
  | "binary"
  | "too-large"
  | "link"
  | "unreadable"
  | "secret-file";

export interface ReadOptions {
  /** Where facts are kept between calls, by content hash; absent: nowhere. */
  readonly cacheFolder?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly read: number; readonly files: number }) => void;
}
