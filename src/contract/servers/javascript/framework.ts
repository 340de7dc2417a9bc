import type { SourceTree } from "../../source-tree.ts";
import type { Machine } from "../../javascript/machine.ts";
import type { Scripts } from "../../javascript/scripts.ts";
import type { Call, Foreign, Value } from "../../javascript/values.ts";
import type { ServerReading } from "../server-reader.ts";

/** What is known of one framework: which files speak of it, what its functions give, and which routes came of it. */
export interface ScriptFramework {
  readonly name: string;
  /** Whether a file's text speaks of it. */
  speaks(path: string, text: string): boolean;
  /** Whether a piece of text starts a server with it: functions that nobody calls are carried out where they do. */
  readonly starts?: RegExp;
  open(project: ScriptProject): OpenFramework;
}

export interface ScriptProject {
  readonly tree: SourceTree;
  readonly scripts: Scripts;
  /** Files below the folders that were asked for, without tests; those that speak of any framework. */
  readonly files: readonly string[];
  /** Whether a file stands in the folders that were asked for. */
  readonly isAsked: (path: string) => boolean;
}

export interface OpenFramework {
  /** What a call of a package gives; undefined where it is none of this framework's. */
  callForeign?(foreign: Foreign, call: Call, machine: Machine): Value | undefined;
  /** The routes, when all code was carried out. */
  finish(): ServerReading;
}

/** The names of the members of a foreign value; undefined where a call is among them. Pure. */
export function memberNames(foreign: Foreign): readonly string[] | undefined {
  const names: string[] = [];
  for (const step of foreign.steps) {
    if (step.kind !== "member") return undefined;
    names.push(step.name);
  }
  return names;
}
