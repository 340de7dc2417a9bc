/**
 * Sets programs up for the gateway in their own settings files, and takes it back.
 *
 * Invariants: all that allot did not put there stays byte for byte; a file that cannot be read as what it should be is left
 * as it was; before a file is changed a copy stands beside it; doing it twice changes nothing the second time; taking it back
 * gives the file as it was, or, where the user has changed it since, the values that stood there before.
 *
 * What stood there is noted in ALLOT_HOME (mode 0600: it may hold a key of the user's). Rejected: finding it out of the
 * backups, which says nothing of who wrote the last one.
 */
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../foundation/clock.ts";
import { isAllotError, AllotError } from "../../foundation/errors.ts";
import { sha256 } from "../../foundation/ids.ts";
import type { ClientName, ClientSettings } from "./clients.ts";
import { backUp, readSettings, removeSettings, writeSettings } from "./settings-file.ts";
import type { Place, TextForm } from "./text-form.ts";

/** Where notes of what was changed are kept. */
export interface Desk {
  /** ALLOT_HOME/connections */
  readonly folder: string;
  readonly clock: Clock;
}

/** What was done to a client's file. */
export interface FileChange {
  readonly path: string;
  readonly changed: boolean;
  /** The copy of the file as it was; null where there was none, or nothing was changed. */
  readonly backup: string | null;
}

export interface Disconnected extends FileChange {
  /** Values that somebody has changed since, so they were left: "env.ANTHROPIC_BASE_URL". */
  readonly left: readonly string[];
}

const NOTE = z.object({
  path: z.string(),
  /** The copy of the file as it was before allot; null: there was no file. Undefined: no longer all that there was. */
  original: z.string().nullable().optional(),
  /** Hash of the text that allot left. */
  written: z.string(),
  values: z.array(
    z.object({
      place: z.array(z.string()),
      /** What stood there; null: nothing. */
      before: z.string().nullable(),
      /** How many of its parents were there. */
      parents: z.number(),
      after: z.string(),
    }),
  ),
});

type Note = z.infer<typeof NOTE>;

/** Puts a client's settings into its file. Idempotent. Throws `input-invalid` and `file-unusable`. */
export async function connectClient(name: ClientName, client: ClientSettings, desk: Desk): Promise<FileChange> {
  const { path, form, values } = client;
  const text = await readSettings(path);
  const note = await readNote(name, client, desk);
  return readable(path, async () => {
    const start = text ?? form.empty;
    const after = withValues(form, values, start);
    if (after === text) return { path, changed: false, backup: null };
    const backup = text === undefined ? null : await backUp(path, desk.clock.now());
    const isOurs = note !== undefined && text !== undefined && sha256(text) === note.written;
    // The note first: without it nobody could take back what is written next.
    await writeNote(name, desk, {
      path,
      original: isOurs ? note.original : note === undefined || text === undefined ? backup : undefined,
      written: sha256(after),
      values: values.map(({ place, value }) => ({
        ...stoodAt(form, start, place, note),
        place: [...place],
        after: value,
      })),
    });
    await writeSettings(path, after);
    return { path, changed: true, backup };
  });
}

/** What stood at a place before allot: as noted, unless somebody has put something else there since. */
function stoodAt(form: TextForm, text: string, place: Place, note: Note | undefined) {
  const now = form.read(text, place) ?? null;
  const noted = note?.values.find((value) => value.place.join("\0") === place.join("\0"));
  if (noted !== undefined && noted.after === now) return { before: noted.before, parents: noted.parents };
  return { before: now, parents: form.parents(text, place) };
}

/** Takes a client's settings out again. Idempotent. Throws `input-invalid` and `file-unusable`. */
export async function disconnectClient(name: ClientName, client: ClientSettings, desk: Desk): Promise<Disconnected> {
  const { path, form } = client;
  const note = await readNote(name, client, desk);
  const text = await readSettings(path);
  if (note === undefined) return { path, changed: false, backup: null, left: [] };
  const done = await readable(path, async (): Promise<Disconnected> => {
    if (text === undefined) return { path, changed: false, backup: null, left: [] };
    const whole = sha256(text) === note.written ? await originalOf(note) : undefined;
    if (whole !== undefined) {
      await (whole === null ? removeSettings(path) : writeSettings(path, whole));
      return { path, changed: true, backup: null, left: [] };
    }
    const { result, left } = takeOut(form, text, note);
    if (result === text) return { path, changed: false, backup: null, left };
    const backup = await backUp(path, desk.clock.now());
    const isEmpty = note.original === null && result.trim() === form.empty.trim();
    await (isEmpty ? removeSettings(path) : writeSettings(path, result));
    return { path, changed: true, backup, left };
  });
  await removeSettings(noteOf(name, client, desk));
  return done;
}

/** The file as it was before allot; null: there was none; undefined: nobody knows all of it any more. */
async function originalOf({ original }: Note): Promise<string | null | undefined> {
  return typeof original === "string" ? readSettings(original) : original;
}

function takeOut(form: TextForm, text: string, { values }: Note): { result: string; left: readonly string[] } {
  const left: string[] = [];
  let result = text;
  for (const { place, before, parents, after } of values) {
    if (form.read(result, place) !== after) left.push(place.join("."));
    else result = before === null ? form.remove(result, place, parents) : form.write(result, place, before);
  }
  return { result, left };
}

/** Reads a client's file as it would be changed. Throws `input-invalid` and `file-unusable` as `connectClient` would. */
export async function checkFile({ path, form, values }: ClientSettings): Promise<void> {
  const text = (await readSettings(path)) ?? form.empty;
  await readable(path, () => Promise.resolve(withValues(form, values, text)));
}

/** The text with all of a client's settings. Pure. */
export function withValues(form: TextForm, values: ClientSettings["values"], text: string): string {
  return values.reduce((now, { place, value }) => form.write(now, place, value), text);
}

/** Whether allot has set this client up in this file. */
export async function isConnected(name: ClientName, client: ClientSettings, desk: Desk): Promise<boolean> {
  return (await readNote(name, client, desk)) !== undefined;
}

/** The key that a connected client's file holds; undefined where it holds none. Throws `input-invalid`. */
export async function keyInFile({ path, form, keyPlace }: ClientSettings): Promise<string | undefined> {
  const text = keyPlace === undefined ? undefined : await readSettings(path);
  if (text === undefined || keyPlace === undefined) return undefined;
  const value = await readable(path, () => Promise.resolve(form.read(text, keyPlace)));
  return value?.replaceAll(/^["']|["']$/g, "");
}

/** One note for each file: a variable may point a client at several. */
function noteOf(name: ClientName, { path }: { readonly path: string }, desk: Desk): string {
  return join(desk.folder, `${name}-${sha256(path).slice(0, 12)}.json`);
}

async function readNote(name: ClientName, client: ClientSettings, desk: Desk): Promise<Note | undefined> {
  const path = noteOf(name, client, desk);
  const text = await readSettings(path);
  if (text === undefined) return undefined;
  try {
    return NOTE.parse(JSON.parse(text));
  } catch (cause) {
    throw new AllotError("input-invalid", `${path} is no note of allot's; remove it to begin anew`, { cause });
  }
}

async function writeNote(name: ClientName, desk: Desk, note: Note): Promise<void> {
  await writeSettings(noteOf(name, note, desk), `${JSON.stringify(note, null, 2)}\n`);
}

/** Faults of a text's form, with the file they are about. */
async function readable<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!isAllotError(error, "input-invalid") || error.message.startsWith(path)) throw error;
    throw new AllotError("input-invalid", `${path}, ${error.message}; the file was left as it is`, { cause: error });
  }
}
