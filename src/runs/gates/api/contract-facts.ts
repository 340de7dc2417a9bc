import { mkdtemp, mkdir, stat, writeFile } from "node:fs/promises";
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
  /** What the whole is put together of: some of it has to serve, whether anything in it looks like a server or not. */
  readonly whole?: readonly WholePart[];
}

interface WholePart {
  readonly side: ContractPart["side"] | "neither";
  readonly folders: readonly string[];
}

/** Files that routes and calls stand in. */
const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|go|java|kt)$/;

/** The API contract among a tree's files, by its usual names; undefined where there is none. Pure. */
export function contractAmong(paths: readonly string[]): string | undefined {
  const there = new Set(paths);
  return USUAL_CONTRACTS.find((path) => there.has(path));
}

/** Asks the validator about two trees of a repository, each in a folder of its own and only when asked. */
export function contractFacts(
  repository: RunRepository,
  revs: { readonly base: string; readonly head: string },
  request: ContractRequest,
  signal?: AbortSignal,
): ContractFacts {
  const asked = new Map<string, Promise<ContractReport | undefined>>();
  const { path, part } = request;
  return {
    path,
    part,
    report(tree) {
      const met = asked.get(tree) ?? reportOf(repository, revs[tree], request, signal);
      asked.set(tree, met);
      return met;
    },
  };
}

async function reportOf(
  repository: RunRepository,
  rev: string,
  { path, text, part, whole = [] }: ContractRequest,
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
    const ask: Ask = (sides) => validateContract({ root, contract: path, ...sides }, signal);
    return part === undefined ? await wholeReport(root, whole, ask) : await partReport(root, part, ask);
  } catch (error) {
    if (isAllotError(error, "input-invalid")) return undefined;
    throw error;
  } finally {
    await removeTree(dirname(root));
  }
}

/** Asks the validator for the tree, by what its files import or by folders. */
type Ask = (sides?: { servers: readonly string[]; clients: readonly string[] }) => Promise<ContractReport>;

/** What a component's own folders serve and call. One that does neither lacks nothing where others in the tree serve. */
async function partReport(root: string, { side, folders }: ContractPart, ask: Ask): Promise<ContractReport> {
  const own = await codeFolders(root, folders);
  const report = await ask({ servers: side === "client" ? [] : own, clients: side === "server" ? [] : own });
  if (side !== undefined || report.routes.length > 0 || report.calls.length > 0) return report;
  const around = await ask();
  return around.compared?.server === true ? { ...report, findings: [] } : report;
}

/**
 * The whole by what its files import. Where nothing in it looks like a server though a component should be one, its components'
 * folders are the sides; one that may be either and calls is a client.
 */
async function wholeReport(root: string, parts: readonly WholePart[], ask: Ask): Promise<ContractReport> {
  const found = await ask();
  const serving = parts.filter(({ side }) => side === "server" || side === undefined);
  if (found.compared?.server !== false || serving.length === 0) return found;
  const calling = parts.filter(({ side }) => side === "client" || side === undefined);
  const [servers, clients] = [await allFolders(root, serving), await allFolders(root, calling)];
  const named = await ask({ servers, clients });
  const isClient = ({ side, folders }: WholePart): boolean =>
    side === undefined &&
    named.calls.some(({ file }) => folders.some((own) => file === own || file.startsWith(`${own}/`)));
  return serving.every(isClient)
    ? { ...named, findings: named.findings.filter(({ side }) => side === "client") }
    : named;
}

async function allFolders(root: string, parts: readonly WholePart[]): Promise<readonly string[]> {
  return parts.length === 0
    ? []
    : codeFolders(
        root,
        parts.flatMap(({ folders }) => folders),
      );
}

/** Paths as folders of the tree that can be read; made where a component left nothing. A file stands for its folder, if it is code. */
async function codeFolders(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const folders = new Set<string>();
  for (const path of paths) {
    const isFile = (await stat(join(root, path)).catch(() => undefined))?.isFile() === true;
    if (!isFile) await mkdir(join(root, path), { recursive: true });
    if (!isFile || CODE.test(path)) folders.add(isFile ? dirname(path) : path);
  }
  if (folders.size > 0) return [...folders];
  await mkdir(join(root, NOTHING), { recursive: true });
  return [NOTHING];
}

/** The folder of a component that is to have no code. */
const NOTHING = ".allot/nothing";
