import { expect, test } from "vitest";
import { withTree } from "../../../test/support/script-servers.ts";
import { openScripts } from "./scripts.ts";
import type { Value } from "./values.ts";

/** A value as short text: unknown parts in braces. */
function shown(value: Value | undefined): unknown {
  switch (value?.kind) {
    case "text":
      return value.parts.map((part) => (typeof part === "string" ? part : `{${name(part)}}`)).join("");
    case "constant":
      return value.value;
    case "list":
      return value.items.map(shown);
    case "fields":
      return Object.fromEntries([...value.fields].map(([field, one]) => [field, shown(one.value())]));
    case "choice":
      return { oneOf: value.options.map(shown) };
    case "foreign":
      return `${value.package}:${value.steps.map((step) => (step.kind === "member" ? step.name : "()")).join(".")}`;
    default:
      return value?.kind === "unknown" ? `?${value.name}` : value?.kind;
  }
}

function name(value: Value): string {
  return value.kind === "unknown" ? value.name : String(shown(value));
}

/** What the exports of main.ts are. */
async function exportsOf(files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  return withTree(files, (tree) => {
    const module = openScripts(tree).module("main.ts");
    const names = module?.exportNames() ?? [];
    return Object.fromEntries(names.map((one) => [one, shown(module?.exported(one))]));
  });
}

test("texts are put together out of constants, enums, templates and what is not known", async () => {
  expect(
    await exportsOf({
      "main.ts":
        'enum Path { Users = "/users" }\nconst API = "/api" as const;\nconst VERSION = 2;\nexport const plain = API + Path.Users;\nexport const template = `${API}/v${VERSION}/${process.env.TENANT}`;\nexport const fallback = process.env.BASE ?? "/base";\nexport const joined = ["a", "b"].join("/");\nexport const url = new URL("/x/y", "https://h.test/z").pathname;\nexport const replaced = "/a/:id".replace(":id", "7");\n',
    }),
  ).toEqual({
    plain: "/api/users",
    template: "/api/v2/{TENANT}",
    fallback: { oneOf: ["?BASE", "/base"] },
    joined: "a/b",
    url: "/x/y",
    replaced: "/a/7",
  });
});

test("names are followed through re-exports, barrels, aliases of paths and packages of the workspace", async () => {
  expect(
    await exportsOf({
      "tsconfig.json":
        '{ // lenient\n "extends": "@nobody/base", "compilerOptions": { "paths": { "@app/*": ["./app/*"], }, }, }',
      "main.ts":
        'import all, { one as first, two } from "@app/barrel";\nimport { shared } from "@acme/shared/paths";\nimport * as space from "./app/two";\nexport const a = first;\nexport const b = two;\nexport const c = all.three;\nexport const d = shared;\nexport const e = space.two;\n',
      "app/barrel.ts":
        'export * from "./two";\nexport { default as one } from "./one";\nconst three = "3";\nexport default { three };\n',
      "app/one.ts": 'export default "1";\n',
      "app/two.ts": 'export const two = "2";\n',
      "packages/shared/package.json": '{ "name": "@acme/shared", "exports": { "./paths": "./dist/paths.js" } }',
      "packages/shared/src/paths.ts": 'export const shared = "s";\n',
    }),
  ).toEqual({ a: "1", b: "2", c: "3", d: "s", e: "2" });
});

test("CommonJS gives what is set on its exports, to imports too", async () => {
  expect(
    await exportsOf({
      "main.ts":
        'import whole, { part } from "./common";\nconst again = require("./common");\nexport const a = whole.part;\nexport const b = part;\nexport const c = again.other;\nexport const d = require("./data.json").list;\n',
      "common.js": 'exports.part = "p";\nmodule.exports.other = "o";\n',
      "data.json": '{ "list": ["x", 1] }',
    }),
  ).toEqual({ a: "p", b: "p", c: "o", d: ["x", 1] });
});

test("functions give what they return for what they are given, methods and getters know their object", async () => {
  expect(
    await exportsOf({
      "main.ts":
        'const path = (id: string, { base = "/b" } = {}) => `${base}/${id}`;\nfunction pick(on: boolean) { if (on) return "yes"; return "no"; }\nclass Api {\n  constructor(private root = "/r") {}\n  get users() { return `${this.root}/users`; }\n  one(id: string) { return this.users + "/" + id; }\n}\nclass Admin extends Api {\n  constructor() { super("/admin"); }\n  one(id: string) { return super.one(id) + "!"; }\n}\nexport const a = path("1");\nexport const b = path("2", { base: "" });\nexport const c = pick(true);\nexport const d = pick(unknownThing);\nexport const e = new Api().one("3");\nexport const f = new Admin().one("4");\n',
    }),
  ).toEqual({ a: "/b/1", b: "/2", c: "yes", d: { oneOf: ["yes", "no"] }, e: "/r/users/3", f: "/admin/users/4!" });
});

test("loops over what is known are carried out, and what a condition may do is a choice", async () => {
  expect(
    await exportsOf({
      "main.ts":
        'const made: string[] = [];\nfor (const [key, value] of Object.entries({ a: 1, b: 2 })) made.push(`${key}${value}`);\nlet mode = "dev";\nif (somewhere()) mode = "prod";\nexport const list = made.map((one) => one.toUpperCase());\nexport const choice = mode;\n',
    }),
  ).toEqual({ list: ["A1", "B2"], choice: { oneOf: ["prod", "dev"] } });
});

test("what belongs to packages records what was done with it", async () => {
  expect(
    await exportsOf({ "main.ts": 'import axios from "axios";\nexport const a = axios.create({}).get;\n' }),
  ).toEqual({ a: "axios:create.().get" });
});

test("modules in a ring and functions without an end come to an end", async () => {
  expect(
    await exportsOf({
      "main.ts":
        'import { other } from "./other";\nexport const own = "o";\nexport const a = other;\nconst f = (n: number): string => f(n + 1);\nexport const b = f(1);\nlet x = 0;\nwhile (true) x++;\n',
      "other.ts": 'import { own } from "./main";\nexport const other = own + "!";\n',
    }),
  ).toEqual({ own: "o", a: "o!", b: "?b" });
});

test("texts and lists that are doubled in a loop stay small", async () => {
  const made = await exportsOf({
    "main.ts":
      'let s = "ab";\nlet l = ["x"];\nfor (let i = 0; i < 300; i++) {\n  s += s;\n  l = l.concat(l);\n}\nexport const length = s.length;\nexport const most = l;\n',
  });
  expect([made["length"], (made["most"] as unknown[]).length]).toEqual([8_000, 5_000]);
});

test("a file that cannot be parsed, or is none, is a module without names", async () => {
  expect(await exportsOf({ "main.ts": "export const = ;;; }{" })).toEqual({});
  expect(await exportsOf({ "other.ts": "" })).toEqual({});
});
