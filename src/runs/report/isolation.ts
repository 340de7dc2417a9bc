import type { TaskOutcome } from "../run.ts";

/** What minimal workspaces kept out of agents' sight: tokens that each would otherwise have stood before. */
export interface Isolation {
  readonly parts: readonly IsolatedPart[];
  /** Over all parts, each of which would have had the repository to itself. */
  readonly tokens: number;
  readonly repositoryTokens: number;
  readonly savedPercent: number;
}

export interface IsolatedPart {
  readonly task: number;
  /** The component, or the mini-task's title. */
  readonly name: string;
  readonly tokens: number;
  readonly repositoryTokens: number;
  readonly savedPercent: number;
}

/** How the figures come about, for whoever reads them. */
export const ISOLATION_METHOD =
  "tokens of the files that a workspace held at its start against those of the whole repository, reckoned at four bytes of text each";

/** The figures of all mini-tasks that had a workspace; undefined where none had. Pure. */
export function isolationOf(
  tasks: readonly TaskOutcome[],
  nameOf: (task: TaskOutcome) => string = ({ title }) => title,
): Isolation | undefined {
  const parts = tasks.flatMap((task): IsolatedPart[] => {
    const { tokens, repositoryTokens } = task.workspace ?? {};
    if (tokens === undefined || repositoryTokens === undefined || repositoryTokens === 0) return [];
    const savedPercent = savedOf(tokens, repositoryTokens);
    return [{ task: task.number, name: nameOf(task), tokens, repositoryTokens, savedPercent }];
  });
  if (parts.length === 0) return undefined;
  const tokens = parts.reduce((sum, part) => sum + part.tokens, 0);
  const repositoryTokens = parts.reduce((sum, part) => sum + part.repositoryTokens, 0);
  return { parts, tokens, repositoryTokens, savedPercent: savedOf(tokens, repositoryTokens) };
}

/** Never below 0: a repository of a few lines is smaller than a contract with a skill. */
function savedOf(tokens: number, repositoryTokens: number): number {
  return Math.max(0, Math.round((1 - tokens / repositoryTokens) * 100));
}
