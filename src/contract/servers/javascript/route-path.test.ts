import { expect, test } from "vitest";
import { isCatchAll, joinPaths, routePaths } from "./route-path.ts";

const EXPRESS = { bracesAreOptional: true };
const HONO = { bracesAreOptional: false };

test.each([
  ["/users/:id", ["/users/{id}"]],
  ["/users/:id(\\d+)", ["/users/{id}"]],
  ["/:from-:to", ["/{from}-{to}"]],
  ["/:file.json", ["/{file}.json"]],
  ["/files/*", ["/files/{*}"]],
  ["/files/*path", ["/files/{path}"]],
  ["/files/(.*)", ["/files/{*}"]],
  ["/a{/:b}", ["/a", "/a/{b}"]],
  ["/a/:b?", ["/a", "/a/{b}"]],
  ["/v1/items\\:batch", ["/v1/items:batch"]],
  ["", [""]],
])("%s stands for %j", (pattern, paths) => {
  expect(routePaths(pattern, EXPRESS)).toEqual(paths);
});

test("a pattern in braces belongs to the name before it where braces mean no optional part", () => {
  expect(routePaths("/:id{[0-9]{2,3}}/x", HONO)).toEqual(["/{id}/x"]);
});

test("parts are joined by one slash, and one at the end stays where it is written", () => {
  expect([joinPaths("", ""), joinPaths("/a/", "/"), joinPaths("a", "b/"), joinPaths("/a", "", "//c")]).toEqual([
    "/",
    "/a",
    "/a/b/",
    "/a/c",
  ]);
});

test("only a path that is nothing but a wildcard takes all", () => {
  expect(["/{*}", "{*}", "/{splat}", "/a/{*}", "/{id}"].map(isCatchAll)).toEqual([true, true, true, false, false]);
});
