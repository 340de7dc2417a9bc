import { expect, test } from "vitest";
import type { ContractReport } from "../../contract/contract.ts";
import { displayWidth } from "../../foundation/table.ts";
import { jsonForm } from "../../gateway/connect/json-form.ts";
import { assignRoles } from "../../routing/roles/assign-roles.ts";
import { totalUsage } from "../../transcripts/sums.ts";
import { paint } from "./colour.ts";
import { contractScreen } from "./contract/contract-screen.ts";
import { settingsScreen } from "./gateway/connect-screen.ts";
import { rolesScreen } from "./roles-screen.ts";
import { measureScreen } from "./spend/measure-screen.ts";

const PLAIN = paint(false);

/** Lines of more than 40 columns. */
function tooWide(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => displayWidth(line) > 40);
}

test("who does which part fits 40 columns", () => {
  const text = "Add 8 endpoints matching this OpenAPI spec and design the permission model";
  const form = { paint: PLAIN, columns: 40, coloured: false };
  const lines = rolesScreen(text, assignRoles(text), form).split("\n");
  expect(tooWide(lines)).toEqual([]);
  expect(lines.slice(2, 6)).toEqual([
    "- Add 8 endpoints matching this OpenAPI",
    "  spec → **Codex** (spec already",
    "  defined, pure generation task)",
    "- design the permission model →",
  ]);
});

test("a comparison of contract and code fits 40 columns", () => {
  const place = { file: "frontend/src/services/orders.ts", line: 12 };
  const report: ContractReport = {
    routes: [],
    calls: [],
    endpoints: [],
    findings: [
      {
        kind: "unknown-path",
        side: "client",
        method: "PUT",
        path: "/api/customers/{}/orders/{}/items",
        contract: place,
        code: place,
        closest: null,
        suggestion: "Call another one of those that the contract has.",
      },
    ],
    unresolved: [{ ...place, reason: "the address is made of what nobody can know" }],
  };
  const lines = contractScreen(report, { paint: PLAIN, columns: 40, contract: "docs/API_CONTRACT.md" }).split("\n");
  expect(tooWide(lines)).toEqual([]);
  expect(lines.slice(0, 2)).toEqual(["docs/API_CONTRACT.md: 0 endpoints;", "  server: 0 routes; client: 0 calls"]);
  const none: ContractReport = { ...report, findings: [], compared: { server: false, client: false } };
  const endpoints = [{ method: "GET", path: "/a" }] as unknown as ContractReport["endpoints"];
  const end = contractScreen({ ...none, endpoints }, { paint: PLAIN, columns: 40, contract: null }).split("\n");
  expect(tooWide(end)).toEqual([]);
});

test("where was looked for logs fits 40 columns", () => {
  const total = totalUsage([], "all");
  const looked = [{ agent: "claude-code" as const, path: "/home/ann/.config/claude/projects", files: 0 }];
  const nothing = { by: "session" as const, records: [], rows: [], agents: [], total, change: null };
  const measured = { ...nothing, lacks: [], unreadable: [], looked };
  expect(measureScreen(measured, { paint: PLAIN, columns: 40, home: "/home/ann" }).slice(1)).toEqual([
    "  /home/ann/.config/claude/projects",
    "    (claude-code: nothing there)",
  ]);
});

test("JSON that goes into a client's file fits 40 columns as it can be copied, a value a line", () => {
  const hooks = [{ hooks: [{ type: "command", command: "allot hook", timeout: 20 }] }];
  const file = {
    path: "/h/.claude/settings.json",
    form: jsonForm({ comments: false }),
    values: [{ place: ["hooks", "SessionStart"], value: JSON.stringify(hooks) }],
  };
  const client = { title: "Claude Code", files: [file], env: {}, settings: {}, remarks: [] };
  const shown = { name: "claude" as const, client, address: "http://127.0.0.1:7878" };
  const lines = settingsScreen(shown, { columns: 40, program: "allot" });
  expect(tooWide(lines)).toEqual([]);
  const text = lines.join("\n");
  expect(JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1))).toEqual({
    hooks: { SessionStart: hooks },
  });
});
