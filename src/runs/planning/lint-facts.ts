import type { RunRepository } from "../../workspaces/run-repository.ts";
import { GATES } from "../gates/gates.ts";
import { pathsNamedBy, type LintFacts } from "../plan/lint.ts";
import type { Plan } from "../plan/plan.ts";

/** What the linter has to know about the commit that a plan starts from. */
export async function lintFacts(repository: RunRepository, rev: string, plan: Plan): Promise<LintFacts> {
  const files = new Set(await repository.list(rev));
  const texts = new Map<string, string>();
  for (const path of pathsNamedBy(plan)) {
    const text = files.has(path) ? await repository.read(rev, path) : undefined;
    if (text !== undefined) texts.set(path, text);
  }
  return { files, texts, gates: new Set(GATES.map(({ id }) => id)) };
}
