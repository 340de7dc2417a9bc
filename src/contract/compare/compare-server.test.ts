import { expect, test } from "vitest";
import type { Endpoint, Route } from "../contract.ts";
import { compareServer } from "./compare-server.ts";

/** "GET /a" as an endpoint of the contract, each on a line of its own. */
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

function told(endpoints: readonly Endpoint[], routes: readonly Route[]): string[] {
  return compareServer(endpoints, routes).map(({ kind, method, path }) => `${kind} ${method} ${path}`);
}

test("a route of the same method and shape serves an endpoint, whatever the slash at its end", () => {
  expect(told(promised("GET /teams/", "GET /teams/{id}"), served("GET /teams", "GET /teams/{id}/"))).toEqual([]);
});

test("the one undocumented route at an endpoint's path has the wrong method; it is not told twice", () => {
  expect(told(promised("POST /teams", "GET /teams"), served("PUT /teams", "GET /teams"))).toEqual([
    "method-mismatch POST /teams",
  ]);
});

test("where two undocumented routes stand at a path, neither is taken for the one that was meant", () => {
  expect(told(promised("POST /teams"), served("PUT /teams", "PATCH /teams"))).toEqual([
    "method-mismatch POST /teams",
    "undocumented PUT /teams",
    "undocumented PATCH /teams",
  ]);
});

test("another method of a documented route does not make an endpoint less missing", () => {
  expect(told(promised("GET /teams", "DELETE /teams"), served("GET /teams"))).toEqual(["missing DELETE /teams"]);
});

test("a parameter of another name is told with both places and what to rename", () => {
  const [finding] = compareServer(promised("GET /teams/{teamId}"), served("GET /teams/{id}"));
  expect(finding).toEqual({
    side: "server",
    kind: "param-name",
    method: "GET",
    path: "/teams/{teamId}",
    contract: { file: "API.md", line: 1 },
    code: { file: "app.py", line: 1 },
    closest: { method: "GET", path: "/teams/{id}" },
    suggestion: "Rename {id} to {teamId} at app.py:1, or write /teams/{id} in the contract.",
  });
});

test("of two routes of one shape each serves the endpoint that names its parameter", () => {
  const contract = promised("GET /teams/{id}", "GET /teams/{name}");
  expect(told(contract, served("GET /teams/{name}", "GET /teams/{id}"))).toEqual([]);
});

test("a missing endpoint names the closest route and how it differs", () => {
  const [missing, undocumented] = compareServer(
    promised("GET /orders/{id}/lines/{lineId}"),
    served("GET /orders/{id}/lines", "GET /health"),
  );
  expect(missing?.closest).toEqual({ method: "GET", path: "/orders/{id}/lines" });
  expect(missing?.suggestion).toBe(
    "Add a route for GET /orders/{id}/lines/{lineId}; the closest is GET /orders/{id}/lines (app.py:1), which has one parameter less.",
  );
  expect(undocumented?.kind).toBe("undocumented");
});

test("a segment with more parameters than promised is a matter of their count", () => {
  expect(told(promised("GET /diff/{range}"), served("GET /diff/{from}...{to}"))).toEqual([
    "param-count GET /diff/{range}",
  ]);
});

test("a word is no parameter: an endpoint beside a route with a parameter is missing", () => {
  expect(told(promised("GET /teams/{id}", "GET /teams/me"), served("GET /teams/{id}"))).toEqual([
    "missing GET /teams/me",
  ]);
});

test("a route for any method serves every endpoint at its path", () => {
  expect(told(promised("GET /proxy", "DELETE /proxy"), served("ALL /proxy"))).toEqual([]);
});

test("a route for any method that no endpoint names is undocumented", () => {
  expect(told(promised("GET /teams"), served("GET /teams", "ALL /proxy"))).toEqual(["undocumented ALL /proxy"]);
});

test("HEAD and OPTIONS beside a promised method are the server's own", () => {
  expect(told(promised("GET /teams"), served("GET /teams", "HEAD /teams", "OPTIONS /teams"))).toEqual([]);
});

test("HEAD is promised where GET is served", () => {
  expect(told(promised("HEAD /teams"), served("GET /teams"))).toEqual([]);
});

test("a prefix that only the contract has is a proxy's", () => {
  const contract = promised("GET /api/teams", "GET /api/teams/{id}", "GET /api/users");
  expect(told(contract, served("GET /teams", "GET /teams/{id}", "GET /members"))).toEqual([
    "missing GET /api/users",
    "undocumented GET /members",
  ]);
});

test("a prefix that only the server has is one, too", () => {
  const contract = promised("GET /teams", "GET /teams/{id}");
  expect(told(contract, served("GET /api/v1/teams", "GET /api/v1/teams/{id}"))).toEqual([]);
});

test("an endpoint without the prefix that the others have is missing", () => {
  const contract = promised("GET /api/teams", "GET /api/teams/{id}", "GET /users");
  expect(told(contract, served("GET /api/teams", "GET /api/teams/{id}", "GET /api/users"))).toEqual([
    "missing GET /users",
    "undocumented GET /api/users",
  ]);
});

test("a wildcard has no name to differ in", () => {
  expect(told(promised("GET /files/{path}"), served("GET /files/{*}"))).toEqual([]);
});

test("an endpoint that the contract names twice is told once", () => {
  expect(told(promised("GET /teams", "GET /teams"), served())).toEqual(["missing GET /teams"]);
});
