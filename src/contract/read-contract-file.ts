import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { AllotError } from "../foundation/errors.ts";
import { readContract, type ContractReading } from "./contracts/read-contract.ts";

/** A contract is written or generated; nothing of that size is one. */
const LARGEST_CONTRACT_BYTES = 32 * 2 ** 20;

/**
 * Reads the contract that somebody named, which may stand outside of the root; what it refers to is read below the root or
 * beside it. Places name it relative to the root, absolute where it stands elsewhere. Throws `file-not-found` where there is
 * none, `input-invalid` where no endpoint can be read out of it.
 */
export function readContractFile(root: string, contract: string): ContractReading {
  const place = resolve(root, contract);
  const text = textOf(place, contract);
  const real = realpathSync.native(place);
  const homes = [root, dirname(real)];
  const reading = readContract(shownPath(root, real), text, (path) => {
    try {
      const file = realpathSync.native(resolve(root, path));
      return homes.some((home) => isWithin(file, home)) ? textOf(file, path) : undefined;
    } catch {
      return undefined;
    }
  });
  if (reading.endpoints.length > 0) return reading;
  const reasons = reading.unresolved.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  throw new AllotError("input-invalid", `no endpoint can be read out of ${contract}: ${reasons.join("; ")}`);
}

function textOf(place: string, written: string): string {
  let bytes: Buffer;
  try {
    const { size } = statSync(place);
    if (size > LARGEST_CONTRACT_BYTES) {
      throw new AllotError(
        "input-invalid",
        `${written} has ${size} bytes; a contract has ${LARGEST_CONTRACT_BYTES} at most`,
      );
    }
    bytes = readFileSync(place);
  } catch (cause) {
    if (cause instanceof AllotError) throw cause;
    const isFolder = (cause as NodeJS.ErrnoException).code === "EISDIR";
    const why = isFolder ? "is a folder; a contract is a Markdown, JSON or YAML file" : "is not there";
    throw new AllotError("file-not-found", `the contract ${JSON.stringify(written)} ${why} (${place})`, { cause });
  }
  if (bytes.includes(0)) {
    throw new AllotError("input-invalid", `${written} is no text; a contract is a Markdown, JSON or YAML file`);
  }
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function shownPath(root: string, place: string): string {
  const shown = isWithin(place, root) ? relative(root, place) : place;
  return shown.split(sep).join("/");
}

function isWithin(place: string, folder: string): boolean {
  const below = relative(folder, place);
  return !below.startsWith("..") && !isAbsolute(below);
}
