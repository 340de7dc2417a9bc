import { expect, test } from "vitest";
import { readScripts, scriptRoutes } from "../../../../../test/support/script-servers.ts";

const APP = 'import express, { Router } from "express";\nconst app = express();\n';

test("a router has the prefixes of all that mount it, and one that nobody mounts is not told", async () => {
  const routes = await scriptRoutes({
    "app.ts": `${APP}const api = Router();\nconst lost = Router();\nlost.get("/lost", h);\nconst users = Router({ mergeParams: true });\nusers.get("/", h).post("/:id?", h);\napi.use("/users", auth, users);\napp.use("/v1", api);\napp.use("/v2", api);\n`,
  });
  expect(routes).toEqual([
    "GET /v1/users",
    "GET /v2/users",
    "POST /v1/users",
    "POST /v1/users/{id}",
    "POST /v2/users",
    "POST /v2/users/{id}",
  ]);
});

test("reading a setting of the app is no route", async () => {
  expect(await scriptRoutes({ "app.ts": `${APP}app.get("port");\napp.get("/port", h);\n` })).toEqual(["GET /port"]);
});

test("a router that a function makes is told for each call with what it was given", async () => {
  const routes = await scriptRoutes({
    "crud.js":
      'const { Router } = require("express");\nmodule.exports = (name, { readOnly = false } = {}) => {\n  const router = Router();\n  router.get(`/${name}`, h);\n  if (!readOnly) router.post(`/${name}`, h);\n  return router;\n};\n',
    "app.js":
      'const express = require("express");\nconst crud = require("./crud");\nconst app = express();\napp.use(crud("cats"));\napp.use("/x", crud("dogs", { readOnly: true }));\n',
  });
  expect(routes).toEqual(["GET /cats", "GET /x/dogs", "POST /cats"]);
});

test("a class that keeps its app and its routers in fields is followed through its methods and its parent", async () => {
  const routes = await scriptRoutes({
    "base.ts":
      'import { Router } from "express";\nexport abstract class Base {\n  router = Router();\n  abstract path: string;\n  constructor() { this.init(); }\n  protected abstract init(): void;\n  protected add(method: "get" | "post", path: string) {\n    this.router[method](path, h);\n  }\n}\n',
    "items.ts":
      'import { Base } from "./base";\nexport class Items extends Base {\n  path = "/items";\n  init() {\n    this.add("get", "/");\n    this.add("post", "/:id/copies");\n  }\n}\n',
    "server.ts":
      'import express from "express";\nimport { Items } from "./items";\nclass Server {\n  private app = express();\n  constructor(private controllers: { path: string; router: any }[]) {\n    this.controllers.forEach((one) => this.app.use(one.path, one.router));\n  }\n}\nnew Server([new Items()]);\n',
  });
  expect(routes).toEqual(["GET /items", "POST /items/{id}/copies"]);
});

test("a loop over a table of routers mounts each, and a folder of routers is listed", async () => {
  const routes = await scriptRoutes({
    "src/app.js":
      'const express = require("express");\nconst fs = require("fs");\nconst path = require("path");\nconst app = express();\nconst dir = path.join(__dirname, "routes");\nfs.readdirSync(dir).forEach((file) => {\n  const name = file.replace(".js", "");\n  app.use(`/api/${name}`, require(path.join(dir, file)));\n});\nfor (const [at, router] of Object.entries({ "/a": require("./routes/one"), "/b": require("./routes/two") })) app.use(at, router);\n',
    "src/routes/one.js": 'const r = require("express").Router();\nr.get("/", h);\nmodule.exports = r;\n',
    "src/routes/two.js": 'const r = require("express").Router();\nr.put("/:id", h);\nmodule.exports = r;\n',
  });
  expect(routes).toEqual(["GET /a", "GET /api/one", "PUT /api/two/{id}", "PUT /b/{id}"]);
});

test("an app that is handed to functions of other files is the same app", async () => {
  const routes = await scriptRoutes({
    "index.ts":
      'import app from "./app";\nimport { setup } from "./setup";\nsetup(app, { prefix: "/api" });\napp.listen(1);\n',
    "app.ts": `${APP}export default app;\n`,
    "setup.ts":
      'import type { Express } from "express";\nexport function setup(app: Express, { prefix }: { prefix: string }) {\n  app.route(`${prefix}/session`).get(h).delete(h);\n}\n',
  });
  expect(routes).toEqual(["DELETE /api/session", "GET /api/session"]);
});

test("an app that is made once something else is done, or by a function that nobody calls here, is told", async () => {
  expect(
    await scriptRoutes({
      "a.ts":
        'import express from "express";\nconnect().then(() => {\n  const app = express();\n  app.get("/later", h);\n});\n',
      "b.ts":
        'import express from "express";\nexport function makeApp() {\n  const app = express();\n  app.get("/made", h);\n  return app;\n}\n',
    }),
  ).toEqual(["GET /later", "GET /made"]);
});

test("a path by a setting of the environment is told without it, and said to be unresolved", async () => {
  const { routes, unresolved } = await readScripts({
    "app.ts": `${APP}const api = Router();\napi.get("/a", h);\napp.use(process.env.BASE, api);\napp.use(process.env.PREFIX ?? "/p", api);\napp.get(/^\\/x/, h);\n`,
  });
  expect(routes.map(({ path }) => path)).toEqual(["/a", "/p/a"]);
  expect(unresolved).toEqual([
    { file: "app.ts", line: 5, reason: "the environment variable BASE is a part of the path" },
    { file: "app.ts", line: 7, reason: "the path is a regular expression" },
  ]);
});

test("a route in a condition is marked, and one of a wrapper stands where its path is written", async () => {
  const { routes } = await readScripts({
    "app.ts": `${APP}const add = (path: string) => {\n  app.get(path, h);\n};\nadd("/one");\nif (process.env.X) {\n  app.get("/two", h);\n}\n`,
  });
  expect(routes).toEqual([
    { method: "GET", path: "/one", framework: "express", file: "app.ts", line: 6 },
    { method: "GET", path: "/two", framework: "express", file: "app.ts", line: 8, conditional: true },
  ]);
});

test("what a package mounts below a path is unresolved, and the catch-all of a front end is no route", async () => {
  const { routes, unresolved } = await readScripts({
    "app.ts": `${APP}import { board } from "queue-board";\napp.use("/queues", board().getRouter());\napp.use("/static", express.static("public"));\napp.get("*", h);\n`,
  });
  expect(routes).toEqual([]);
  expect(unresolved).toEqual([{ file: "app.ts", line: 4, reason: "queue-board adds routes of its own here" }]);
});

test("neither tests nor maps nor comments are servers", async () => {
  expect(
    await scriptRoutes({
      "app.ts": `${APP}// app.get("/commented", h);\nconst cache = new Map();\ncache.get("/cached");\napp.get("/real", h);\n`,
      "app.test.ts": `${APP}app.get("/in-a-test", h);\n`,
    }),
  ).toEqual(["GET /real"]);
});

test("only the app in the folders that are asked for is told, with what it imports from elsewhere", async () => {
  const files = {
    "a/app.ts": `${APP}import { shared } from "../lib/routes";\napp.use("/a", shared);\nimport "../metrics/app";\n`,
    "lib/routes.ts": 'import { Router } from "express";\nexport const shared = Router();\nshared.get("/s", h);\n',
    "metrics/app.ts": `${APP}app.get("/metrics", h);\n`,
  };
  expect(await scriptRoutes(files, ["a"])).toEqual(["GET /a/s"]);
});

test("routers without any app are told as they are", async () => {
  expect(
    await scriptRoutes({
      "r.ts": 'import { Router } from "express";\nexport const r = Router();\nr.get("/x/:id(\\\\d+)", h);\n',
    }),
  ).toEqual(["GET /x/{id}"]);
});

test("a router behind a function that hands on to it, or that a package wraps, is mounted", async () => {
  const { routes, unresolved } = await readScripts({
    "app.ts": `${APP}import subdomain from "express-subdomain";\nconst one = Router();\none.get("/one", h);\nconst two = Router();\ntwo.get("/two", h);\napp.use("/x", (req, res, next) => one(req, res, next));\napp.use(subdomain("api", two));\napp[unknownMethod()]("/three", h);\n`,
  });
  expect(routes.map(({ path }) => path)).toEqual(["/x/one", "/two"]);
  expect(unresolved).toEqual([{ file: "app.ts", line: 10, reason: "the method of a route is not known" }]);
});

test("an app that is handed on in an object is followed many calls deep, with paths from other files", async () => {
  const hand = (from: number): string =>
    `import { step${from + 1} } from "./step${from + 1}";\nexport const step${from} = (context) => step${from + 1}(context);\n`;
  const files: Record<string, string> = {
    "app.ts": `${APP}import { step1 } from "./step1";\nimport { limit } from "./paths";\nlimit();\nstep1({ app, log });\n`,
    "paths.ts": 'export const PATH = "/deep";\nexport const limit = () => PATH;\n',
    "step7.ts": 'import { PATH } from "./paths";\nexport const step7 = ({ app }) => {\n  app.get(PATH, h);\n};\n',
  };
  for (const step of [1, 2, 3, 4, 5, 6]) files[`step${step}.ts`] = hand(step);
  expect(await scriptRoutes(files)).toEqual(["GET /deep"]);
});
