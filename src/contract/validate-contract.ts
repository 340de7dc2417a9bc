import { compareClient } from "./compare/compare-client.ts";
import { compareServer } from "./compare/compare-server.ts";
import type { ContractReport, Finding, ValidateOptions } from "./contract.ts";
import { openSourceTree } from "./open-source-tree.ts";
import { placeFrom, realRoot, sidesOf, type Side } from "./sides.ts";
import type { SourceTree } from "./source-tree.ts";

/**
 * Reads contract, servers and clients and answers where they differ: every finding with both places, the closest route and
 * one sentence on what to change.
 *
 * Runs nothing of the project and reads nothing outside of the root and of what is named; the same files give the same report
 * in the same order. Where neither servers nor clients are named, both are found by what the files import; where one side is
 * named, that one alone is read. Throws `file-not-found` for a folder or a contract that is not there, `input-invalid` for a
 * contract that cannot be read.
 */
export async function validateContract(options: ValidateOptions, signal?: AbortSignal): Promise<ContractReport> {
  const root = realRoot(options.root);
  const promised = options.contract === undefined ? undefined : await readPromises(root, options.contract);
  const endpoints = promised?.endpoints ?? null;
  const trees = openedOnce(signal);
  const servers = sidesOf(root, options.servers ?? [], "server");
  const clients = sidesOf(root, options.clients ?? [], "client");
  const isNamed = servers.length > 0 || clients.length > 0;
  const sides = isNamed ? { servers, clients } : await foundSides(await trees(root));
  const [served, called] = [await readRoutes(sides.servers, root, trees), await readCalls(sides.clients, root, trees)];
  const { routes } = served;
  const { calls } = called;
  const findings = [
    ...(endpoints === null || sides.servers.length === 0 ? [] : compareServer(endpoints, routes)),
    ...(endpoints === null && sides.servers.length === 0 ? [] : compareClient(calls, endpoints, routes)),
  ];
  return {
    routes,
    calls,
    endpoints: endpoints ?? [],
    findings: findings.toSorted(byPath),
    unresolved: [...(promised?.unresolved ?? []), ...served.unresolved, ...called.unresolved],
    compared: { server: sides.servers.length > 0, client: calls.length > 0 },
  };
}

/** Readers are loaded when they are needed: a command that asks for one side starts without the other's. */
async function foundSides(tree: SourceTree) {
  const { findSides } = await import("./find-sides.ts");
  return findSides(tree);
}

type Trees = (root: string) => Promise<SourceTree>;

/** Trees by root: server and client are mostly of one project, which is listed once. */
function openedOnce(signal?: AbortSignal): Trees {
  const trees = new Map<string, Promise<SourceTree>>();
  return (root) => {
    const tree = trees.get(root) ?? openSourceTree(root, signal);
    trees.set(root, tree);
    return tree;
  };
}

async function readPromises(root: string, contract: string) {
  const { readContractFile } = await import("./read-contract-file.ts");
  return readContractFile(root, contract);
}

async function readRoutes(sides: readonly Side[], root: string, trees: Trees) {
  if (sides.length === 0) return { routes: [], unresolved: [] };
  const { readServers } = await import("./servers/servers.ts");
  const readings = [];
  for (const side of sides) {
    const { routes, unresolved } = await readServers(await trees(side.root), side.folders);
    readings.push({
      routes: routes.map((route) => placeFrom(root, side.root, route)),
      unresolved: unresolved.map((one) => placeFrom(root, side.root, one)),
    });
  }
  return {
    routes: readings.flatMap(({ routes }) => routes),
    unresolved: readings.flatMap(({ unresolved }) => unresolved),
  };
}

async function readCalls(sides: readonly Side[], root: string, trees: Trees) {
  if (sides.length === 0) return { calls: [], unresolved: [] };
  const { readClients } = await import("./clients/clients.ts");
  const readings = [];
  for (const side of sides) {
    const { calls, unresolved } = readClients(await trees(side.root), side.folders);
    readings.push({
      calls: calls.map((call) => placeFrom(root, side.root, call)),
      unresolved: unresolved.map((one) => placeFrom(root, side.root, one)),
    });
  }
  return {
    calls: readings.flatMap(({ calls }) => calls),
    unresolved: readings.flatMap(({ unresolved }) => unresolved),
  };
}

/** The server's findings first; then by path, method and kind. */
function byPath(a: Finding, b: Finding): number {
  const [left, right] = [a, b].map(({ side, path, method, kind }) => [
    side === "server" ? "0" : "1",
    path,
    method,
    kind,
  ]);
  for (const [index, text] of (left ?? []).entries()) {
    const other = right?.[index] ?? "";
    if (text !== other) return text < other ? -1 : 1;
  }
  return 0;
}
