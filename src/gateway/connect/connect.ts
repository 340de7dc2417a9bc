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
import type { ClientFile, ClientName, ClientSettings } from "./clients.ts";
import { backUp, missingFolders, readSettings, removeFolders, removeSettings, writeSettings } from "./settings-file.ts";
import { withItem, withoutItem } from "./list-items.ts";
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
  /** There was no file before allot. */
  created: z.boolean(),
  /** The copy of the file as it was before allot; null: there was no file. Undefined: no longer all that there was. */
  original: z.string().nullable().optional(),
  /** Folders that allot made for it. */
  folders: z.array(z.string()).optional(),
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
      /** Where one item of a list is ours: its text. */
      item: z.string().optional(),
    }),
  ),
});

type Note = z.infer<typeof NOTE>;

/** Puts a client's settings into its files. Idempotent. Throws `input-invalid` and `file-unusable`. */
export async function connectClient(
  name: ClientName,
  client: ClientSettings,
  desk: Desk,
): Promise<readonly FileChange[]> {
  await checkFiles(client);
  const changes: FileChange[] = [];
  for (const file of client.files) changes.push(await connectFile(name, file, desk));
  return changes;
}

async function connectFile(name: ClientName, file: ClientFile, desk: Desk): Promise<FileChange> {
  const { path, form } = file;
  const text = await readSettings(path);
  const note = await readNote(name, file, desk);
  return readable(path, async () => {
    const start = text ?? form.empty;
    const written = valuesFor(file, start, note);
    const after = withWritten(form, start, written);
    if (after === text) return { path, changed: false, backup: null };
    const backup = text === undefined ? null : await backUp(path, desk.clock.now());
    const isOurs = note !== undefined && text !== undefined && sha256(text) === note.written;
    // The note first: without it nobody could take back what is written next.
    await writeNote(name, desk, {
      path,
      created: text === undefined || (note?.created ?? false),
      folders: [...missingFolders(path), ...(note?.folders ?? [])],
      original: isOurs ? note.original : note === undefined || text === undefined ? backup : undefined,
      written: sha256(after),
      values: written.map(({ place, value, item }) => ({
        ...stoodAt(form, start, place, note),
        place: [...place],
        after: value,
        ...(item === undefined ? {} : { item }),
      })),
    });
    await writeSettings(path, after);
    return { path, changed: true, backup };
  });
}

/** What is written where: for an item of a list the whole list. */
interface Written {
  readonly place: Place;
  readonly value: string;
  readonly item?: string;
}

/** What a file's values come to in a text: an item added once to what is there, what a user has of their own left alone. Pure. */
function valuesFor({ form, values }: ClientFile, text: string, note: Note | undefined): readonly Written[] {
  return values.flatMap(({ place, value, manner }): readonly Written[] => {
    const now = form.read(text, place);
    const noted = notedAt(note, place);
    if (manner === "append") {
      const others = now === undefined || noted?.item === undefined ? now : withoutItem(now, noted.item);
      return [{ place, value: withItem(others, value), item: value }];
    }
    const isUsers = manner === "if-absent" && now !== undefined && now !== value && noted?.after !== now;
    return isUsers ? [] : [{ place, value }];
  });
}

function notedAt(note: Note | undefined, place: Place): Note["values"][number] | undefined {
  return note?.values.find((value) => value.place.join("\0") === place.join("\0"));
}

function withWritten(form: TextForm, text: string, written: readonly Written[]): string {
  return written.reduce((now, { place, value }) => form.write(now, place, value), text);
}

/** What stood at a place before allot: as noted, unless somebody has put something else there since. */
function stoodAt(form: TextForm, text: string, place: Place, note: Note | undefined) {
  const now = form.read(text, place) ?? null;
  const noted = notedAt(note, place);
  if (noted !== undefined && noted.after === now) return { before: noted.before, parents: noted.parents };
  return { before: now, parents: form.parents(text, place) };
}

/** Takes a client's settings out again. Idempotent. Throws `input-invalid` and `file-unusable`. */
export async function disconnectClient(
  name: ClientName,
  client: ClientSettings,
  desk: Desk,
): Promise<readonly Disconnected[]> {
  const changes: Disconnected[] = [];
  const folders: string[] = [];
  for (const file of client.files) {
    const note = await readNote(name, file, desk);
    changes.push(await disconnectFile(name, file, note, desk));
    folders.push(...(note?.folders ?? []));
  }
  await removeFolders(folders);
  return changes;
}

async function disconnectFile(
  name: ClientName,
  file: ClientFile,
  note: Note | undefined,
  desk: Desk,
): Promise<Disconnected> {
  const { path, form } = file;
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
    const isEmpty = note.created && result.trim() === form.empty.trim();
    await (isEmpty ? removeSettings(path) : writeSettings(path, result));
    return { path, changed: true, backup, left };
  });
  await removeSettings(noteOf(name, file, desk));
  return done;
}

/** The file as it was before allot; null: there was none; undefined: nobody knows all of it any more. */
async function originalOf({ original }: Note): Promise<string | null | undefined> {
  return typeof original === "string" ? readSettings(original) : original;
}

function takeOut(form: TextForm, text: string, { values }: Note): { result: string; left: readonly string[] } {
  const left: string[] = [];
  let result = text;
  for (const { place, before, parents, after, item } of values) {
    const now = form.read(result, place);
    const others = now === undefined || item === undefined ? now : withoutItem(now, item);
    if (now !== after && others === now) left.push(place.join("."));
    else if (now !== after && others !== undefined && others !== "[]") result = form.write(result, place, others);
    else result = before === null ? form.remove(result, place, parents) : form.write(result, place, before);
  }
  return { result, left };
}

/** Reads a client's files as they would be changed. Throws `input-invalid` and `file-unusable` as `connectClient` would. */
export async function checkFiles({ files }: ClientSettings): Promise<void> {
  for (const file of files) {
    const text = (await readSettings(file.path)) ?? file.form.empty;
    await readable(file.path, () => Promise.resolve(withValues(file, text)));
  }
}

/** The text with all that goes into the file. Pure. */
export function withValues(file: ClientFile, text: string): string {
  return withWritten(file.form, text, valuesFor(file, text, undefined));
}

/** Whether allot has set this client up here. */
export async function isConnected(name: ClientName, { files }: ClientSettings, desk: Desk): Promise<boolean> {
  for (const file of files) if ((await readNote(name, file, desk)) !== undefined) return true;
  return false;
}

/** The key that a client's files hold; undefined where they hold none. Throws `input-invalid`. */
export async function keyInFiles({ files }: ClientSettings): Promise<string | undefined> {
  for (const { path, form, keyPlace } of files) {
    const text = keyPlace === undefined ? undefined : await readSettings(path);
    if (text === undefined || keyPlace === undefined) continue;
    const value = await readable(path, () => Promise.resolve(form.read(text, keyPlace)));
    if (value !== undefined) return value.replaceAll(/^["']|["']$/g, "");
  }
  return undefined;
}

/** One note for each file: a variable may point a client at several. */
function noteOf(name: ClientName, { path }: { readonly path: string }, desk: Desk): string {
  return join(desk.folder, `${name}-${sha256(path).slice(0, 12)}.json`);
}

async function readNote(name: ClientName, file: ClientFile, desk: Desk): Promise<Note | undefined> {
  const path = noteOf(name, file, desk);
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
