import { expect, test } from "vitest";
import { contractTemplate } from "./contract-template.ts";
import { contractText } from "./contract-text.ts";
import { readContract } from "./read-contract.ts";

function names(text: string, path = "API.md", read?: (path: string) => string | undefined): string[] {
  return readContract(path, text, read).endpoints.map(
    ({ method, path: served, line }) => `${method} ${served} :${line}`,
  );
}

test("a table's rows are endpoints, whatever its columns are called and however its paths name their parameters", () => {
  const text = `
| Endpoint | What | Verb |
|:---------|------|-----:|
| \`/teams\` | all | GET, POST |
| /teams/:teamId | one | **patch** |
| [/teams/<int:id>/logo](#logo) | picture | \`PUT\` |
| teams/{id:[0-9]{2}}/x?full=1 | two | DELETE |
`;
  expect(names(text)).toEqual([
    "GET /teams :4",
    "POST /teams :4",
    "PATCH /teams/{teamId} :5",
    "PUT /teams/{id}/logo :6",
    "DELETE /teams/{id}/x :7",
  ]);
});

test("headings, list items, bold text and code blocks of requests name endpoints", () => {
  const text = `# API
### GET /a
### 2.1 \`POST /b\` - make one
#### Read one (GET /c/{id})
- **PUT** \`/d\`: replace
- Remove: \`DELETE /d\`
**HEAD** /e

\`\`\`
GET    /f   # list
POST   /f/*rest
\`\`\`
<summary><code>GET</code> <code><b>/g</b></code></summary>
`;
  expect(names(text)).toEqual([
    "GET /a :2",
    "POST /b :3",
    "GET /c/{id} :4",
    "PUT /d :5",
    "DELETE /d :6",
    "HEAD /e :7",
    "GET /f :10",
    "POST /f/{rest} :11",
    "GET /g :13",
  ]);
});

test("a method and a path that stand apart belong together in their section", () => {
  const text = `
## List
**URL**: \`/people/\`
**Method**: \`GET\`
## Make
- Method: POST
- Path: /people/
## /people/{id}
- GET: one
- **DELETE** - remove
### PUT
## Pets [/pets/{id}{?full}]
### Read a pet [GET]
`;
  expect(names(text)).toEqual([
    "GET /people/ :4",
    "POST /people/ :7",
    "GET /people/{id} :9",
    "DELETE /people/{id} :10",
    "PUT /people/{id} :11",
    "GET /pets/{id} :13",
  ]);
});

test("what is struck out, commented out, an example, a mention, or a change is no promise", () => {
  const text = `
### GET /kept/{id}
Not \`GET /mentioned\`; see \`GET /seen\`.
- see \`GET /seen-too\`
- 2031-01-01: added \`GET /dated\`
~~\`GET /struck\`~~
<!--
GET /commented
-->
\`\`\`http
GET /kept/17?full=1 HTTP/1.1
\`\`\`
\`\`\`bash
GET /in-a-shell
\`\`\`
| Field | Type |
|---|---|
| link | GET /in-a-body |
## Changelog
| Method | Path |
|---|---|
| GET | /old |
### GET /older
## Todos
- \`GET /todos\`
`;
  expect(names(text)).toEqual(["GET /kept/{id} :2", "GET /todos :25"]);
});

test("a base path goes in front of all paths that do not have it yet, one of a section only there", () => {
  const text = `# Shop
All endpoints are served under \`/api/v2\`.
## Users
Base path: \`/users\`
- GET /
- GET /{id}
- GET /users/me
- POST /api/v2/users/invite
## Orders
- GET /orders
- GET https://shop.example/api/v2/orders/late
`;
  expect(readContract("c.md", text).base).toBe("/api/v2");
  expect(names(text)).toEqual([
    "GET /api/v2/users/ :5",
    "GET /api/v2/users/{id} :6",
    "GET /api/v2/users/me :7",
    "POST /api/v2/users/invite :8",
    "GET /api/v2/orders :10",
    "GET /api/v2/orders/late :11",
  ]);
});

test("a base address in a code block below its heading counts, and so does one in a table", () => {
  expect(names("## Base URL\n```\nhttp://localhost:8000/api\n```\n## X\n- GET /x\n")).toEqual(["GET /api/x :6"]);
  expect(names("| | |\n|---|---|\n| Base URL | `/v3` |\n\n- GET /x\n")).toEqual(["GET /v3/x :5"]);
});

test("one line may name several endpoints, one path several words", () => {
  const text = `
- \`GET /a\`, \`POST /a\` - both
**\`PATCH /a/:id\` · ADMIN** · **\`DELETE /a/:id\` · ADMIN**: instead of \`PUT /a\`
**\`POST /a/:id/approve|reject\`**

| What | Call |
|---|---|
| set | POST/PUT \`/b/(x\\|y)\` |
`;
  expect(names(text)).toEqual([
    "GET /a :2",
    "POST /a :2",
    "PATCH /a/{id} :3",
    "DELETE /a/{id} :3",
    "POST /a/{id}/approve :4",
    "POST /a/{id}/reject :4",
    "POST /b/x :8",
    "PUT /b/x :8",
    "POST /b/y :8",
    "PUT /b/y :8",
  ]);
});

test("a base path in a section without endpoints counts for all, whatever the section is called", () => {
  expect(
    names("## Regeln\n### 1.1 Base URL & Version\n```\nProd: https://x.example/api/v1\n```\n## Y\n- GET /y\n"),
  ).toEqual(["GET /api/v1/y :7"]);
});

test("a row whose method is none is told as unresolved, and so is a text that names no endpoint", () => {
  expect(readContract("c.md", "| Method | Path |\n|---|---|\n| FETCH | /a |\n").unresolved).toEqual([
    { file: "c.md", line: 3, reason: '"FETCH" is no HTTP method' },
  ]);
  expect(readContract("c.md", "# Nothing yet\n").unresolved).toEqual([
    { file: "c.md", line: 1, reason: "no endpoint is named in this contract" },
  ]);
});

test("OpenAPI 3 in YAML: base path of the first server, variables, references, and operations with servers of their own", () => {
  const text = `openapi: 3.1.0
servers:
  - url: https://{host}/{stage}/api/
    variables:
      host: { default: x.example }
      stage: { default: prod }
  - url: /other
paths:
  /a/{id}:
    parameters: []
    get: { responses: {} }
    delete:
      servers: [{ url: /admin }]
      responses: {}
  /b:
    $ref: "#/components/pathItems/B"
  /c:
    $ref: "./paths/c.yaml#/C"
  /d:
    $ref: "./nowhere.yaml"
components:
  pathItems:
    B:
      post: { responses: {} }
`;
  const read = (path: string) => (path === "docs/paths/c.yaml" ? "C:\n  put:\n    responses: {}\n" : undefined);
  expect(names(text, "docs/openapi.yaml", read)).toEqual([
    "GET /prod/api/a/{id} :11",
    "DELETE /admin/a/{id} :12",
    "POST /prod/api/b :24",
    "PUT /prod/api/c :17",
  ]);
  expect(readContract("docs/openapi.yaml", text, read).unresolved).toEqual([
    { file: "docs/openapi.yaml", line: 19, reason: "the path item of /d cannot be read" },
  ]);
});

test("Swagger 2 in JSON: basePath, and the line of each method", () => {
  const text = `{
  "swagger": "2.0",
  "basePath": "/v1/",
  "paths": {
    "/a/{b}/": {
      "get": {},
      "x-note": {},
      "head": {}
    },
    "x-extra": {}
  }
}`;
  expect(names(text, "spec.json")).toEqual(["GET /v1/a/{b}/ :6", "HEAD /v1/a/{b}/ :8"]);
});

test("a reference that leads back to itself ends, and a broken file is told", () => {
  const text = '{"openapi":"3.0.0","paths":{"/a":{"$ref":"#/paths/~1a"}}}';
  expect(readContract("c.json", text).unresolved).toEqual([
    { file: "c.json", line: 1, reason: "the path item of /a cannot be read" },
  ]);
  expect(readContract("c.yaml", "a: [").unresolved).toEqual([
    { file: "c.yaml", line: 1, reason: "this is neither JSON nor YAML that can be read" },
  ]);
});

test("a large document in YAML has the same endpoints and lines as a small one", () => {
  const filler = "  Thing:\n    description: a\n".repeat(12_000);
  const text = `openapi: 3.0.0\ncomponents:\n${filler}paths:\n  /a:\n    get: {}\n`;
  expect(names(text, "c.yml")).toEqual(["GET /a :24005"]);
});

test("an extracted contract is read back as the same endpoints, in each format", () => {
  const routes = [
    "GET /api/history",
    "GET /api/todos/{id}",
    "PUT /api/todos/{id}/",
    "ALL /api/proxy/{*}",
    "PURGE /api/prefix/{a}.{b}",
    "POST /api/GET",
    "GET /",
  ];
  const given = routes.map((text) => ({
    method: text.slice(0, text.indexOf(" ")),
    path: text.slice(text.indexOf(" ") + 1),
    file: "a.ts",
    line: 3,
  }));
  for (const [format, file] of [
    ["markdown", "c.md"],
    ["openapi-json", "c.json"],
    ["openapi-yaml", "c.yaml"],
  ] as const) {
    const back = readContract(file, contractText(given, format, "Shop"));
    expect(back.endpoints.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(routes.toSorted());
    expect(back.unresolved).toEqual([]);
  }
});

test("the template is a contract whose example resource can be read", () => {
  expect(
    readContract("c.md", contractTemplate("Shop", "/api")).endpoints.map(({ method, path }) => `${method} ${path}`),
  ).toEqual([
    "GET /api/items",
    "POST /api/items",
    "GET /api/items/{itemId}",
    "PATCH /api/items/{itemId}",
    "DELETE /api/items/{itemId}",
  ]);
});

test("a contract that repeats its parts by any number of nested aliases is read, and costs no more for it", () => {
  const levels = Array.from({ length: 40 }, (_, level) => `x${level}: &x${level} [*x${level - 1}, *x${level - 1}]`);
  const text = ["openapi: 3.0.0", "y: &x-1 { a: 1 }", ...levels, "paths:", "  /items:", "    get: { tags: *x39 }"].join(
    "\n",
  );
  expect(names(text, "openapi.yaml")).toEqual(["GET /items :45"]);
});
