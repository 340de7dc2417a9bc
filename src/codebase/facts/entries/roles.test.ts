import { expect, test } from "vitest";
import { languageOf } from "../../languages/language-of.ts";
import { roleOf } from "./roles.ts";

test.each([
  ["src/app.ts", "code"],
  ["lib/core.py", "code"],
  ["styles/site.css", "code"],
  ["schema/001_users.sql", "code"],
  ["app/main.kt", "code"],
  ["src/contest.ts", "code"],
  ["src/latest/index.ts", "code"],
  ["src/app.test.ts", "test"],
  ["src/__tests__/app.tsx", "test"],
  ["pkg/server_test.go", "test"],
  ["tests/test_core.py", "test"],
  ["test_core.py", "test"],
  ["conftest.py", "test"],
  ["src/test/java/com/acme/FooTest.java", "test"],
  ["spec/models/user_spec.rb", "test"],
  ["README.md", "docs"],
  ["LICENSE", "docs"],
  ["docs/guide.rst", "docs"],
  ["docs/index.html", "docs"],
  ["package.json", "config"],
  ["tsconfig.build.json", "config"],
  ["vite.config.ts", "config"],
  [".github/workflows/ci.yml", "config"],
  ["Dockerfile", "config"],
  ["Makefile", "config"],
  ["pyproject.toml", "config"],
  ["go.mod", "config"],
  [".gitignore", "config"],
  [".eslintrc.json", "config"],
  ["requirements-dev.txt", "config"],
  ["locales/de.json", "data"],
  ["testdata/case.yaml", "data"],
  ["data/users.csv", "data"],
  ["users.json", "data"],
] as const)("%s is %s", (path, role) => {
  expect(roleOf(path, languageOf(path))).toBe(role);
});
