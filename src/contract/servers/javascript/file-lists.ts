import { type Call, fields, type Foreign, list, plainText, text, type Value } from "../../javascript/values.ts";
import type { SourceTree } from "../../source-tree.ts";
import { memberNames } from "./framework.ts";

/** Names of what stands in a folder, by the functions that code lists folders with; undefined for all other calls. */
export function filesOf(tree: SourceTree, foreign: Foreign, call: Call): Value | undefined {
  if (!/^(?:node:)?fs(?:\/promises)?$|^fs-extra$|^graceful-fs$/.test(foreign.package)) return undefined;
  const name = memberNames(foreign)?.at(-1);
  if (name !== "readdirSync" && name !== "readdir") {
    return name === "existsSync" ? isThere(tree, call) : undefined;
  }
  const folder = folderOf(call.args[0]?.value());
  if (folder === undefined) return undefined;
  const withTypes = call.args[1]?.value();
  const names = namesIn(tree, folder);
  const listed = names.map(([entry, isFolder]): Value => {
    if (withTypes?.kind !== "fields" || !withTypes.fields.has("withFileTypes")) return text(entry);
    const say = (answer: boolean): Value => ({
      kind: "native",
      type: "entry",
      member: () => undefined,
      call: () => ({ kind: "constant", value: answer }),
    });
    return fields([
      ["name", text(entry)],
      ["isDirectory", say(isFolder)],
      ["isFile", say(!isFolder)],
    ]);
  });
  const made = list(listed);
  const [, , ...rest] = call.args;
  const back = [call.args[1]?.value(), ...rest.map((one) => one.value())].find((one) => one?.kind === "function");
  return back === undefined ? made : undefined;
}

function isThere(tree: SourceTree, call: Call): Value | undefined {
  const path = folderOf(call.args[0]?.value());
  if (path === undefined) return undefined;
  return { kind: "constant", value: tree.files.some((file) => file === path || file.startsWith(`${path}/`)) };
}

/** A place in the project as the code has it ("/src/routes"), relative to the root. */
export function folderOf(value: Value | undefined): string | undefined {
  const plain = plainText(value);
  return plain === undefined || !plain.startsWith("/") ? undefined : plain.replaceAll(/^\/+|\/+$/g, "");
}

/** Files and folders right in a folder, sorted. */
export function namesIn(tree: SourceTree, folder: string): readonly (readonly [name: string, isFolder: boolean])[] {
  const before = folder === "" ? "" : `${folder}/`;
  const names = new Map<string, boolean>();
  for (const file of tree.files) {
    if (!file.startsWith(before)) continue;
    const [name = "", ...rest] = file.slice(before.length).split("/");
    names.set(name, rest.length > 0);
  }
  return [...names].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
