import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog, CatalogModel } from "../../catalog/catalog.ts";
import type { Codebase, FileFacts } from "../../codebase/facts/facts.ts";
import { detectTestCommand, type TestCommand } from "../../codebase/test-command.ts";
import { type NanoUsd, nanoUsd } from "../../foundation/units.ts";
import { costOf } from "../../ledger/cost.ts";
import { priceOfCall } from "../../ledger/worst-case.ts";
import { selectTargets } from "../../tasks/targets/select-targets.ts";
import type { ReadText, RunOrder } from "../../tasks/through-run/through-run.ts";
import type { WorkSpec } from "../../tasks/work.ts";
import { partsOf, readUserGit } from "../../workspaces/git.ts";
import { resolveRevision } from "../../workspaces/user-repository.ts";

/** What orders of runs are made from. */
export interface RunGround {
  /** Texts at the last commit, where a run starts. */
  readonly read: ReadText;
  /** How the project runs its tests; undefined where that is not to be seen. */
  readonly detected: TestCommand | undefined;
}

/** Looks at the last commit and at the project's test command. Throws `not-a-repository`, or `revision-not-found` where there is no commit. */
export async function runGround(codebase: Codebase): Promise<RunGround> {
  const { root } = codebase;
  await resolveRevision(root, "HEAD");
  const committed = new Set(partsOf(await readUserGit(root, ["ls-tree", "-r", "--name-only", "-z", "HEAD"])));
  const changed = partsOf(
    await readUserGit(root, ["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", "HEAD"]),
  );
  const before = new Map<string, string>();
  for (const path of changed.filter((each) => committed.has(each))) {
    before.set(path, (await readUserGit(root, ["cat-file", "blob", `HEAD:${path}`])).bytes.toString("utf8"));
  }
  return {
    detected: await detectTestCommand(root),
    read: (path) => (committed.has(path) ? (before.get(path) ?? readFileSync(join(root, path), "utf8")) : undefined),
  };
}

/** The files that a target means for work of that kind. Throws as `selectTargets`. */
export async function filesOfTarget(
  spec: Pick<WorkSpec, "kind" | "target" | "context">,
  codebase: Codebase,
): Promise<readonly FileFacts[]> {
  const { files } = await selectTargets(spec, codebase, (path) => readFile(join(codebase.root, path)));
  return files;
}

/** What the mini-tasks of an order are expected to cost, without the judgement at the end. Pure. */
export function orderCost({ overrides }: RunOrder, catalog: Catalog, model: CatalogModel): NanoUsd {
  const { price } = priceOfCall(catalog, model.provider, model.id);
  const nothing = { cacheReadTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, reasoningTokens: 0 };
  const costs = overrides.plan.tasks.map(({ estimate: { inputTokens, outputTokens } }) =>
    costOf({ ...nothing, inputTokens, outputTokens, estimated: true }, price),
  );
  return nanoUsd(costs.reduce((sum, cost) => sum + cost, 0));
}
