import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EntryFacts } from "../../../ledger/chain.ts";
import { gather } from "./gather.ts";
import { Journal } from "./journal.ts";
import { correctedLine, holdLine, readLine, releasedLine, settledLine } from "./journal-lines.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "allot-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ENTRY: EntryFacts = {
  entry_key: 'settle:a "quoted"\nid',
  kind: "settlement",
  call_key: 'a "quoted"\nid',
  run_id: "r",
  task: "t",
  phase: "direct",
  tier: "big",
  session_id: "ünï",
  provider: "anthropic",
  model: "m",
  input_tokens: 1,
  cache_read_tokens: 2,
  cache_write_5m_tokens: 3,
  cache_write_1h_tokens: 4,
  output_tokens: 5,
  reasoning_tokens: 6,
  nano_usd: 7_000_000_000,
  price_version: "v",
  price_assumed: 1,
  usage_estimated: 0,
  note: "",
  hold_tokens: 8,
  hold_nano_usd: 9,
  agent: null,
  task_type: "coding",
  project: null,
  api_key: null,
  requested_model: "x",
  service: "standard",
  scope_keys: '["global:","session:ünï","budget:b"]',
  request_id: "req_1",
  response_id: null,
  at: 1_763_726_400_000,
};
const HELD = { tokens: 20, nanoUsd: 8_000_000_000, requests: 1 };
const KEYS = {
  scopeKeys: ["global:"],
  countedKeys: ["budget:b"],
  json: '["global:","budget:b"]',
  text: '["global:"],["budget:b"]',
};

test("every line says what was written, whatever letters are in it", () => {
  expect(readLine(settledLine(HELD, 2, ENTRY).slice(0, -1))).toEqual({
    kind: "settled",
    held: HELD,
    leasedKeys: 2,
    entry: ENTRY,
  });
  expect(readLine(correctedLine(ENTRY).slice(0, -1))).toEqual({ kind: "corrected", entry: ENTRY });
  expect(readLine(releasedLine("a\nb").slice(0, -1))).toEqual({ kind: "released", id: "a\nb" });
  expect(readLine(holdLine('i"d', 5, HELD, KEYS).slice(0, -1))).toEqual({
    kind: "hold",
    id: 'i"d',
    at: 5,
    held: HELD,
    keys: { scopeKeys: ["global:"], countedKeys: ["budget:b"] },
  });
});

test("a line from before requests and answers had names says that they have none", () => {
  const line = settledLine(HELD, 2, ENTRY).trimEnd();
  const older = `${line.slice(0, line.indexOf(',"req_1"'))}]`;
  expect(readLine(older)).toMatchObject({ kind: "settled", entry: { request_id: null, response_id: null } });
});

test("a torn line is no line", () => {
  const line = settledLine(HELD, 2, ENTRY);
  expect([1, 10, line.length - 3].map((length) => readLine(line.slice(0, length)))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(["", "null", '"s"', "[]", "\0\0\0"].map(readLine)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a cost up to its hold comes out of the lease, beyond it and under counted keys it does not", () => {
  const cost = { ...ENTRY, input_tokens: 15, nano_usd: 9_000_000_000 };
  const { taken, returns } = gather([{ kind: "settled", held: HELD, leasedKeys: 2, entry: cost }]);
  const covered = { tokens: 20, nanoUsd: 8_000_000_000, requests: 1 };
  const debt = { tokens: 9, nanoUsd: 1_000_000_000, requests: 0 };
  expect(taken).toEqual([
    { scopeKey: "global:", covered, debt },
    { scopeKey: "session:ünï", covered, debt },
    {
      scopeKey: "budget:b",
      covered: { tokens: 0, nanoUsd: 0, requests: 0 },
      debt: { tokens: 29, nanoUsd: 9_000_000_000, requests: 1 },
    },
  ]);
  expect(returns).toEqual([
    { scopeKey: "global:", ...covered },
    { scopeKey: "session:ünï", ...covered },
  ]);
});

test("a file is its owner's alone; a further one begins with what is open, and the one before names it", () => {
  const journal = new Journal((part) => join(folder, `j-${part}.jsonl`));
  journal.append(holdLine("ü", 1, HELD, KEYS));
  journal.moveOn([holdLine("ü", 1, HELD, KEYS)]);
  journal.append(releasedLine("ü"));
  journal.close();
  const [one, two] = [1, 2].map((part) => readFileSync(join(folder, `j-${part}.jsonl`), "utf8"));
  expect(one?.split("\n")[1]).toBe(`["n",${JSON.stringify(join(folder, "j-2.jsonl"))}]`);
  expect(two).toBe(holdLine("ü", 1, HELD, KEYS) + releasedLine("ü"));
  expect(journal.bytes).toBe(Buffer.byteLength(`${one}${two}`));
  expect(statSync(join(folder, "j-1.jsonl")).mode & 0o777).toBe(0o600);
});

test("a disk that takes nothing is a fault, and nothing went on", () => {
  const journal = new Journal((part) => join(folder, `j-${part}.jsonl`));
  journal.append(releasedLine("a"));
  journal.close();
  expect(() => journal.append(releasedLine("b"))).toThrow("cannot be written");
});
