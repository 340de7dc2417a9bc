import { statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { AllotError } from "../../../../foundation/errors.ts";

export type OutputFormat = "markdown" | "json" | "sarif";

/** Where a result goes, as `--output` says it. */
export type Output =
  | { readonly kind: "screen" }
  | { readonly kind: "stream"; readonly format: OutputFormat }
  | { readonly kind: "file"; readonly path: string; readonly format: OutputFormat }
  | { readonly kind: "folder"; readonly path: string };

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  markdown: "markdown",
  md: "markdown",
  json: "json",
  sarif: "sarif",
};

/**
 * A format's name, else a folder where it ends in "/" or is one, else a file whose ending says the format (.json, .sarif,
 * else Markdown). Throws `usage` for a format that work of this kind does not have.
 */
export function readOutput(written: string | null, cwd: string): Output {
  if (written === null) return { kind: "screen" };
  const format = FORMATS[written.toLowerCase()];
  if (format !== undefined) return { kind: "stream", format };
  const path = resolve(cwd, written);
  if (written.endsWith("/") || isFolder(path)) return { kind: "folder", path };
  return { kind: "file", path, format: FORMATS[extname(written).slice(1).toLowerCase()] ?? "markdown" };
}

/** The file or folder that it names; null where it names none. */
export function pathOf(output: Output): string | null {
  return output.kind === "file" || output.kind === "folder" ? output.path : null;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The file of one piece of work in a folder: its module's name, or the kind's. Names of modules hold no "/". */
export function fileIn(folder: string, name: string): string {
  const safe = name.replaceAll(/[/\\\0]/g, "-").replace(/^\.+/, "_");
  if (safe === "") throw new AllotError("internal", `no file can be named after ${JSON.stringify(name)}`);
  return join(folder, `${safe}.md`);
}
