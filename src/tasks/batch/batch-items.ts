import type { Codebase, FileFacts, ModuleFacts } from "../../codebase/facts/facts.ts";
import { AllotError } from "../../foundation/errors.ts";
import type { WorkSpec } from "../work.ts";

/** The items of a folder, and what of it is none. */
export interface FolderItems {
  /** A module's name, or a file's path where a module is one file; critical ones first. */
  readonly targets: readonly string[];
  /** Files of the folder that are no code, by role. */
  readonly passedOver: Readonly<Record<string, number>>;
}

/**
 * One item a module of the folder, tests included; a module of one file is told by its path. `directory` is relative to the
 * codebase's root, "" for all of it. Pure. Throws `file-not-found` where the folder holds no code.
 */
export function itemsOfFolder(codebase: Codebase, directory: string): FolderItems {
  const inside = codebase.files.filter((file) => isBelow(file.path, directory));
  const modules = codebase.modules
    .filter(({ files }) => files.some((path) => isBelow(path, directory)))
    .toSorted((a, b) => b.criticality.score - a.criticality.score || (a.name < b.name ? -1 : 1));
  const inModules = new Set(modules.flatMap(({ files }) => files));
  const alone = inside.filter(({ path, role }) => !inModules.has(path) && isCode(role)).map(({ path }) => path);
  const targets = [...modules.map((module) => targetOf(module)), ...alone];
  if (targets.length === 0) {
    const what = inside.length === 0 && directory !== "" ? "is no folder of it that is read" : "holds no code";
    throw new AllotError(
      "file-not-found",
      `${directory === "" ? "the codebase" : directory} ${what}: ${codebase.root}`,
    );
  }
  const passedOver: Record<string, number> = {};
  for (const { path, role } of inside) {
    if (!inModules.has(path) && !isCode(role)) passedOver[role] = (passedOver[role] ?? 0) + 1;
  }
  return { targets, passedOver };
}

/** What an item's target means: a module's files inside of the folder, or one file. Pure. */
export function targetOfItem(codebase: Codebase, directory: string, target: string): WorkSpec["target"] {
  const module = codebase.modules.find(({ name }) => name === target);
  if (module === undefined) return { by: "paths", paths: [target] };
  const files = module.files.filter((path) => isBelow(path, directory));
  return files.length === module.files.length ? { by: "modules", names: [target] } : { by: "paths", paths: files };
}

function targetOf({ name, files }: ModuleFacts): string {
  return files.length === 1 && files[0] !== undefined ? files[0] : name;
}

function isCode(role: FileFacts["role"]): boolean {
  return role === "code" || role === "test";
}

function isBelow(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}
