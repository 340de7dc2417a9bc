/**
 * Routes of servers written in Go: chi, gin, echo, fiber, gorilla, httprouter and the standard library's mux.
 *
 * How: the functions that routers go through are followed as the program would run them, callers first, over a table of all
 * names of the project's packages. A router collects what is registered on it and what is mounted; the routers that are mounted
 * nowhere are what the program serves. Branches are followed both ways, loops over known lists round by round.
 *
 * Invariants: a function that nobody hands a router registers nothing; a file is parsed once, a function's body only when it
 * is followed; a bounded number of steps for any code, so the answer does not depend on the machine's speed.
 *
 * Rejected: the text of registrations with the prefix of the same file (a group is handed from package to package in most
 * projects), and the compiler's own analysis (needs Go and all dependencies).
 */
import type { Route } from "../../contract.ts";
import type { SourceTree } from "../../source-tree.ts";
import { isWithin } from "../folders.ts";
import type { ServerReader, ServerReading } from "../server-reader.ts";
import { openSyntaxParser } from "../syntax-tree.ts";
import { GO_FRAMEWORKS, ROUTER_WORDS } from "./go-frameworks.ts";
import { FollowingMachine } from "./go-machine.ts";
import { openGoProject } from "./source/go-project.ts";
import { findRoots, type Roots } from "./go-roots.ts";
import type { GoFunction } from "./source/go-files.ts";
import { type Served, servedBy } from "./go-served.ts";

export const goServers: ServerReader = {
  frameworks: GO_FRAMEWORKS.map(({ name }) => name),
  mayServe: (path, text) => path.endsWith(".go") && !path.endsWith("_test.go") && ROUTER_WORDS.test(text),
  async read(tree: SourceTree, folders: readonly string[]): Promise<ServerReading> {
    const project = openGoProject(tree, await openSyntaxParser("go"));
    const roots = findRoots(tree, project);
    const first = follow(new FollowingMachine(project, roots), roots);
    // A field that was read before anything was put in may be known now.
    const { machine, served } = first.isWhole
      ? first
      : follow(new FollowingMachine(project, roots, first.machine.learned), roots);
    const unreadable = project.paths.filter(
      (path) => ROUTER_WORDS.test(tree.read(path) ?? "") && project.file(path) === undefined,
    );
    const unresolved = [
      ...served.flatMap((one) => one.unresolved),
      ...machine.problems,
      ...unreadable.map((file) => ({ file, line: 1, reason: "the file cannot be parsed" })),
    ];
    return {
      routes: withinFolders(once(served.flatMap((one) => one.routes)), folders),
      unresolved: [...new Map(unresolved.map((one) => [JSON.stringify(one), one])).values()].filter(({ file }) =>
        isWithin(file, folders),
      ),
    };
  },
};

/** Functions that an injector is to call get the router that there is; with several of a kind nothing can be told. */
function inject(machine: FollowingMachine): void {
  for (const { node } of machine.injected) {
    if (node.registered.length === 0 && node.mounts.length === 0) continue;
    const tops = machine.nodes.filter((one) => one.isMade && !one.isMounted && one.framework === node.framework);
    const [only] = tops;
    if (only === undefined || tops.length > 1 || node.isMounted) {
      const first = node.registered[0];
      if (first !== undefined) machine.unresolved(first.file, first.line, "which router is injected here is not known");
      continue;
    }
    node.isMounted = true;
    only.mounts.push({ prefix: "", router: { kind: "router", node, prefix: "" }, conditional: false, hole: undefined });
  }
}

interface Followed {
  readonly machine: FollowingMachine;
  readonly served: readonly Served[];
  /** No part of a path is missing. */
  readonly isWhole: boolean;
}

function follow(machine: FollowingMachine, roots: Roots): Followed {
  for (const one of roots.functions) if (!machine.wasFollowed(one)) machine.start(one);
  for (const one of roots.variables) machine.startValue(one);
  machine.finish();
  inject(machine);
  const served = servedRouters(machine, roots);
  return { machine, served, isWhole: served.every(({ unresolved }) => unresolved.length === 0) };
}

/** A router that only a function makes which nobody calls is not served, unless there is no other. */
function servedRouters(machine: FollowingMachine, roots: Roots): Served[] {
  const tops = machine.nodes.filter((node) => node.isMade && !node.isMounted);
  const isCalled = (one: GoFunction | undefined): boolean => one === undefined || roots.isMentioned(one);
  const called = tops.filter(({ maker, root }) => isCalled(maker?.declared) && isCalled(root));
  return (called.length > 0 ? called : tops).map(servedBy);
}

/** What is registered below the folders; all that is reached where nothing is registered there. */
function withinFolders(routes: readonly Route[], folders: readonly string[]): Route[] {
  const inside = routes.filter(({ file }) => isWithin(file, folders));
  return inside.length > 0 ? inside : [...routes];
}

function once(routes: readonly Route[]): Route[] {
  const known = new Map<string, Route>();
  for (const route of routes) {
    const key = `${route.method} ${route.path} ${route.file}:${route.line}`;
    const before = known.get(key);
    if (before === undefined || (before.conditional === true && route.conditional !== true)) known.set(key, route);
  }
  return [...known.values()];
}
