import { expect, test } from "vitest";
import { handConfig, takeConfig } from "./handed-config.ts";
import { loadConfig } from "./load-config.ts";

test("a configuration arrives whole: its keys can be used, and still print as redacted", () => {
  const config = loadConfig({
    flags: {},
    env: { ANTHROPIC_API_KEY: "sk-secret", ALLOT_DB: "postgres://me:pw@db.example/allot" },
    cwd: "/work",
    home: "/home/me",
    readFile: () => undefined,
  });
  const taken = takeConfig(handConfig(config));
  expect(taken.providers.anthropic.apiKey?.reveal()).toBe("sk-secret");
  expect(taken.store.kind === "postgres" ? taken.store.url.reveal() : "").toBe("postgres://me:pw@db.example/allot");
  expect(JSON.stringify(taken)).toBe(JSON.stringify(config));
  expect(JSON.stringify(taken)).not.toMatch(/sk-secret|:pw@/);
});
