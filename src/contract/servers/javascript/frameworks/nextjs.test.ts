import { expect, test } from "vitest";
import { scriptRoutes } from "../../../../../test/support/script-servers.ts";

const GET = "export const GET = () => new Response(null);\n";

test("folders of the app are the path: groups and slots are none of it, private and intercepting ones serve nothing", async () => {
  expect(
    await scriptRoutes({
      "package.json": '{"dependencies":{"next":"15"}}',
      "app/(shop)/@modal/api/cart/[id]/route.ts": GET,
      "app/api/_lib/route.ts": GET,
      "app/(.)photo/route.ts": GET,
      "app/api/%5Fmeta/route.ts": GET,
      "app/api/[...path]/route.ts": GET,
      "app/docs/[[...slug]]/route.ts": GET,
      "app/api/test/route.ts": GET,
      "app/page.tsx": "export default function Page() { return null; }\n",
    }),
  ).toEqual([
    "GET /api/_meta",
    "GET /api/cart/{id}",
    "GET /api/test",
    "GET /api/{path}",
    "GET /docs",
    "GET /docs/{slug}",
  ]);
});

test("methods are the names that a file exports, under other names, destructured and from elsewhere too", async () => {
  expect(
    await scriptRoutes({
      "src/app/a/route.ts":
        'import { handlers } from "../auth";\nexport const { GET, POST } = handlers;\nexport const revalidate = 1;\n',
      "src/app/b/route.ts": "const run = () => {};\nexport { run as PUT };\nexport type PATCH = string;\n",
      "src/app/c/route.ts": 'export * from "../shared";\n',
      "src/app/shared.ts": "export const DELETE = () => {};\nexport const helper = 1;\n",
    }),
  ).toEqual(["DELETE /c", "GET /a", "POST /a", "PUT /b"]);
});

test("the base path of the configuration stands before all, wherever it is wrapped", async () => {
  expect(
    await scriptRoutes({
      "web/next.config.mjs":
        'import wrap from "wrapper";\nconst config = { basePath: "/shop" };\nexport default wrap()(config);\n',
      "web/app/api/route.ts": GET,
    }),
  ).toEqual(["GET /shop/api"]);
});

test("a handler below pages answers the methods that it asks for, or all", async () => {
  expect(
    await scriptRoutes({
      "pages/api/one/[id].ts":
        'export default function handler(req, res) {\n  if (req.method !== "POST") return res.status(405).end();\n}\n',
      "pages/api/two/index.ts": "export default wrap({ GET: read, DELETE: remove });\n",
      "pages/api/three.ts": "export default (req, res) => res.json({});\n",
      "pages/api/four.ts":
        'export default (req, res) => {\n  switch (req.method) {\n    case "GET":\n      return;\n    case "PUT":\n      return;\n  }\n};\n',
      "pages/api/five.ts":
        'import { createRouter } from "next-connect";\nconst router = createRouter();\nrouter.get((req, res) => {}).patch((req, res) => {});\nexport default router.handler();\n',
      "pages/api/lib.ts": "export const notAHandler = 1;\n",
    }),
  ).toEqual([
    "ALL /api/three",
    "DELETE /api/two",
    "GET /api/five",
    "GET /api/four",
    "GET /api/two",
    "PATCH /api/five",
    "POST /api/one/{id}",
    "PUT /api/four",
  ]);
});

test("an app of another framework behind a catch-all is told by its own routes", async () => {
  expect(
    await scriptRoutes({
      "app/api/[[...route]]/route.ts":
        'import { Hono } from "hono";\nimport { handle } from "hono/vercel";\nconst app = new Hono().basePath("/api");\napp.get("/hello", (c) => c.text(""));\nexport const GET = handle(app);\n',
    }),
  ).toEqual(["GET /api/hello"]);
});
