import type { ContractReport, Finding as ContractFinding } from "../../../contract/contract.ts";
import type { Gate, GateFacts } from "../gate.ts";
import { changedFiles } from "../facts/changed-code.ts";
import { notApplicable, resultOf, type Finding } from "../facts/result.ts";
import { brokenByPart, findingText, newlyBroken, unreadableText } from "./contract-findings.ts";

const ID = "api-contract";

/** Words of code that serves routes or calls them; a change without any of them moves no endpoint. */
const CONCERNS =
  /\b(?:fetch|axios|ky|useSWR|createClient|router|Router|Blueprint|FastAPI|Flask|urlpatterns|Express|express|fastify|Hono|chi|gin|Controller|Mapping|MethodView|ViewSet|route|routes|app\.\w+)\b|@(?:Get|Post|Put|Patch|Delete|api_view)\b|export (?:async )?(?:function|const) (?:GET|POST|PUT|PATCH|DELETE)\b/;

/** The API contract holds: for a component its side of it; else the result breaks nothing that held before. */
export const apiContract: Gate = {
  id: ID,
  title: "the API contract holds",
  price: 1,
  async check(facts) {
    const { contract } = facts;
    if (contract === undefined) return notApplicable(ID, "there is no API contract");
    if (contract.part === undefined && !(await concerns(facts)))
      return notApplicable(ID, `nothing that ${contract.path} speaks of is changed`);
    const head = await contract.report("head");
    // A component was given it to keep: what cannot be checked is not kept.
    if (head === undefined && contract.part !== undefined)
      return resultOf(ID, [
        { code: "api-contract-broken", message: unreadableText(contract.path), path: contract.path },
      ]);
    if (head === undefined) return notApplicable(ID, `${contract.path} is not there, or cannot be read as a contract`);
    if (contract.part !== undefined) {
      const broken = brokenByPart(head, contract.part);
      return resultOf(ID, findingsOf(broken), `${contract.path}: ${keptText(head)}`);
    }
    const base = await contract.report("base");
    // Who changes the contract first leaves the code to those who come after; the whole is judged at the end.
    const writesContract = facts.changes.some(({ path }) => path === contract.path);
    const broken = newlyBroken(head, base).filter(({ kind }) => !writesContract || kind !== "missing");
    return resultOf(ID, findingsOf(broken), `nothing in ${contract.path} is broken that held before`);
  },
};

function keptText({ endpoints, routes, calls }: ContractReport): string {
  const count = `${endpoints.length} ${endpoints.length === 1 ? "endpoint" : "endpoints"}`;
  if (routes.length > 0 || calls.length > 0) return `${count}, all kept`;
  return `${count}; nothing of them is served or called here, the whole is judged in the end`;
}

async function concerns(facts: GateFacts): Promise<boolean> {
  const path = facts.contract?.path;
  return (await changedFiles(facts)).some(
    (file) => file.path === path || (!file.isTest && CONCERNS.test(`${file.before ?? ""}\n${file.after ?? ""}`)),
  );
}

function findingsOf(broken: readonly ContractFinding[]): Finding[] {
  return broken.map((finding) => {
    const place = finding.code ?? finding.contract;
    return {
      code: "api-contract-broken" as const,
      message: findingText(finding),
      ...(place === null ? {} : { path: place.file, line: place.line }),
    };
  });
}
