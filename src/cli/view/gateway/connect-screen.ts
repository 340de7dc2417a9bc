import type { ClientName, ClientSettings } from "../../../gateway/connect/clients.ts";
import { type Disconnected, type FileChange, withValues } from "../../../gateway/connect/connect.ts";
import { wrapText } from "../fit.ts";

/** One client and what was done to its file, if anything. */
export interface ShownConnection {
  readonly name: ClientName;
  readonly client: ClientSettings;
  readonly address: string;
  readonly change?: FileChange | Disconnected;
  /** A key that was made for it: shown this once. */
  readonly newKey?: string | undefined;
  /** What stands where a key would: nobody has given one. */
  readonly standsFor?: string | undefined;
}

interface Form {
  readonly columns: number;
  readonly program: string;
}

/** What goes into a client's file, and the variables that do the same. Pure. */
export function settingsScreen(
  { name, client, address, standsFor }: ShownConnection,
  { columns, program }: Form,
): readonly string[] {
  const text = withValues(client.form, client.values, client.form.empty);
  const keyHint = `${standsFor} stands for a key: ${program} key create ${name} makes one, --write does it by itself.`;
  return [
    ...wrapText(`${client.title} through the gateway at ${address}`, columns),
    "",
    ...wrapText(`in ${client.path}:`, columns),
    "",
    ...text.trimEnd().split("\n"),
    "",
    client.keyPlace === undefined ? "and in the shell:" : "or for one shell:",
    "",
    ...exportLines(client.env),
    "",
    ...remarks(client, columns),
    ...(standsFor === undefined ? [] : wrapText(keyHint, columns)),
    ...wrapText(`${program} connect ${name} --write puts it into the file, a copy of which stays beside it.`, columns),
  ];
}

/** What was put into a client's file. Pure. */
export function connectedScreen(
  { name, client, address, change, newKey }: ShownConnection,
  { columns, program }: Form,
): readonly string[] {
  const done =
    change?.changed === true
      ? `${client.title} now goes through the gateway at ${address}`
      : `${client.title} goes through the gateway at ${address} already; nothing was changed`;
  return [
    ...wrapText(done, columns),
    ...fileLines(client, change),
    ...(newKey === undefined
      ? []
      : ["", ...wrapText(`its key, shown this once (${program} key list knows it as ${name}):`, columns), newKey]),
    ...(client.keyPlace === undefined ? ["", ...exportLines(client.env)] : []),
    "",
    ...remarks(client, columns),
    ...wrapText(`${program} connect ${name} --undo takes it back.`, columns),
  ];
}

/** What was taken out of a client's file. Pure. */
export function disconnectedScreen({ client, change }: ShownConnection, { columns }: Form): readonly string[] {
  const left = leftIn(change);
  const done =
    change?.changed === true
      ? `${client.title} has its own settings again`
      : `nothing to take back: allot has changed nothing of ${client.title}'s here`;
  return [
    ...wrapText(
      left.length > 0 && change?.changed !== true ? `${client.title}'s settings were changed since, and left` : done,
      columns,
    ),
    ...fileLines(client, change),
    ...left.flatMap((place) => wrapText(`left, because it was changed since: ${place}`, columns, "  ", "    ")),
  ];
}

/** The same for programs. Pure. */
export function connectJson({ name, client, address, change, newKey }: ShownConnection): Record<string, unknown> {
  const { env, settings, path } = client;
  const done =
    change === undefined ? { changed: false, backup: null } : { changed: change.changed, backup: change.backup };
  const left = leftIn(change);
  return {
    client: name,
    address,
    files: [{ path, ...done, ...(left.length === 0 ? {} : { left }) }],
    env,
    settings,
    ...(newKey === undefined ? {} : { key: newKey }),
  };
}

function leftIn(change: ShownConnection["change"]): readonly string[] {
  return change !== undefined && "left" in change ? change.left : [];
}

/** Paths stay whole, so that they can be copied. */
function fileLines({ path }: ClientSettings, change: FileChange | undefined): string[] {
  if (change?.changed !== true) return [];
  return [`  file    ${path}`, ...(change.backup === null ? [] : [`  backup  ${change.backup}`])];
}

function exportLines(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `export ${name}=${shellQuoted(value)}`);
}

function shellQuoted(value: string): string {
  return /^[\w./:@%+=-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

function remarks(client: ClientSettings, columns: number): string[] {
  return client.remarks.length === 0 ? [] : [...client.remarks.flatMap((remark) => wrapText(remark, columns)), ""];
}
