import type { ClientFile, ClientName, ClientSettings } from "../../../gateway/connect/clients.ts";
import { type Disconnected, type FileChange, withValues } from "../../../gateway/connect/connect.ts";
import { shellQuoted } from "../../../gateway/connect/shell-quoted.ts";
import { displayWidth } from "../../../foundation/table.ts";
import { wrapText } from "../fit.ts";

/** One client and what was done to its files, if anything. */
export interface ShownConnection {
  readonly name: ClientName;
  readonly client: ClientSettings;
  readonly address: string;
  readonly changes?: readonly (FileChange | Disconnected)[] | undefined;
  /** A key that was made for it: shown this once. */
  readonly newKey?: string | undefined;
  /** What stands where a key would: nobody has given one. */
  readonly standsFor?: string | undefined;
}

interface Form {
  readonly columns: number;
  readonly program: string;
}

/** Whether a client's files hold its key; else it reads it from a variable. */
export function holdsKey({ files }: ClientSettings): boolean {
  return files.some(({ keyPlace }) => keyPlace !== undefined);
}

/** What goes into a client's files, and the variables that do the same. Pure. */
export function settingsScreen(
  { name, client, address, standsFor }: ShownConnection,
  { columns, program }: Form,
): readonly string[] {
  const files = fileTexts(client, columns);
  const keyHint = `${standsFor} stands for a key: ${program} key create ${name} makes one, --write does it by itself.`;
  return [
    ...wrapText(`${client.title} through the gateway at ${address}`, columns),
    "",
    ...files,
    holdsKey(client) ? "or for one shell:" : "and in the shell:",
    "",
    ...exportLines(client.env),
    "",
    ...remarks(client, columns),
    ...(standsFor === undefined ? [] : wrapText(keyHint, columns)),
    ...wrapText(`${program} connect ${name} --write does it; a copy of what is there stays beside it.`, columns),
  ];
}

/** What goes into each file; of files that are allot's whole only where they are. */
function fileTexts({ files }: ClientSettings, columns: number): readonly string[] {
  const [whole, parts] = [files.filter(isWhole), files.filter((file) => !isWhole(file))];
  const shown = parts.flatMap((file) => [
    ...wrapText(`in ${file.path}:`, columns),
    "",
    ...valueLines(file, columns),
    "",
  ]);
  const listed =
    whole.length === 0 ? [] : ["and as files of its own:", "", ...whole.map(({ path }) => `  ${path}`), ""];
  return [...shown, ...listed];
}

/** What goes into a file, to be copied as it stands: JSON that is too wide stands a value a line. */
function valueLines(file: ClientFile, columns: number): readonly string[] {
  const text = withValues(file, file.form.empty).trimEnd();
  const lines = text.split("\n");
  const isWide = lines.some((line) => displayWidth(line) > columns);
  return isWide && text.startsWith("{") ? JSON.stringify(JSON.parse(text), null, 2).split("\n") : lines;
}

function isWhole({ values }: ClientFile): boolean {
  return values.some(({ place }) => place.length === 0);
}

/** What goes, went or was taken out of a project's folder. Pure. */
export function projectScreen(
  { name, client, address, changes, isUndone }: ShownConnection & { readonly isUndone: boolean },
  { columns, program }: Form,
): readonly string[] {
  const again = `${program} connect ${name} --repo ${shellQuoted(address)}`;
  if (changes === undefined) {
    return [
      ...wrapText(`${client.title}'s skill and tools for all who work in ${address}`, columns),
      "",
      ...fileTexts(client, columns),
      ...wrapText(`${again} --write does it; what is there stays beside it as a copy.`, columns),
    ];
  }
  const isChanged = changes.some(({ changed }) => changed);
  const what = isUndone ? "are out again" : "are set up";
  const done = isChanged ? `${client.title}'s skill and tools in ${address} ${what}` : "nothing had to be changed";
  return [
    ...wrapText(done, columns),
    ...fileLines(changes),
    ...changes.flatMap(leftIn).flatMap((place) => wrapText(`left, because it was changed since: ${place}`, columns)),
    ...(isUndone ? [] : wrapText(`${again} --undo takes it back.`, columns)),
  ];
}

/** What was put into a client's files. Pure. */
export function connectedScreen(
  { name, client, address, changes = [], newKey }: ShownConnection,
  { columns, program }: Form,
): readonly string[] {
  const done = changes.some(({ changed }) => changed)
    ? `${client.title} now goes through the gateway at ${address}`
    : `${client.title} goes through the gateway at ${address} already; nothing was changed`;
  const keyTitle = `its key, shown this once (${program} key list knows it as ${name}):`;
  return [
    ...wrapText(done, columns),
    ...fileLines(changes),
    ...(newKey === undefined ? [] : ["", ...wrapText(keyTitle, columns), newKey]),
    ...(holdsKey(client) ? [] : ["", ...exportLines(client.env)]),
    "",
    ...remarks(client, columns),
    ...wrapText(`${program} connect ${name} --undo takes it back.`, columns),
  ];
}

/** What was taken out of a client's files. Pure. */
export function disconnectedScreen({ client, changes = [] }: ShownConnection, { columns }: Form): readonly string[] {
  const left = changes.flatMap(leftIn);
  const isChanged = changes.some(({ changed }) => changed);
  const nothing =
    left.length > 0
      ? `${client.title}'s settings were changed since, so they were left`
      : `nothing to take back: allot has changed nothing of ${client.title}'s here`;
  return [
    ...wrapText(isChanged ? `${client.title} has its own settings again` : nothing, columns),
    ...fileLines(changes),
    ...left.flatMap((place) => wrapText(`left, because it was changed since: ${place}`, columns, "  ", "    ")),
  ];
}

/** The same for programs. Pure. */
export function connectJson({ name, client, address, changes, newKey }: ShownConnection): Record<string, unknown> {
  const { env, settings, files } = client;
  return {
    client: name,
    address,
    files: (changes ?? files.map(({ path }) => ({ path, changed: false, backup: null }))).map((change) => ({
      path: change.path,
      changed: change.changed,
      backup: change.backup,
      ...(leftIn(change).length === 0 ? {} : { left: leftIn(change) }),
    })),
    env,
    settings,
    ...(newKey === undefined ? {} : { key: newKey }),
  };
}

function leftIn(change: FileChange | Disconnected): readonly string[] {
  return "left" in change ? change.left : [];
}

/** Paths stay whole, so that they can be copied. */
function fileLines(changes: readonly FileChange[]): string[] {
  return changes
    .filter(({ changed }) => changed)
    .flatMap(({ path, backup }) => [`  file    ${path}`, ...(backup === null ? [] : [`  backup  ${backup}`])]);
}

function exportLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
}

function remarks(client: ClientSettings, columns: number): string[] {
  return client.remarks.length === 0 ? [] : [...client.remarks.flatMap((remark) => wrapText(remark, columns)), ""];
}
