/**
 * The routes of servers in JavaScript and TypeScript. The files that speak of a framework are carried out (../../javascript), and
 * each framework notes what is registered on its apps and routers; what is never mounted on something that serves is not told.
 *
 * A framework is one file in frameworks/ and a line in FRAMEWORKS.
 */
import type { Node } from "../../../codebase/javascript/reading/syntax.ts";
import { callBlindly, instantiate, memberScope } from "../../javascript/invoke.ts";
import type { Machine } from "../../javascript/machine.ts";
import { isScript } from "../../javascript/parse.ts";
import { functionValue, nameOfKey } from "../../javascript/scopes.ts";
import { openScripts } from "../../javascript/scripts.ts";
import type { ClassValue, Func, ScriptModule, Value } from "../../javascript/values.ts";
import type { SourceTree } from "../../source-tree.ts";
import { isWithin } from "../folders.ts";
import type { ServerReader, ServerReading } from "../server-reader.ts";
import { filesOf } from "./file-lists.ts";
import type { OpenFramework, ScriptFramework } from "./framework.ts";
import { express } from "./frameworks/express.ts";
import { fastify } from "./frameworks/fastify.ts";
import { hono } from "./frameworks/hono.ts";
import { nestjs } from "./frameworks/nestjs.ts";
import { nextjs } from "./frameworks/nextjs.ts";
import { startFiles } from "./start-files.ts";
import { isTestFile } from "./test-files.ts";

const FRAMEWORKS: readonly ScriptFramework[] = [express, fastify, hono, nestjs, nextjs];

export const javascriptServers: ServerReader = {
  frameworks: FRAMEWORKS.map(({ name }) => name),
  mayServe: (path, text) => isScript(path) && FRAMEWORKS.some((framework) => framework.speaks(path, text)),
  read: (tree, folders) => Promise.resolve(readScriptServers(tree, folders)),
};

function readScriptServers(tree: SourceTree, folders: readonly string[]): ServerReading {
  const opened: OpenFramework[] = [];
  const eager = new Map<string, boolean>();
  const speakers = (path: string): readonly ScriptFramework[] => {
    const text = isScript(path) ? tree.read(path) : undefined;
    return text === undefined ? [] : FRAMEWORKS.filter((framework) => framework.speaks(path, text));
  };
  const scripts = openScripts(tree, {
    isEager: ({ path }) => {
      let isEager = eager.get(path);
      if (isEager === undefined) eager.set(path, (isEager = speakers(path).length > 0));
      return isEager;
    },
    matters: registers(),
    callForeign: (foreign, call, machine) => {
      const listed = filesOf(tree, foreign, call);
      if (listed !== undefined) return listed;
      for (const framework of opened) {
        const value = framework.callForeign?.(foreign, call, machine);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  });
  const candidates = tree.files.filter(
    (path) => isScript(path) && isWithin(path, folders) && !isTestFile(path, folders),
  );
  const spoken = candidates.map((path) => ({ path, by: speakers(path) })).filter(({ by }) => by.length > 0);
  const used = FRAMEWORKS.filter((framework) => spoken.some(({ by }) => by.includes(framework)));
  const files = spoken.map(({ path }) => path);
  for (const framework of used)
    opened.push(framework.open({ tree, scripts, files, isAsked: (path) => isWithin(path, folders) }));
  const starting = startFiles(tree, scripts, candidates, spoken);
  for (const path of starting) eager.set(path, true);
  carryOut(
    scripts.machine,
    starting.flatMap((path) => scripts.module(path) ?? []),
    used.flatMap((framework) => framework.starts ?? []),
  );
  const readings = opened.map((framework) => framework.finish());
  return {
    routes: readings.flatMap(({ routes }) => routes),
    unresolved: readings.flatMap(({ unresolved }) => unresolved),
  };
}

/** A path after a method's name, or the name of what only apps and routers have. */
const REGISTERS =
  /\.\s*(?:get|post|put|patch|delete|del|all|options|head|on|openapi|basePath)\s*(?:<[^()]*>)?\(\s*(?:\[\s*)?["'`][/"'`*]|\.\s*(?:use|register|route|listen|setGlobalPrefix|enableVersioning)\s*(?:<[^()]*>)?\(/;

/** Whether a function's text starts a server or registers something. */
function registers(): (func: Func) => boolean {
  const known = new WeakMap<Node, boolean>();
  return ({ node, scope }) => {
    let answer = known.get(node);
    if (answer === undefined) {
      const text = scope.module.text.slice(node.start, node.end);
      answer = REGISTERS.test(text) || FRAMEWORKS.some(({ starts }) => starts?.test(text) === true);
      known.set(node, answer);
    }
    return answer;
  };
}

/** Carries modules out, then those functions and classes that start a server and that nobody called. */
function carryOut(machine: Machine, modules: readonly ScriptModule[], starts: readonly RegExp[]): void {
  for (const module of modules) module.namespace();
  const isStart = (module: ScriptModule, node: Node): boolean =>
    starts.some((pattern) => pattern.test(module.text.slice(node.start, node.end)));
  for (const module of modules) {
    if (!starts.some((pattern) => pattern.test(module.text))) continue;
    for (const value of valuesOf(module)) {
      if (value.kind === "function" && value.scope.module === module) {
        if (!machine.state.entered.has(value.node) && isStart(module, value.node)) callBlindly(machine, value);
      } else if (value.kind === "class" && value.scope.module === module && isStart(module, value.node))
        startClass(machine, value, (node) => isStart(module, node));
    }
  }
}

function valuesOf(module: ScriptModule): readonly Value[] {
  const values = [...module.scope.names].flatMap(([, binding]) =>
    binding.node === undefined || binding.node.type.startsWith("Import") ? [] : [binding.value()],
  );
  const exported = module.namespace();
  if (exported.kind === "fields") for (const [, field] of exported.fields) values.push(field.value());
  else values.push(exported);
  return [...new Set(values)].flatMap((value) =>
    value.kind === "fields" && value.of === undefined && value.fields.size < 100
      ? [...value.fields.values()].map((field) => field.value())
      : [value],
  );
}

/** A class that starts a server in a member that nobody called. */
function startClass(machine: Machine, of: ClassValue, isStart: (node: Node) => boolean): void {
  const members = (of.node["body"]["body"] as readonly Node[]).filter(
    (member) => member.type === "MethodDefinition" && member["computed"] !== true,
  );
  const bodies = members.map((member) => member["value"] as Node);
  if (bodies.some((body) => machine.state.entered.has(body))) {
    const waiting = members.filter(
      (member) => !machine.state.entered.has(member["value"] as Node) && isStart(member["value"] as Node),
    );
    if (waiting.length === 0) return;
    const self = instantiate(machine, of, undefined);
    for (const member of waiting) callMember(machine, of, self, member);
    return;
  }
  const self = instantiate(machine, of, undefined);
  for (const member of members) if (member["static"] === true && isStart(member)) callMember(machine, of, of, member);
  for (const member of members) {
    if (member["static"] === true || member["kind"] !== "method") continue;
    if (!machine.state.entered.has(member["value"] as Node)) callMember(machine, of, self, member);
  }
}

function callMember(machine: Machine, of: ClassValue, self: Value, member: Node): void {
  const name = nameOfKey(member["key"] as Node);
  callBlindly(machine, functionValue(member["value"] as Node, memberScope(of, self), name, self));
}
