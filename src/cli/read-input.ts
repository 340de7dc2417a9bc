import { readFileSync } from "node:fs";
import { AllotError } from "../foundation/errors.ts";
import type { CommandInput, Io } from "./command.ts";

/** More text than this is no task. */
const MOST_CHARACTERS = 1_000_000;

/** The text a command is about: what was typed, or the whole of stdin for "-". Throws `usage` where there is none. */
export async function readTaskText(input: CommandInput, io: Io, command: string): Promise<string> {
  const [first, ...more] = input.positionals;
  if (first === undefined)
    throw new AllotError(
      "usage",
      `allot ${command} wants a text: allot ${command} "Fix the login button", or - for stdin`,
    );
  if (more.length === 0 && first === "-") return readAll(io);
  return input.positionals.join(" ");
}

/** The whole of stdin, trimmed. Throws `input-invalid` for more than `most` bytes. */
export async function readAll(io: Io, most = MOST_CHARACTERS): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of io.stdin) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    length += bytes.length;
    if (length > most) throw new AllotError("input-invalid", `stdin holds more than ${most} bytes`);
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString("utf8").trim();
}

/**
 * The texts of a file with one JSON object `{"text": …}` a line, in order; other fields are passed over. Throws
 * `file-not-found`, or `input-invalid` with the number of the first line that holds something else.
 */
export function readTexts(path: string): readonly string[] {
  const lines = readLines(path);
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line, index) => {
    const place = `${path}:${index + 1}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (cause) {
      const met = line.trim() === "" ? "is empty" : "is no JSON";
      throw new AllotError(
        "input-invalid",
        `${place} ${met}; every line is an object like {"text": "Fix the button"}`,
        {
          cause,
        },
      );
    }
    if (typeof row === "object" && row !== null && "text" in row && typeof row.text === "string") return row.text;
    throw new AllotError(
      "input-invalid",
      `${place} has no "text" that is text; every line is an object like {"text": "…"}`,
    );
  });
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .replace(/^\uFEFF/, "")
      .split(/\r?\n/);
  } catch (cause) {
    throw new AllotError("file-not-found", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
