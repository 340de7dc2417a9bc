import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json } from "../../providers/json.ts";
import { askerOf } from "./identity.ts";
import type { KeyFacts } from "../keys/keys.ts";

const RECORDED = join(import.meta.dirname, "../../../test/clients/recorded");

interface Recorded {
  readonly client: string;
  readonly session: string;
  readonly requests: readonly { readonly headers: Record<string, string>; readonly body: Json }[];
}

const KEY: KeyFacts = {
  id: "k1",
  name: "laptop",
  expiresAt: null,
  session: null,
  project: null,
  models: null,
  priority: "high",
};

function recorded(): readonly (readonly [string, Recorded])[] {
  return readdirSync(RECORDED).map((file) => [
    file,
    JSON.parse(readFileSync(join(RECORDED, file), "utf8")) as Recorded,
  ]);
}

describe("what real clients send", () => {
  test.each(recorded())("%s: every request, also of subagents, is of the client's own session", (_file, seen) => {
    const askers = seen.requests.map(({ headers, body }) => askerOf(headers, body, KEY, "default"));
    expect(new Set(askers.map(({ agent }) => agent))).toEqual(new Set([seen.client]));
    // The Gemini CLI names no session: what it does counts for its key.
    const session = seen.client === "gemini-cli" ? "key-k1" : seen.session;
    expect(new Set(askers.map((asker) => asker.session))).toEqual(new Set([session]));
    expect(new Set(askers.map(({ named }) => named))).toEqual(new Set([seen.client !== "gemini-cli"]));
  });

  test.each(recorded().filter(([, { client }]) => client === "claude-code" || client === "codex"))(
    "%s: a proxy that drops its headers leaves the session in the body",
    (_file, seen) => {
      for (const { headers, body } of seen.requests) {
        const left = Object.fromEntries(Object.entries(headers).filter(([name]) => !/session|codex|thread/.test(name)));
        expect(askerOf(left, body, KEY, "default").session).toBe(seen.session);
      }
    },
  );
});

test("the key's own session stands over allot's header, that over the client's, and the fallback is for the environment's key", () => {
  const headers = { "x-claude-code-session-id": "own", "x-allot-session": "stated" };
  expect(askerOf(headers, {}, { ...KEY, session: "bound" }, "default").session).toBe("bound");
  expect(askerOf(headers, {}, KEY, "default").session).toBe("stated");
  expect(askerOf({ "x-claude-code-session-id": "own" }, {}, KEY, "default").session).toBe("own");
  expect(askerOf({}, {}, KEY, "default").session).toBe("key-k1");
  expect(askerOf({}, {}, { ...KEY, id: "env" }, "default").session).toBe("default");
});
