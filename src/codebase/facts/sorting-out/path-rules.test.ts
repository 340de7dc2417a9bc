import { expect, test } from "vitest";
import { pathRule } from "./path-rules.ts";

const reasonOf = (path: string): string | undefined => pathRule(path)?.reason;

test.each([
  [".allot/runs/1/plan.md", "ignored"],
  ["node_modules/x/index.js", "vendored"],
  ["web/vendor/jquery.js", "vendored"],
  ["third_party/zlib/zlib.c", "vendored"],
  ["pkg/_vendor/six.py", "vendored"],
  ["package-lock.json", "lock-file"],
  ["api/go.sum", "lock-file"],
  ["Cargo.lock", "lock-file"],
  ["logo.PNG", "binary"],
  ["app.wasm", "binary"],
  ["dist/app.min.js", "minified"],
  ["styles/site.min.css", "minified"],
  ["api/v1/api.pb.go", "generated"],
  ["api/v1/api_pb2.py", "generated"],
  ["api/v1/api_pb2_grpc.py", "generated"],
  ["pkg/zz_generated.deepcopy.go", "generated"],
  ["src/routeTree.gen.ts", "generated"],
  ["app.js.map", "generated"],
  ["a/__snapshots__/a.test.ts.snap", "generated"],
  [".env", "secret-file"],
  ["web/.env.production", "secret-file"],
  ["deploy/prod.env", "secret-file"],
  ["keys/server.pem", "secret-file"],
  ["id_rsa", "secret-file"],
  [".ssh/id_ed25519", "secret-file"],
  ["infra/terraform.tfstate", "secret-file"],
  [".npmrc/.netrc", "secret-file"],
])("%s is left out as %s", (path, reason) => {
  expect(reasonOf(path)).toBe(reason);
});

test.each([
  "src/vendors/list.ts",
  "src/env.ts",
  ".env.example",
  "config/.env.sample",
  "environment.ts",
  "id_rsa.pub",
  "src/generated.md",
  "src/generator.ts",
  "admin.ts",
  "src/min.js",
  "lockfile.ts",
  "src/secrets.ts",
  "src/credentials.py",
  "node_modules.md",
])("%s is read", (path) => {
  expect(reasonOf(path)).toBeUndefined();
});

test("a secret stays a secret in a folder of packages", () => {
  expect(pathRule("vendor/.env")).toEqual({ reason: "secret-file", detail: "a file of environment variables" });
});
