import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { installStandIns } from "../../../test/support/stand-in-agents/install-stand-ins.ts";
import { agentConformance } from "./programs.conformance.ts";

const folder = mkdtempSync(join(tmpdir(), "allot-stand-ins-"));
const standIns = await installStandIns(folder);
afterAll(() => rmSync(folder, { recursive: true }));

/** Where the agents themselves are, if somebody says so: see docs/clients.md. */
const clients = join(process.env["ALLOT_CLIENTS"] ?? "", "node_modules/.bin");
const missing = (name: string): string | undefined => {
  if (process.env["ALLOT_CLIENTS"] === undefined)
    return "ALLOT_CLIENTS names the folder that the programs are installed in";
  return existsSync(join(clients, name)) ? undefined : `${name} is not in ${clients}`;
};

agentConformance("codex, played by a stand-in", { agent: "codex", programs: standIns, model: "gpt-5.5" });
agentConformance("claude, played by a stand-in", { agent: "claude", programs: standIns, model: "claude-sonnet-5-5" });
agentConformance("codex itself", { agent: "codex", programs: clients, model: "gpt-5.5" }, missing("codex"));
agentConformance(
  "claude itself",
  {
    agent: "claude",
    programs: clients,
    model: "claude-sonnet-5-5",
    skip: { "tells where its key is refused": "it asks seven times in forty seconds first" },
  },
  missing("claude"),
);

const BUILT_IN = { "tells that it is not installed": "it is built in" };
agentConformance("api", { agent: "api", model: "claude-sonnet-5-5", skip: BUILT_IN });
agentConformance("comet", { agent: "comet", model: "claude-sonnet-5-5", skip: BUILT_IN });
