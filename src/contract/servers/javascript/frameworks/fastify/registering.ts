import type { Machine } from "../../../../javascript/machine.ts";
import type { Native, Slot } from "../../../../javascript/values.ts";
import type { ScriptProject } from "../../framework.ts";
import type { RouteNode } from "../../route-tree.ts";

export interface Made {
  readonly nodes: RouteNode[];
  readonly project: ScriptProject;
}

/** Where a plug-in is registered. */
export interface Registering {
  readonly machine: Machine;
  readonly node: RouteNode;
  readonly made: Made;
  readonly self: Native;
  /** What it is decorated with. */
  readonly own: Map<string, Slot>;
}
