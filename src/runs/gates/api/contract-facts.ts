import { mkdtemp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ContractReport } from "../../../contract/contract.ts";
import { USUAL_CONTRACTS } from "../../../contract/usual-contracts.ts";
import { validateContract } from "../../../contract/validate-contract.ts";
import { isAllotError } from "../../../foundation/errors.ts";
import { removeTree } from "../../../workspaces/remove-tree.ts";
import type { RunRepository } from "../../../workspaces/run-repository.ts";

/** The part of a contract that a component keeps. */
export interface ContractPart {
  /** undefined: what its code turns out to do. */
  readonly side: "server" | "client" | undefined;
  readonly folders: readonly string[];
  /** No other component keeps the same side, so that what is missing is missing here. */
  readonly alone: boolean;
}

/** An API contract that a result has to keep, and how to ask what keeps it. */
export interface ContractFacts {
  readonly path: string;
  /** undefined: no component of a dispatch; what the result made worse counts. */
  readonly part: ContractPart | undefined;
  /** What the validator says of a tree; undefined where the contract is not there yet, or cannot be read. */
  report(tree: "base" | "head"): Promise<ContractReport | undefined>;
}

export interface ContractRequest {
  readonly path: string;
  /** As it was agreed on; absent: as it stands in each tree. */
  readonly text?: string;
  readonly part?: ContractPart;
}

/** The API contract among a tree's files, by its usual names; undefined where there is none. Pure. */
export function contractAmong(paths: readonly string[]): string | undefined {
  const there = new Set(paths);
  return USUAL_CONTRACTS.find((path) => there.has(path));
}

/** Asks the validator about two trees of a repository, each in a folder of its own and only when asked. */
export function contractFacts(
  repository: RunRepository,
  revs: { readonly base: string; readonly head: string },
  { path, text, part }: ContractRequest,
  signal?: AbortSignal,
): ContractFacts {
  const asked = new Map<string, Promise<ContractReport | undefined>>();
  return {
    path,
    part,
    report(tree) {
      const met = asked.get(tree) ?? reportOf(repository, revs[tree], { path, text, part }, signal);
      asked.set(tree, met);
      return met;
    },
  };
}

async function reportOf(
  repository: RunRepository,
  rev: string,
  { path, text, part }: { path: string; text: string | undefined; part: ContractPart | undefined },
  signal: AbortSignal | undefined,
): Promise<ContractReport | undefined> {
  const there = (await repository.entries(rev)).has(path);
  if (text === undefined && !there) return undefined;
  const root = join(await mkdtemp(join(tmpdir(), "allot-contract-")), "tree");
  try {
    await using _tree = await repository.export(rev, root, { link: [] });
    if (text !== undefined) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    // A component without a file has no folder in the tree yet, and nothing in it to be read.
    for (const folder of part?.folders ?? []) await mkdir(join(root, folder), { recursive: true });
    return await validateContract({ root, contract: path, ...sidesOf(part) }, signal);
  } catch (error) {
    if (isAllotError(error, "input-invalid")) return undefined;
    throw error;
  } finally {
    await removeTree(dirname(root));
  }
}

function sidesOf(part: ContractPart | undefined): { servers?: readonly string[]; clients?: readonly string[] } {
  if (part === undefined) return {};
  switch (part.side) {
    case "server":
      return { servers: part.folders };
    case "client":
      return { clients: part.folders };
    case undefined:
      return { servers: part.folders, clients: part.folders };
  }
}
