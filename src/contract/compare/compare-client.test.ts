import { expect, test } from "vitest";
import type { Call, Endpoint, Route } from "../contract.ts";
import { compareClient } from "./compare-client.ts";

function calls(...lines: readonly string[]): Call[] {
  return lines.map((line, index) => ({ ...split(line), file: "api.ts", line: index + 1, by: "fetch" }));
}

function promised(...lines: readonly string[]): Endpoint[] {
  return lines.map((line, index) => ({ ...split(line), file: "API.md", line: index + 1 }));
}

function served(...lines: readonly string[]): Route[] {
  return lines.map((line, index) => ({ ...split(line), file: "app.py", line: index + 1, framework: "fastapi" }));
}

function split(line: string): { method: string; path: string } {
  const [method = "", path = ""] = line.split(" ");
  return { method, path };
}

function told(asked: readonly Call[], endpoints: readonly Endpoint[] | null, routes: readonly Route[] = []): string[] {
  return compareClient(asked, endpoints, routes).map(({ kind, method, path }) => `${kind} ${method} ${path}`);
}

test("a dynamic part of a call is a parameter, or a word that it may be", () => {
  const contract = promised("GET /teams/{id}", "GET /service/radarr/{id}");
  expect(told(calls("GET /teams/{}", "GET /service/{}/{}", "GET /teams/7"), contract)).toEqual([]);
});

test("a path that nobody promises is unknown, with the closest that is promised", () => {
  const [finding] = compareClient(calls("DELETE /user/{}"), promised("DELETE /users/{id}", "GET /health"), []);
  expect(finding).toEqual({
    side: "client",
    kind: "unknown-path",
    method: "DELETE",
    path: "/user/{}",
    contract: { file: "API.md", line: 1 },
    code: { file: "api.ts", line: 1 },
    closest: { method: "DELETE", path: "/users/{id}" },
    suggestion: "Call DELETE /users/{id} (API.md:1), the closest that the contract has, or add DELETE /user/{} there.",
  });
});

test("a method that a path does not have is told with those that it has", () => {
  const [finding] = compareClient(calls("PUT /teams/{}"), promised("GET /teams/{id}", "PATCH /teams/{id}"), []);
  expect(finding?.kind).toBe("method-mismatch");
  expect(finding?.suggestion).toBe("Call /teams/{id} by GET, PATCH: the contract has no PUT there (API.md:1).");
});

test("what the server serves and the contract does not name is undocumented, not unknown", () => {
  expect(told(calls("GET /export"), promised("GET /teams"), served("GET /teams", "GET /export"))).toEqual([
    "undocumented GET /export",
  ]);
});

test("a word of its own on the server is not what the contract's parameter means", () => {
  const routes = served("GET /orders/{id}", "GET /orders/export");
  expect(told(calls("GET /orders/export"), promised("GET /orders/{id}"), routes)).toEqual([
    "undocumented GET /orders/export",
  ]);
});

test("without a contract the server's routes are what may be called", () => {
  expect(told(calls("GET /teams", "GET /users"), null, served("GET /teams"))).toEqual(["unknown-path GET /users"]);
});

test("a prefix that a proxy takes off is known by several calls that have it", () => {
  const contract = promised("GET /teams", "GET /users");
  expect(told(calls("GET /api/teams", "GET /api/users", "GET /api/userz"), contract)).toEqual([
    "unknown-path GET /api/userz",
  ]);
});

test("one call alone below another word is no proxy", () => {
  expect(told(calls("GET /teams", "GET /users", "GET /admin/users"), promised("GET /teams", "GET /users"))).toEqual([
    "unknown-path GET /admin/users",
  ]);
});

test("a prefix that most calls lack comes from a base address", () => {
  const contract = promised("GET /api/v1/teams", "GET /api/v1/users");
  expect(told(calls("GET /teams", "GET /users"), contract)).toEqual([]);
});

test("a prefix that one call forgot is missed there", () => {
  const contract = promised("GET /api/teams", "GET /api/users", "GET /api/tags");
  expect(told(calls("GET /api/teams", "GET /api/users", "GET /tags"), contract)).toEqual(["unknown-path GET /tags"]);
});

test("a call whose base is unknown may lack a prefix by itself", () => {
  const contract = promised("GET /api/teams", "GET /api/users", "GET /api/tags");
  const [tags] = calls("GET /tags");
  const asked = [...calls("GET /api/teams", "GET /api/users"), { ...tags, baseUnknown: true } as Call];
  expect(told(asked, contract)).toEqual([]);
});

test("other hosts and files of the page are not judged", () => {
  expect(told(calls("GET https://weather.example.org/v2", "GET /logo.svg"), promised("GET /teams"))).toEqual([]);
});

test("a wildcard takes the rest of a path", () => {
  expect(told(calls("GET /files/a/b/c.pdf"), promised("GET /files/{path}"))).toEqual([]);
});

test("one finding stands for all calls of a method and path, and names the others", () => {
  const asked = [...calls("GET /userz"), { ...split("GET /userz"), file: "b.ts", line: 9, by: "axios" }];
  const findings = compareClient(asked, promised("GET /teams"), []);
  expect(findings.map(({ suggestion }) => suggestion)).toEqual([
    "Nothing like /userz is in the contract: describe it there, or remove the call. Also called at b.ts:9.",
  ]);
});

test("a method that may be another one is not judged", () => {
  const asked = calls("GET /teams").map((call) => ({ ...call, methodUnknown: true as const }));
  expect(told(asked, promised("POST /teams"))).toEqual([]);
});
