import { relative } from "node:path";
import { z } from "zod";
import { isNothingCompared } from "../../contract/contract.ts";
import { validateContract } from "../../contract/validate-contract.ts";
import { defineTool, within } from "../tool.ts";

/** Of routes and calls a model needs the number; the findings name those that matter. */
const MOST_LISTED = 200;

export const contractValidateTool = defineTool({
  name: "contract_validate",
  title: "Validate an API contract",
  description:
    "Reads an API contract (Markdown or OpenAPI), the routes that server code serves and the calls that client code makes, and answers " +
    "where they differ, each with both places, the closest route and what to change. Nothing of the project is run. Without a contract, " +
    "server and client are held against each other.",
  input: z.object({
    root: z.string().optional().describe("the project's folder; absent: the folder this server was started for"),
    contract: z.string().optional().describe("the contract's file, relative to the root"),
    servers: z.array(z.string()).optional().describe("folders of server code, relative to the root; absent: found"),
    clients: z.array(z.string()).optional().describe("folders of client code, relative to the root; absent: found"),
  }),
  annotations: { readOnlyHint: true, openWorldHint: false },
  async run({ folder }, { root, contract, servers, clients }, signal) {
    const at = within(folder, root);
    const inRoot = (named: string): string => relative(at, within(at, named)) || ".";
    const report = await validateContract(
      {
        root: at,
        ...(contract === undefined ? {} : { contract: inRoot(contract) }),
        ...(servers === undefined ? {} : { servers: servers.map(inRoot) }),
        ...(clients === undefined ? {} : { clients: clients.map(inRoot) }),
      },
      signal,
    );
    return {
      ok: report.findings.length === 0 && !isNothingCompared(report),
      ...(isNothingCompared(report)
        ? { note: "nothing was compared: no server and no client was found; name them" }
        : {}),
      counts: {
        endpoints: report.endpoints.length,
        routes: report.routes.length,
        calls: report.calls.length,
        findings: report.findings.length,
        unresolved: report.unresolved.length,
      },
      findings: report.findings,
      unresolved: report.unresolved.slice(0, MOST_LISTED),
      routes: report.routes.slice(0, MOST_LISTED),
    };
  },
});
