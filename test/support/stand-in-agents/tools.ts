import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** What a tool call came to. */
export interface Done {
  readonly output: string;
  readonly failed: boolean;
  /** A file that was written, or a command that was run. */
  readonly file?: string;
  readonly command?: string;
  readonly exitCode?: number;
}

/** Carries out what the model asks for; both agents' tools under either name. */
export async function carryOut(input: Readonly<Record<string, unknown>>, mayWrite: boolean): Promise<Done> {
  const file = [input["file_path"], input["path"]].find((path) => typeof path === "string");
  if (!mayWrite) return { output: "rejected: writing is blocked by read-only sandbox", failed: true };
  if (typeof file === "string") {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(resolve(file), textOf(input["content"]));
    return { output: `wrote ${file}`, failed: false, file };
  }
  const command = Array.isArray(input["command"]) ? input["command"].join(" ") : textOf(input["command"]);
  const child = spawn("/bin/sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (piece) => (output += String(piece)));
  child.stderr.on("data", (piece) => (output += String(piece)));
  const [code] = (await once(child, "close")) as [number | null];
  return { output, failed: code !== 0, command, exitCode: code ?? 1 };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export async function readInput(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin.setEncoding("utf8")) text += String(piece);
  return text;
}

export function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/** The value after a flag. */
export function valueOf(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}
