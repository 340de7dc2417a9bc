import { dirname, join } from "node:path";
import { parse as parseYaml } from "yaml";
import { AllotError } from "../foundation/errors.ts";
import type { RawFile } from "./config.ts";

/** Reads a text file; undefined when there is none. */
export type ReadFile = (path: string) => string | undefined;

const PROJECT_FILES = [
  "allot.config.json",
  "allot.config.yaml",
  "allot.config.yml",
  ".allot/config.json",
  ".allot/config.yaml",
  ".allot/config.yml",
];

const USER_FILES = ["config.json", "config.yaml", "config.yml"];

/**
 * The project's file: looked for in `folder` and upwards, as far as the repository's root. Two in one folder are an
 * error, because only one of them could win. Those of ALLOT_HOME are the user's: in the home folder they have the name of a
 * project's, and are passed over. Throws `config-invalid`, and `file-not-found` where `folder` is no folder.
 */
export function readProjectFile(folder: string, allotHome: string, readFile: ReadFile): RawFile | undefined {
  for (let here = folder; ; here = dirname(here)) {
    const names = PROJECT_FILES.filter((name) => dirname(join(here, name)) !== allotHome);
    const found = readOne(here, names, readFile);
    const isRoot = isFile(join(here, ".git", "HEAD"), readFile) || isFile(join(here, ".git"), readFile);
    if (found !== undefined || isRoot || dirname(here) === here) return found;
  }
}

/** A `.git` that is an empty folder cannot be read, and is no repository. */
function isFile(path: string, readFile: ReadFile): boolean {
  try {
    return readFile(path) !== undefined;
  } catch {
    return false;
  }
}

/** The user's own file in ALLOT_HOME. Throws as `readProjectFile` does. */
export function readUserFile(allotHome: string, readFile: ReadFile): RawFile | undefined {
  return readOne(allotHome, USER_FILES, readFile);
}

function readOne(folder: string, names: readonly string[], readFile: ReadFile): RawFile | undefined {
  const found = names.flatMap((name) => {
    const path = join(folder, name);
    const text = readSafely(path, readFile);
    return text === undefined ? [] : [{ path, text }];
  });
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (second !== undefined) {
    throw new AllotError("config-invalid", `${first.path} and ${second.path} both exist; keep one of them`);
  }
  return { path: first.path, values: parse(first.path, first.text) };
}

/** What the system says where a file cannot be read, in our words. */
function readSafely(path: string, readFile: ReadFile): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR") {
      const text = `${dirname(path)} is not a folder, but a folder is needed there: a file stands at it or on the way to it`;
      throw new AllotError("file-not-found", text, { cause: error });
    }
    throw new AllotError("config-invalid", `${path} cannot be read: ${code ?? message}`, { cause: error });
  }
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  let values: unknown;
  try {
    // An empty file states nothing.
    values =
      text.trim() === "" ? {} : path.endsWith(".json") ? JSON.parse(text) : parseYaml(text, { maxAliasCount: 0 });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new AllotError(
      "config-invalid",
      `${path} cannot be read as ${path.endsWith(".json") ? "JSON" : "YAML"}: ${reason}`,
      {
        cause: error,
      },
    );
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new AllotError("config-invalid", `${path} must hold an object of options`);
  }
  return values as Record<string, unknown>;
}
