import { expect, test } from "vitest";
import { readScripts, scriptRoutes } from "../../../../../test/support/script-servers.ts";

test("apps below apps have all base paths, and those that nobody routes are dead", async () => {
  expect(
    await scriptRoutes({
      "src/index.ts":
        'import { Hono } from "hono";\nimport { users } from "./users";\nconst api = new Hono().basePath("/api").basePath("/v1");\nconst app = new Hono();\napi.route("/users", users);\napp.route("/", api);\napp.on("PURGE", ["/a", "/b"], (c) => c.text(""));\nexport default { port: 1, fetch: app.fetch };\n',
      "src/users.ts":
        'import { Hono } from "hono";\nexport const users = new Hono().get("/:id{[0-9]+}", (c) => c.json({})).get("/:id/files/:name?", (c) => c.json({}));\nexport const dead = new Hono().get("/dead", (c) => c.text(""));\n',
    }),
  ).toEqual([
    "GET /api/v1/users/{id}",
    "GET /api/v1/users/{id}/files",
    "GET /api/v1/users/{id}/files/{name}",
    "PURGE /a",
    "PURGE /b",
  ]);
});

test("routes that are described by a schema have parameters in braces", async () => {
  expect(
    await scriptRoutes({
      "index.ts":
        'import { createRoute, OpenAPIHono } from "@hono/zod-openapi";\nimport { serve } from "@hono/node-server";\nconst read = createRoute({ method: "get", path: "/pets/{id}", responses: {} });\nconst app = new OpenAPIHono();\napp.openapi(read, (c) => c.json({}));\napp.doc("/doc", {});\nserve({ fetch: app.fetch });\n',
    }),
  ).toEqual(["GET /doc", "GET /pets/{id}"]);
});

test("a path that is said once holds for the methods after it", async () => {
  expect(
    await scriptRoutes({
      "index.ts":
        'import { Hono } from "hono";\nconst app = new Hono();\napp.get("/a", (c) => c.text("")).post((c) => c.text(""));\nexport default app;\n',
    }),
  ).toEqual(["GET /a", "POST /a"]);
});

test("another application that is mounted is unresolved", async () => {
  const { unresolved } = await readScripts({
    "index.ts":
      'import { Hono } from "hono";\nimport { other } from "elsewhere";\nconst app = new Hono();\napp.mount("/old", other.handle);\nexport default app;\n',
  });
  expect(unresolved).toEqual([
    { file: "index.ts", line: 4, reason: "the application that is mounted here is not known" },
  ]);
});
