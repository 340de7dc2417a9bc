import { isUtf8 } from "node:buffer";

/** The name of a file as its folder holds it. */
export interface FoundName {
  /** Relative to the root, with "/"; bytes that are no UTF-8 written as \xNN. */
  readonly path: string;
  /** The bytes of a name that is no UTF-8: no text can open it. Null for all others. */
  readonly raw: Buffer | null;
}

/** The name that `bytes` spell. Pure. */
export function nameOf(bytes: Buffer): FoundName {
  if (isUtf8(bytes)) return { path: bytes.toString("utf8"), raw: null };
  let path = "";
  for (const byte of bytes) path += byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`;
  return { path, raw: bytes };
}

/** The names in NUL-separated output, each once, in its order. Pure. */
export function namesIn(bytes: Buffer): readonly FoundName[] {
  if (isUtf8(bytes)) {
    const paths = new Set(bytes.toString("utf8").split("\0"));
    paths.delete("");
    return Array.from(paths, (path) => ({ path, raw: null }));
  }
  const names = new Map<string, FoundName>();
  for (let from = 0; from < bytes.length;) {
    const nul = bytes.indexOf(0, from);
    const end = nul < 0 ? bytes.length : nul;
    if (end > from) {
      const name = nameOf(bytes.subarray(from, end));
      names.set(name.path, name);
    }
    from = end + 1;
  }
  return [...names.values()];
}

/** The folder of a path, "" at the root. Pure. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

/** The last part of a path. Pure. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Order by code units, the one order of everything that is listed. Pure. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
