import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../foundation/clock.ts";
import { sha256 } from "../foundation/ids.ts";
import type { ContractReport, ValidateOptions } from "./contract.ts";
import { openSourceTree } from "./open-source-tree.ts";
import { realRoot, sidesOf } from "./sides.ts";
import { validateContract } from "./validate-contract.ts";

/** What is changed oftener than this is seen once. */
const LOOK_EVERY_MS = 1000;

/**
 * A report now, and again whenever the contract or a file that is read has changed, until `signal` is aborted. Looks at names,
 * sizes and times of files once a second: to be told by the system would need a watch on each folder of the packages, too.
 *
 * Throws what `validateContract` throws for the first report; later a fault is handed on as a value, as somebody may be in the
 * middle of writing.
 */
export async function* watchContract(
  options: ValidateOptions,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<ContractReport | Error> {
  let seen = await stateOf(options);
  yield await validateContract(options, signal);
  while (!signal.aborted) {
    const isOver = await clock.sleep(LOOK_EVERY_MS, signal).then(
      () => false,
      () => true,
    );
    if (isOver) return;
    const now = await stateOf(options).catch((error: unknown) => String(error));
    if (now === seen) continue;
    seen = now;
    yield await validateContract(options, signal).catch((error: unknown) =>
      error instanceof Error ? error : new Error(String(error)),
    );
  }
}

/** One text that differs where a file was written, added or removed. */
async function stateOf(options: ValidateOptions): Promise<string> {
  const root = realRoot(options.root);
  const sides = [...sidesOf(root, options.servers ?? [], "server"), ...sidesOf(root, options.clients ?? [], "client")];
  const roots = new Set([root, ...sides.map((side) => side.root)]);
  const lines: string[] = [];
  for (const place of [...roots].toSorted()) {
    const { files } = await openSourceTree(place);
    lines.push(...files.map((path) => fileState(join(place, path))));
  }
  if (options.contract !== undefined) lines.push(fileState(resolve(root, options.contract)));
  return sha256(lines.join("\n"));
}

function fileState(path: string): string {
  const facts = statSync(path, { throwIfNoEntry: false });
  return `${path}\0${facts?.mtimeMs ?? "gone"}\0${facts?.size ?? 0}`;
}
