import { expect, test } from "vitest";
import { readScripts, scriptRoutes } from "../../../../../test/support/script-servers.ts";

test("plug-ins have the prefixes of those that register them, and those that nobody registers are dead", async () => {
  expect(
    await scriptRoutes({
      "server.ts":
        'import Fastify from "fastify";\nimport { items } from "./items";\nconst app = Fastify();\nawait app.register(async (scope) => {\n  await scope.register(items, { prefix: "/items" });\n  await scope.register(import("./late"));\n}, { prefix: "/v1" });\n',
      "items.ts":
        'export async function items(fastify) {\n  fastify.get("/", h);\n  fastify.route({ method: ["PUT", "PATCH"], url: "/:id(^\\\\d+)", handler: h });\n}\nexport async function dead(fastify) {\n  fastify.get("/dead", h);\n}\n',
      "late.ts": 'export default async (fastify) => { fastify.get("/late", h); };\n',
    }),
  ).toEqual(["GET /v1/items", "GET /v1/late", "PATCH /v1/items/{id}", "PUT /v1/items/{id}"]);
});

test("a plug-in that has no scope of its own ignores the prefix", async () => {
  expect(
    await scriptRoutes({
      "server.js":
        'const fastify = require("fastify")();\nconst fp = require("fastify-plugin");\nconst plugin = fp(async (app) => { app.get("/plain", h); });\nfastify.register(plugin, { prefix: "/ignored" });\n',
    }),
  ).toEqual(["GET /plain"]);
});

test("a loop over a table of plug-ins by the members of an enum registers each", async () => {
  expect(
    await scriptRoutes({
      "server.ts":
        'import fastify from "fastify";\nenum Kind { Aws = "aws", Gcp = "gcp" }\nconst plugin = (name: string) => async (app) => { app.post(`/${name}/sync`, h); };\nconst TABLE = { [Kind.Aws]: plugin("a"), [Kind.Gcp]: plugin("g") };\nexport const main = async () => {\n  const server = fastify();\n  for (const [kind, register] of Object.entries(TABLE)) await server.register(register, { prefix: `/${kind}` });\n};\n',
    }),
  ).toEqual(["POST /aws/a/sync", "POST /gcp/g/sync"]);
});

test("folders that are loaded by themselves give prefixes by their names", async () => {
  expect(
    await scriptRoutes({
      "src/app.ts":
        'import autoLoad from "@fastify/autoload";\nimport path from "node:path";\nexport default async function app(fastify, opts) {\n  fastify.register(autoLoad, { dir: path.join(import.meta.dirname, "routes"), routeParams: true, options: { prefix: "/api" } });\n}\n',
      "src/routes/home.ts": 'export default async (fastify) => { fastify.get("/", h); };\n',
      "src/routes/users/_id/index.ts": 'export default async (fastify) => { fastify.get("/posts", h); };\n',
      "src/routes/users/_id/schema.ts": "export default {};\n",
    }),
  ).toEqual(["GET /api", "GET /api/users/{id}/posts"]);
});

test("a package's plug-in below a prefix, and a description that is not known, are unresolved", async () => {
  const { unresolved } = await readScripts({
    "server.ts":
      'import Fastify from "fastify";\nimport { board } from "queue-board";\nimport cors from "@fastify/cors";\nconst app = Fastify();\napp.register(board.plugin(), { prefix: "/queues" });\napp.register(cors);\napp.route(described());\n',
  });
  expect(unresolved).toEqual([
    { file: "server.ts", line: 5, reason: "queue-board adds routes of its own here" },
    { file: "server.ts", line: 7, reason: "the description of a route is not known" },
  ]);
});
