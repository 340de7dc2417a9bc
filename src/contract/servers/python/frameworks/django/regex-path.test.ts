import { expect, test } from "vitest";
import { pathOfPattern } from "./regex-path.ts";

test.each([
  [String.raw`^users/(?P<user_id>\d+)/$`, "users/{user_id}/"],
  [String.raw`^(?P<a>[^/.]+)/x\.json$`, "{a}/x.json"],
  [String.raw`^list(?:\.(?P<format>[a-z]+))?/?$`, "list/"],
  [String.raw`^v1.0/x.*$`, "v1.0/x{}"],
  [String.raw`^(?:v1|v2)/([0-9]{4})/\Z`, "v1/{}/"],
  [String.raw`^(?P<path>(?:[a-z]|\))+)$`, "{path}"],
])("the pattern %s matches the path %s", (pattern, path) => {
  expect(pathOfPattern(pattern)).toBe(path);
});
