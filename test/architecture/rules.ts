import { posix } from "node:path";
import { isTest } from "./read-tree.ts";
import type { Reference, SourceFile } from "./read-tree.ts";

/** What a rule found wrong, with a code and a sentence that says where. */
export interface Breach {
  readonly rule: RuleName;
  readonly message: string;
}

export type RuleName = "floor" | "cycle" | "primitive" | "file-size" | "folder-size" | "name" | "home";

/** A file imports its own top folder and lower floors only. From DESIGN.md. */
export const FLOORS: Readonly<Record<string, number>> = {
  foundation: 0,
  config: 1,
  catalog: 1,
  storage: 1,
  ledger: 2,
  providers: 2,
  routing: 2,
  codebase: 2,
  transcripts: 2,
  // Above codebase, whose parsers it reads code with.
  contract: 3,
  throttle: 3,
  dispatch: 4,
  workspaces: 4,
  agents: 5,
  client: 5,
  runs: 6,
  tasks: 7,
  cycles: 8,
  app: 9,
  "index.ts": 10,
  gateway: 10,
  mcp: 10,
  cli: 11,
};

/** Who may touch what belongs to few, and why. A path ends in "/" for a folder. */
const OWNERS: readonly { readonly primitive: RegExp; readonly owners: readonly string[] }[] = [
  {
    primitive: /^process\.env$/,
    // Those that start children build clean environments for them; the call host reads the one variable left for it. A
    // program that uses the library has its own environment read, unless it passes another.
    owners: [
      "config/",
      "cli/main.ts",
      "workspaces/",
      "dispatch/host-process.ts",
      "dispatch/call-host-main.ts",
      "app/library-config.ts",
      // The way to programs and to the network is all that an agent host gets of ours.
      "app/agent-hosting.ts",
      // git is asked for names and history in a clean environment.
      "codebase/facts/listing/git.ts",
    ],
  },
  // opencode keeps its log in a database of its own, which is read and never written.
  { primitive: /^(node:)?sqlite$|^better-sqlite3$/, owners: ["storage/", "runs/engine/", "transcripts/opencode/"] },
  { primitive: /^openworkflow(\/|$)/, owners: ["runs/engine/"] },
  {
    primitive: /^(node:)?child_process$/,
    // A codebase is listed by git, which alone knows what it ignores; workspaces/ stands above and cannot be asked.
    // Agents are programs of their own.
    owners: [
      "workspaces/",
      "dispatch/host-process.ts",
      "codebase/facts/listing/git.ts",
      "agents/programs/agent-process.ts",
      "agents/programs/find-program.ts",
      "app/agent-hosting.ts",
    ],
  },
  // Which models a local Ollama has is asked before any provider is opened.
  { primitive: /^fetch$/, owners: ["providers/", "app/available-providers.ts"] },
  { primitive: /^(@ai-sdk\/|ai$)/, owners: ["providers/"] },
  {
    primitive: /^(setTimeout|setInterval|Date|Date\.now|performance\.now|(node:)?timers(\/promises)?)$/,
    owners: [
      "foundation/clock.ts",
      // Where the machine's own clock comes in, and the redraw timer of the live view.
      "cli/",
      // A child process is stopped after real time, whatever a test's clock says.
      "workspaces/run-command.ts",
      // Leases hold between processes, and processes share no clock but the machine's.
      "runs/engine/",
      // How long a gate took is shown, never decided on.
      "runs/gates/run-gates.ts",
      // Retry-After may be a date, which only means something against the wall clock.
      "providers/ai-sdk/ai-sdk-provider.ts",
      "providers/ollama/ollama.ts",
    ],
  },
  {
    primitive: /^process\.exit$/,
    owners: ["cli/main.ts", "dispatch/call-host-main.ts", "gateway/agent-host/agent-host-main.ts"],
  },
  { primitive: /^console$/, owners: [] },
];

/** Files that are tables rather than code; they may be longer than the ceiling. */
const DATA_TABLES: readonly string[] = ["config/options.ts", "catalog/overlay.ts", "foundation/errors.ts"];

const CEILING_LINES = 400;
const CEILING_FILES = 15;
const BANNED_WORDS = /^(utils?|helpers?|common|misc|shared|managers?|services?)$/;
const BANNED_EXPORT = /[a-z](Utils?|Helpers?|Manager|Service)$|^I[A-Z][a-z]/;

/** Every breach of every rule in the tree below `src`. Pure. */
export function breachesIn(files: readonly SourceFile[]): readonly Breach[] {
  const code = files.filter((file) => !isTest(file.path));
  return [
    ...files.flatMap(floorBreaches),
    ...cycleBreaches(files),
    ...code.flatMap(primitiveBreaches),
    ...files.flatMap(sizeBreaches),
    ...folderBreaches(code),
    ...files.flatMap(nameBreaches),
  ];
}

function topOf(path: string): string {
  return path.split("/")[0] ?? "";
}

function floorBreaches(file: SourceFile): readonly Breach[] {
  const top = topOf(file.path);
  const floor = FLOORS[top];
  if (floor === undefined) return [{ rule: "home", message: `${file.path}: src/${top} is no folder of the design` }];
  return file.imports.flatMap((target): readonly Breach[] => {
    if (target.to.startsWith("..")) {
      const allowed = isTest(file.path) && target.to.startsWith("../test/support/");
      return allowed ? [] : [floorBreach(file, target, "code outside src is for tests only")];
    }
    const other = topOf(target.to);
    const isOurs = FLOORS[other] !== undefined && target.to.endsWith(".ts");
    if (!isOurs || other === top) return [];
    const below = (FLOORS[other] ?? 0) < floor;
    return below ? [] : [floorBreach(file, target, `${other} (floor ${FLOORS[other]}) is not below ${top} (${floor})`)];
  });
}

function floorBreach(file: SourceFile, target: Reference, why: string): Breach {
  return { rule: "floor", message: `${file.path}:${target.line} imports ${target.to}: ${why}` };
}

/** One breach for each group of files that import each other in a ring, types included. */
function cycleBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const paths = new Map(files.map((file) => [file.path, file.imports.map(({ to }) => to)]));
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      breaches.push({ rule: "cycle", message: [...trail.slice(start), path].join(" -> ") });
      return;
    }
    if (done.has(path)) return;
    for (const next of paths.get(path) ?? []) if (paths.has(next)) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of paths.keys()) walk(path, []);
  return breaches;
}

function primitiveBreaches(file: SourceFile): readonly Breach[] {
  return file.uses.flatMap(({ to, line }) => {
    const rule = OWNERS.find(({ primitive }) => primitive.test(to));
    if (rule === undefined || rule.owners.some((owner) => isWithin(file.path, owner))) return [];
    const owners = rule.owners.length === 0 ? "nobody" : rule.owners.join(", ");
    return [{ rule: "primitive" as const, message: `${file.path}:${line} uses ${to}, which belongs to ${owners}` }];
  });
}

function isWithin(path: string, owner: string): boolean {
  return owner.endsWith("/") ? path.startsWith(owner) : path === owner;
}

function sizeBreaches(file: SourceFile): readonly Breach[] {
  if (file.lines <= CEILING_LINES || DATA_TABLES.includes(file.path) || isTest(file.path)) return [];
  return [{ rule: "file-size", message: `${file.path} has ${file.lines} lines; ${CEILING_LINES} is the ceiling` }];
}

function folderBreaches(files: readonly SourceFile[]): readonly Breach[] {
  const folders = Map.groupBy(files, (file) => posix.dirname(file.path));
  return [...folders].flatMap(([folder, members]): readonly Breach[] =>
    members.length <= CEILING_FILES
      ? []
      : [{ rule: "folder-size", message: `${folder} has ${members.length} source files; split it by noun` }],
  );
}

function nameBreaches(file: SourceFile): readonly Breach[] {
  const parts = file.path.replace(/(\.[a-z]+)*\.ts$/, "").split("/");
  const words = parts.flatMap((part) => part.split("-"));
  const banned = [
    ...words.filter((word) => BANNED_WORDS.test(word)),
    ...file.exports.filter((name) => BANNED_EXPORT.test(name)),
  ];
  const odd = parts.filter((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part));
  return [
    ...banned.map((word): Breach => ({ rule: "name", message: `${file.path}: "${word}" says nothing; name the noun` })),
    ...odd.map((part): Breach => ({ rule: "name", message: `${file.path}: "${part}" is not kebab-case` })),
  ];
}
