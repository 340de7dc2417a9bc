import { expect, test } from "vitest";
import { readScripts, scriptRoutes } from "../../../../../test/support/script-servers.ts";

const CONTROLLER = (name: string, path: string, body: string): string =>
  `import { Controller, Get, Post, All, Version, applyDecorators } from "@nestjs/common";\n@Controller(${path})\nexport class ${name} {\n${body}\n}\n`;
const MAIN = (setup: string): string =>
  `import { NestFactory } from "@nestjs/core";\nimport { VersioningType } from "@nestjs/common";\nimport { ConfigService } from "@nestjs/config";\nimport { AppModule } from "./app.module";\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule);\n${setup}\n  await app.listen(3000);\n}\nvoid bootstrap();\n`;

test("only controllers of modules that the application imports are told, dynamic and forward ones included", async () => {
  expect(
    await scriptRoutes({
      "main.ts": MAIN(""),
      "app.module.ts":
        'import { Module, forwardRef } from "@nestjs/common";\nimport { A, B, C, D } from "./controllers";\n@Module({ controllers: [B] })\nclass BModule {}\n@Module({})\nclass CModule { static forRoot(on: boolean) { return { module: CModule, controllers: on ? [C] : [] }; } }\n@Module({ controllers: [D] })\nclass DModule {}\n@Module({ imports: [forwardRef(() => BModule), CModule.forRoot(true)], controllers: [A] })\nexport class AppModule {}\n',
      "controllers.ts":
        'export { A } from "./a";\nexport { B } from "./b";\nexport { C } from "./c";\nexport { D } from "./d";\n',
      "a.ts": CONTROLLER("A", "", "  @Get()\n  read() {}"),
      "b.ts": CONTROLLER("B", '"/b/"', '  @Post(":id")\n  write() {}'),
      "c.ts": CONTROLLER("C", '["c", "see"]', "  @All(`x`)\n  any() {}"),
      "d.ts": CONTROLLER("D", '"d"', "  @Get()\n  dead() {}"),
    }),
  ).toEqual(["ALL /c/x", "ALL /see/x", "GET /", "POST /b/{id}"]);
});

test("prefix, exclusions and versions stand before the path, a neutral version does not", async () => {
  expect(
    await scriptRoutes({
      "main.ts": MAIN(
        '  app.setGlobalPrefix("api", { exclude: ["health", "docs/(.*)"] });\n  app.enableVersioning({ type: VersioningType.URI, defaultVersion: "1" });',
      ),
      "app.module.ts":
        'import { Module } from "@nestjs/common";\nimport { A } from "./a";\nimport { H } from "./h";\n@Module({ controllers: [A, H] })\nexport class AppModule {}\n',
      "a.ts": CONTROLLER("A", '"a"', '  @Get()\n  one() {}\n  @Version(["2", "3"])\n  @Get("more")\n  two() {}'),
      "h.ts": `import { VERSION_NEUTRAL } from "@nestjs/common";\n${CONTROLLER("H", "{ version: VERSION_NEUTRAL }", '  @Get("health")\n  ok() {}\n  @Get("docs/a")\n  docs() {}\n  @Get("other")\n  other() {}')}`,
    }),
  ).toEqual([
    "GET /api/other",
    "GET /api/v1/a",
    "GET /api/v2/a/more",
    "GET /api/v3/a/more",
    "GET /docs/a",
    "GET /health",
  ]);
});

test("handlers are inherited from a class that a function makes, and decorators may be combined", async () => {
  expect(
    await scriptRoutes({
      "main.ts": MAIN(""),
      "app.module.ts":
        'import { Module } from "@nestjs/common";\nimport { Cats } from "./cats";\n@Module({ controllers: [Cats] })\nexport class AppModule {}\n',
      "crud.ts":
        'import { Get, Delete } from "@nestjs/common";\nexport function Crud(name: string) {\n  class Base {\n    @Get(`${name}/all`)\n    all() {}\n    @Delete(":id")\n    remove() {}\n  }\n  return Base;\n}\n',
      "cats.ts":
        'import { applyDecorators, Controller, Post, UseGuards } from "@nestjs/common";\nimport { Crud } from "./crud";\nconst Create = (path: string) => applyDecorators(Post(path), UseGuards(Guard));\n@Controller("cats")\nexport class Cats extends Crud("cat") {\n  @Create("new")\n  create() {}\n  remove() {}\n}\n',
    }),
  ).toEqual(["GET /cats/cat/all", "POST /cats/new"]);
});

test("a prefix out of the configuration is found, and one that is not there is unresolved", async () => {
  const files = (key: string): Record<string, string> => ({
    "main.ts": MAIN(
      `  const config = app.get(ConfigService);\n  const prefix = config.getOrThrow("${key}");\n  app.setGlobalPrefix(prefix);`,
    ),
    "app.module.ts":
      'import { Module } from "@nestjs/common";\nimport { ConfigModule } from "@nestjs/config";\nimport appConfig from "./app.config";\nimport { A } from "./a";\n@Module({ imports: [ConfigModule.forRoot({ load: [appConfig] })], controllers: [A] })\nexport class AppModule {}\n',
    "app.config.ts":
      'import { registerAs } from "@nestjs/config";\nexport default registerAs("app", () => ({ prefix: process.env.PREFIX || "api" }));\n',
    "a.ts": CONTROLLER("A", '"a"', "  @Get()\n  one() {}"),
  });
  expect(await scriptRoutes(files("app.prefix"))).toEqual(["GET /api/a"]);
  const { routes, unresolved } = await readScripts(files("app.nothing"));
  expect(routes.map(({ path }) => path)).toEqual(["/a"]);
  expect(unresolved).toEqual([
    { file: "main.ts", line: 9, reason: "the environment variable app.nothing is a part of the path" },
  ]);
});

test("an application that never listens is not told beside one that does", async () => {
  expect(
    await scriptRoutes({
      "main.ts": MAIN(
        '  const first = await NestFactory.create(AppModule);\n  await first.close();\n  app.setGlobalPrefix("api");',
      ),
      "app.module.ts":
        'import { Module } from "@nestjs/common";\nimport { A } from "./a";\n@Module({ controllers: [A] })\nexport class AppModule {}\n',
      "a.ts": CONTROLLER("A", '"a"', "  @Get()\n  one() {}"),
    }),
  ).toEqual(["GET /api/a"]);
});

test("a decorator of the project that applies the framework's own is read for what it applies", async () => {
  expect(
    await scriptRoutes({
      "main.ts": MAIN(""),
      "app.module.ts":
        'import { Module, Controller, Get, applyDecorators } from "@nestjs/common";\nconst Api = (path: string) => (target: Function) => {\n  Controller(`api/${path}`)(target);\n};\n@Api("cats")\nclass Cats {\n  @Get()\n  all() {}\n}\n@Module({ controllers: [Cats] })\nexport class AppModule {}\n',
    }),
  ).toEqual(["GET /api/cats"]);
});
