import { existsSync, readFileSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { openApp } from "../../../app/app.ts";
import type { Config } from "../../../config/config.ts";
import type { OptionName } from "../../../config/options.ts";
import { readContract } from "../../../contract/contracts/read-contract.ts";
import { USUAL_CONTRACTS } from "../../../contract/usual-contracts.ts";
import { AllotError } from "../../../foundation/errors.ts";
import { safePath } from "../../../foundation/safe-path.ts";
import {
  orderComponents,
  type ComponentsRun,
  type WantedComponent,
} from "../../../runs/components/order-components.ts";
import type { ComponentSpec } from "../../../runs/run.ts";
import { partsOf, readUserGit } from "../../../workspaces/git.ts";
import { findRepository, resolveRevision } from "../../../workspaces/user-repository.ts";
import { tellAbandonedRuns } from "../../abandoned-runs.ts";
import type { Command } from "../../command.ts";
import { driveRun } from "../../drive-run.ts";
import { loadCommandConfig } from "../../load-command-config.ts";

const DISPATCH_OPTIONS: readonly OptionName[] = [
  ...([
    "component",
    "contract",
    "agent",
    "files",
    "check",
    "repo",
    "agentModel",
    "agentLogin",
    "agentTimeout",
    "agentTokens",
    "browser",
  ] as const),
  ...(["verifier", "big", "test", "limitUsd", "budget", "concurrency", "commandTimeout", "network"] as const),
  ...(["unknownCalls", "unknownPrice", "prices", "session", "priority", "upstream", "yes", "db", "json"] as const),
];

/** `allot dispatch`: components at the same time, each by an agent program in a workspace of its own; the contract is the gate. */
export const dispatchCommand: Command = {
  name: "dispatch",
  summary:
    "lets agent programs build components at the same time, in minimal workspaces, and holds them to the contract",
  positionals: '["GOAL"]',
  options: DISPATCH_OPTIONS,
  optionTexts: {
    contract:
      "what the components agree on: Markdown or OpenAPI; without it the project's own, where there is one; none for none",
    files: "files and folders that are a component's own (repeatable); without it the folder of its name",
    verifier: "who judges the whole: the checks alone (usual here), or the big model too",
    yes: "carry it out at once, which is usual here: the plan is your own; --no-yes asks",
  },
  optionValues: { files: "NAME=PATHS" },
  examples: [
    {
      command:
        'allot dispatch --contract API_CONTRACT.md --component backend="Implement the routers" --component frontend="Implement the pages"',
      shows: "two agents at work, each held to its side of the contract",
    },
    {
      command:
        'allot dispatch --agent claude --component api="Add the 8 endpoints of openapi.yaml" --files api=src/routes --json',
      shows: "one component, by Claude Code, in folders of your own; one JSON object a line",
    },
  ],
  async run(input, io) {
    const config = loadCommandConfig({ ...input, flags: { yes: true, ...input.flags } }, io);
    const { settings } = config;
    await using app = await openApp(config, io.env);
    await tellAbandonedRuns(app, io);
    const order = await orderOf(config, input.positionals, io.cwd);
    const spec = await app.newRun(order.goal, settings.repo, {
      ...order.overrides,
      // All at once, which is the point, unless somebody says how many.
      ...(config.origins.concurrency.kind === "default"
        ? { concurrency: Math.max(settings.concurrency, order.overrides.plan.tasks.length) }
        : {}),
      verifier: config.origins.verifier.kind === "default" ? "checks" : settings.verifier,
    });
    return await driveRun(app, spec, "report", io);
  },
};

async function orderOf(config: Config, positionals: readonly string[], cwd: string): Promise<ComponentsRun> {
  const { settings } = config;
  if (positionals.length > 1)
    throw new AllotError(
      "usage",
      `allot dispatch takes one goal and got ${positionals.length} words; put it in quotes`,
    );
  const wanted = Object.entries(settings.component ?? {});
  if (wanted.length === 0)
    throw new AllotError("usage", 'allot dispatch needs components: --component backend="Implement the routers"');
  const { root } = await findRepository(settings.repo);
  const rev = await resolveRevision(root, settings.base ?? "HEAD");
  const files = partsOf(await readUserGit(root, ["ls-tree", "-r", "--name-only", "-z", "--full-tree", rev]));
  const paths = byName(settings.files ?? [], "--files");
  const checks = Object.entries(settings.check ?? {});
  for (const name of [...paths.keys(), ...checks.map(([each]) => each)]) {
    if (!wanted.some(([each]) => each === name))
      throw new AllotError(
        "usage",
        `there is no component "${name}"; components are ${wanted.map(([each]) => each).join(", ")}`,
      );
  }
  return orderComponents({
    components: wanted.map(([name, text]): WantedComponent => ({
      name,
      text,
      paths: paths.get(name) ?? [],
      checks: checks.flatMap(([each, command]) => (each === name ? [command] : [])),
    })),
    contract: await contractOf(settings.contract, { root, cwd, committed: new Set(files) }),
    agent: settings.agent,
    files,
    ...(positionals[0] === undefined ? {} : { goal: positionals[0].trim() }),
  });
}

/** `backend=app/,lib/` as it comes apart at the commas: a word without a name belongs to the one before. */
function byName(words: readonly string[], flag: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let name: string | undefined;
  for (const word of words) {
    const [, named, value] = /^([^=/]+)=(.*)$/.exec(word) ?? [];
    if (named !== undefined) name = named;
    if (name === undefined) throw new AllotError("usage", `${flag} takes NAME=PATHS, but got "${word}"`);
    const path = (value ?? word).replace(/\/+$/, "");
    if (path !== "") found.set(name, [...(found.get(name) ?? []), path]);
  }
  return found;
}

interface Ground {
  readonly root: string;
  readonly cwd: string;
  /** The files that the run starts with. */
  readonly committed: ReadonlySet<string>;
}

/**
 * The contract as it stands in the work tree now, committed or not: that is what the parts agree on. Throws `usage` for one that
 * lies elsewhere, also by a link, and `input-invalid` where nothing in it could be checked.
 */
async function contractOf(asked: string | null, ground: Ground): Promise<ComponentSpec["contract"]> {
  if (asked === "none") return undefined;
  const { root, cwd } = ground;
  const usual = USUAL_CONTRACTS.find((name) => existsSync(join(root, name)));
  const named = asked ?? usual;
  if (named === undefined) return undefined;
  const path = safePath(await inside(named, root, asked === null ? root : cwd));
  let text: string;
  try {
    text = await readFile(join(root, path), "utf8");
  } catch (cause) {
    throw new AllotError("file-not-found", `the contract ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  requireEndpoints(path, text, ground);
  return { path, text };
}

/** A contract without an endpoint would refuse nothing; what it refers to is read as the parts will have it, committed. */
function requireEndpoints(path: string, text: string, { root, committed }: Ground): void {
  const read = (other: string): string | undefined =>
    committed.has(other) && existsSync(join(root, other)) ? readFileSync(join(root, other), "utf8") : undefined;
  const { endpoints, unresolved } = readContract(path, text.replace(/^\uFEFF/, ""), read);
  if (endpoints.length > 0) return;
  const reasons = unresolved.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  throw new AllotError(
    "input-invalid",
    [
      `no endpoint can be read out of the contract ${path}, so that nothing could be checked${reasons.length === 0 ? "" : ` (${reasons.join("; ")})`}.`,
      "An endpoint is a method with a path, as in `GET /api/posts/{id}` or the table row `| GET | /api/posts/{id} |`, or an operation of an OpenAPI document whose references are committed.",
      "--contract names another file; --contract none goes without.",
    ].join(" "),
  );
}

/** Relative to the repository, as the user names it from where they stand or from its top. */
async function inside(asked: string, root: string, cwd: string): Promise<string> {
  const tries = isAbsolute(asked) ? [asked] : [resolve(cwd, asked), resolve(root, asked)];
  for (const file of tries) {
    const path = relative(root, await realpath(file).catch(() => file));
    if (path !== "" && !path.startsWith("..") && !isAbsolute(path)) return path.split(sep).join("/");
  }
  throw new AllotError("usage", `the contract ${asked} lies outside of ${root}; put it into the repository`);
}
