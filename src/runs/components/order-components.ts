import type { AgentName } from "../../foundation/agent-names.ts";
import { AllotError } from "../../foundation/errors.ts";
import { safePath } from "../../foundation/safe-path.ts";
import type { FileToWrite, MiniTask } from "../plan/mini-task.ts";
import type { Plan } from "../plan/plan.ts";
import { DEFAULT_TIMEOUT_MS } from "../plan/text/task-sections.ts";
import type { Component, ComponentSpec, RunSpec } from "../run.ts";
import { sideOf } from "./component-side.ts";

/** What somebody wants dispatched: the parts, and what they agree on. */
export interface ComponentsOrder {
  readonly components: readonly WantedComponent[];
  readonly contract: ComponentSpec["contract"];
  readonly agent: AgentName;
  /** The repository's files at the commit it starts from. */
  readonly files: readonly string[];
  readonly goal?: string;
}

export interface WantedComponent {
  readonly name: string;
  readonly text: string;
  /** Files and folders that are its own; empty: the folder of its name. */
  readonly paths: readonly string[];
  /** Commands that have to pass in a clean tree of its result. */
  readonly checks: readonly string[];
}

/** The goal, and what a run of it is made with: `app.newRun(goal, repo, overrides)`. */
export interface ComponentsRun {
  readonly goal: string;
  readonly overrides: Pick<RunSpec, "decision" | "executor"> & {
    readonly plan: Plan;
    readonly components: ComponentSpec;
  };
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

/**
 * A run out of components that somebody named: one mini-task each, all at once, no planner asked. A component writes its own
 * paths only, and keeps its side of the contract.
 *
 * Pure. Throws `usage` for names that name no folder, and for paths that belong to two components; `path-escapes`.
 */
export function orderComponents(order: ComponentsOrder): ComponentsRun {
  const known = new Set(order.files);
  const parts = order.components.map((wanted, index) => partOf(wanted, index + 1));
  refuseShared(parts);
  const plan: Plan = {
    goal: order.goal ?? goalOf(order),
    summary: [
      `${parts.length} ${parts.length === 1 ? "component" : "components"}, each by ${order.agent} in a minimal workspace of its own, at the same time.`,
      ...(order.contract === undefined
        ? []
        : [`They agree on \`${order.contract.path}\`, which is checked after each and as a whole.`]),
    ].join(" "),
    nonGoals: ["Nothing outside of the components' own files changes."],
    tasks: order.components.map((wanted, index) =>
      taskOf(order, wanted, parts[index] ?? partOf(wanted, index + 1), known),
    ),
    planner: "the command line",
    finalChecks: [],
    notes: [],
  };
  return {
    goal: plan.goal,
    overrides: {
      decision: "delegate",
      executor: order.agent,
      plan,
      components: { contract: order.contract, parts },
    },
  };
}

function partOf({ name, text, paths }: WantedComponent, task: number): Component {
  if (!NAME.test(name))
    throw new AllotError("usage", `"${name}" is no name of a component; letters, digits, dots and dashes are accepted`);
  const folders = (paths.length === 0 ? [name] : paths).map((path) => safePath(path.replace(/\/\*\*$/, "")));
  return { name, task, side: sideOf(name, text), folders };
}

function refuseShared(parts: readonly Component[]): void {
  for (const [index, part] of parts.entries()) {
    for (const other of parts.slice(0, index)) {
      // Their workspaces are folders, and some file systems know no upper case.
      if (other.name.toLowerCase() === part.name.toLowerCase())
        throw new AllotError("usage", `two components are called ${part.name}; give each a name of its own`);
      const shared = part.folders.find((path) =>
        other.folders.some((own) => own === path || own.startsWith(`${path}/`) || path.startsWith(`${own}/`)),
      );
      if (shared !== undefined)
        throw new AllotError(
          "usage",
          `${shared} belongs to ${other.name} and to ${part.name}; components that work at the same time share no files (--files NAME=PATHS)`,
        );
    }
  }
}

function goalOf({ components, contract }: ComponentsOrder): string {
  const names = components.map(({ name }) => name);
  const list = names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : names.join("");
  return `Build ${list}${contract === undefined ? "" : ` by ${contract.path}`}`;
}

function taskOf(
  { agent, contract }: ComponentsOrder,
  { name, text, checks }: WantedComponent,
  part: Component,
  known: ReadonlySet<string>,
): MiniTask {
  const writes = part.folders.map((path) => writeOf(path, known));
  const places = writes.map(({ path }) => `\`${path}\``).join(", ");
  const commands = checks.length > 0 ? checks : [somethingIn(part.folders)];
  return {
    number: part.task,
    title: `Component ${name}`,
    tier: "small",
    model: agent,
    agent,
    estimate: { inputTokens: 16_000, outputTokens: 8_000 },
    dependsOn: [],
    reads:
      contract !== undefined && known.has(contract.path)
        ? [{ path: contract.path, optional: false, note: "the contract" }]
        : [],
    writes,
    context: `This is the component ${name} of a larger whole${part.side === undefined || part.side === "neither" ? "" : `, on the ${part.side} side`}. Others work on the rest at the same time; you do not see their files.`,
    intro: text.trim(),
    steps: [
      ...(contract === undefined ? [] : contractSteps(contract.path, part.side)),
      { text: `Do what stands above, completely, in ${places}; write nothing elsewhere.` },
    ],
    snippets: [],
    criteria: [
      { text: "No other file is changed", done: false, check: { kind: "gate", gate: "only-declared-files" } },
      ...(contract === undefined
        ? []
        : [
            {
              text: `It keeps ${contract.path}`,
              done: false,
              check: { kind: "gate" as const, gate: "api-contract" },
            },
          ]),
      ...commands.map((_, index) => ({
        text: `Command ${index + 1} passes`,
        done: false,
        check: { kind: "command" as const, index: index + 1 },
      })),
    ],
    validation: commands.map((command) => ({ command, comment: "", timeoutMs: DEFAULT_TIMEOUT_MS })),
    contract: [],
    onFailure: ["Mend what the checks name, in the same session.", "After two fix rounds the user decides."],
    next: "",
  };
}

function contractSteps(path: string, side: Component["side"]): MiniTask["steps"] {
  const rule =
    side === "server"
      ? `Serve every endpoint that \`${path}\` names, with its method, its path and its parameter names to the letter.`
      : side === "client"
        ? `Call only endpoints that \`${path}\` names, with their methods and parameters.`
        : side === "neither"
          ? `What you write of the API agrees with \`${path}\`; to serve it or to call it is not this component's part.`
          : `Keep \`${path}\` to the letter: serve what it promises and call nothing else, whichever is this component's part.`;
  return [{ text: `Read \`${path}\` first; it is the standard, and you do not change it.` }, { text: rule }];
}

/** A file that is there or has an ending is a file; everything else a folder. */
function writeOf(path: string, known: ReadonlySet<string>): FileToWrite {
  if (known.has(path)) return { path, action: "edit" };
  const isFolder = [...known].some((file) => file.startsWith(`${path}/`)) || !/\.[a-z0-9]{1,8}$/i.test(path);
  return { path: isFolder ? `${path}/**` : path, action: "create" };
}

/** Passes where a component left something. */
function somethingIn(paths: readonly string[]): string {
  return `test -n "$(find ${paths.map((path) => `'${path.replaceAll("'", String.raw`'\''`)}'`).join(" ")} -type f 2>/dev/null | head -n 1)"`;
}
