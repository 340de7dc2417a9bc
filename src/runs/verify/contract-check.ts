import type { ContractReport, Finding as ContractFinding } from "../../contract/contract.ts";
import { contractAmong, contractFacts } from "../gates/api/contract-facts.ts";
import { breaksWhole, findingText, newlyBroken, unreadableText } from "../gates/api/contract-findings.ts";
import type { Plan } from "../plan/plan.ts";
import type { Component, FinalCheck, Finding } from "../run.ts";
import type { RunContext } from "../run-context.ts";

/**
 * Holds the whole result against the API contract: of a dispatch all of it, else what held before the run. undefined where
 * there is no contract, or the run changed nothing.
 */
export async function contractCheck(context: RunContext, plan: Plan, headRev: string): Promise<FinalCheck | undefined> {
  const { spec, repository } = context;
  if (headRev === spec.baseRev) return undefined;
  const agreed = spec.components?.contract;
  const path = agreed?.path ?? contractAmong(await repository.list(headRev));
  if (path === undefined) return undefined;
  const revs = { base: spec.baseRev, head: headRev };
  const facts = contractFacts(
    repository,
    revs,
    { path, ...(agreed === undefined ? {} : { text: agreed.text, whole: spec.components?.parts ?? [] }) },
    context.signal,
  );
  const startedAt = context.clock.now();
  const head = await facts.report("head");
  if (head === undefined) return agreed === undefined ? undefined : unreadable(path, context.clock.now() - startedAt);
  const broken = agreed === undefined ? newlyBroken(head, await facts.report("base")) : breaksWhole(head);
  const passed = broken.length === 0;
  const count = `${head.endpoints.length} ${head.endpoints.length === 1 ? "endpoint" : "endpoints"}`;
  return {
    command: `allot contract validate ${path}`,
    purpose: "contract",
    before: undefined,
    after: {
      evidence: {
        command: `allot contract validate ${path}`,
        exitCode: passed ? 0 : 1,
        timedOut: false,
        output: broken.map((finding) => `${findingText(finding)}\n`).join(""),
        tookMs: context.clock.now() - startedAt,
      },
      summary: undefined,
    },
    passed,
    why: passed
      ? agreed === undefined
        ? `${count}; nothing broken that held before`
        : keptText(count, head)
      : `${broken.length} ${broken.length === 1 ? "thing is" : "things are"} broken: ${broken.slice(0, 3).map(shortly).join("; ")}`,
    findings: broken.map((finding) => verdictFinding(finding, head, plan, spec.components?.parts ?? [])),
  };
}

/** What no server was held against is not called kept. */
function keptText(count: string, { compared, calls }: ContractReport): string {
  if (compared?.server !== false) return `${count}, all kept`;
  return calls.length > 0
    ? `${count}; what is called keeps them, nothing here has to serve them`
    : `${count}; nothing here serves or calls them, and nothing has to`;
}

/** Agreed on, and not to be read any more: what cannot be checked is not kept. */
function unreadable(path: string, tookMs: number): FinalCheck {
  const command = `allot contract validate ${path}`;
  const why = unreadableText(path);
  return {
    command,
    purpose: "contract",
    before: undefined,
    after: { evidence: { command, exitCode: 65, timedOut: false, output: `${why}\n`, tookMs }, summary: undefined },
    passed: false,
    why,
    findings: [{ problem: why, fix: `Make ${path} readable as a contract by itself.`, paths: [path], task: undefined }],
  };
}

function shortly({ kind, method, path }: ContractFinding): string {
  return `${kind} ${method} ${path}`;
}

/** Told to the component that is to mend it, where there are components. */
function verdictFinding(
  finding: ContractFinding,
  report: ContractReport,
  plan: Plan,
  parts: readonly Component[],
): Finding {
  const { code } = finding;
  const owner = ownerOf(finding, report, parts);
  const task = plan.tasks.find(({ number }) => number === owner?.task);
  return {
    problem: findingText(finding),
    fix: finding.suggestion,
    paths: task === undefined ? (code === null ? [] : [code.file]) : task.writes.map(({ path }) => path),
    task: owner?.task,
  };
}

/**
 * Whose finding it is: whose folder holds the place, or the closest route; else the one of that side whose name stands in the
 * path; else the first of that side. Pure.
 */
export function ownerOf(
  { side, code, closest, path }: Pick<ContractFinding, "side" | "code" | "closest" | "path">,
  { routes }: Pick<ContractReport, "routes">,
  parts: readonly Component[],
): Component | undefined {
  const holds = (file: string | undefined): Component | undefined =>
    parts.find(
      ({ folders }) => file !== undefined && folders.some((own) => file === own || file.startsWith(`${own}/`)),
    );
  const near = routes.find((route) => route.method === closest?.method && route.path === closest.path);
  const ofSide = parts.filter((part) => part.side === side || part.side === undefined);
  const words = path.toLowerCase().split(/[^a-z0-9]+/);
  return (
    holds(code?.file) ??
    (ofSide.length > 1 ? ofSide.findLast(({ name }) => words.includes(name.toLowerCase())) : undefined) ??
    (side === "server" ? holds(near?.file) : undefined) ??
    ofSide[0]
  );
}
