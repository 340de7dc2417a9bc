import { createHash } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What decides the facts of a file and its chunks besides its bytes: our readers, and the packages that package.json pins. */
const DECIDING = [
  "../",
  "../../languages/",
  "../../tokens/",
  "../../secrets/",
  "../../chunks/",
  "../../../../package.json",
];

let version: string | undefined;

/**
 * A text that differs where facts may differ: by size and time of every file of the readers, so that nobody has to
 * remember to raise a number. Asked once a process.
 */
export function readersVersion(): string {
  version ??= versionNow();
  return version;
}

function versionNow(): string {
  const digest = createHash("sha256").update(process.versions.node);
  for (const part of DECIDING) addPlace(digest, fileURLToPath(new URL(part, import.meta.url)));
  return digest.digest("hex");
}

function addPlace(digest: ReturnType<typeof createHash>, place: string): void {
  const stats = statSync(place, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isDirectory()) {
    if (!place.includes(".test.")) digest.update(`${place}\0${stats.size}\0${stats.mtimeMs}\0`);
    return;
  }
  for (const name of readdirSync(place).toSorted()) addPlace(digest, join(place, name));
}
