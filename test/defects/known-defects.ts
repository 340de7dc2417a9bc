/** What users and developers of other gateways have reported, as symptoms, and where it is tested that we have none of it. */
export interface KnownDefect {
  readonly number: number;
  readonly symptom: string;
  /** File and the beginning of the name of each test. */
  readonly tests: readonly (readonly [file: string, name: string])[];
}

const HERE = "test/defects/throttle.test.ts";
const BOOKS = "test/support/books.conformance.ts";
const STORE = "src/throttle/store/throttle-store.conformance.ts";
const DIRECT = "src/dispatch/direct/direct.test.ts";
const GATEWAY = "test/defects/gateway.test.ts";
const LEAVING = "test/chaos/gateway-disconnects.test.ts";
const STREAMS = "test/chaos/gateway-streams.test.ts";
const BYTES = "test/chaos/gateway-bytes.test.ts";
const BILLS = "src/dispatch/direct/bills.test.ts";

export const KNOWN_DEFECTS: readonly KnownDefect[] = [
  { number: 1, symptom: "parallel calls all pass one session's budget", tests: [[HERE, "#1 parallel calls"]] },
  {
    number: 2,
    symptom: "the first calls of somebody unknown skip the default",
    tests: [[HERE, "#2 the first concurrent"]],
  },
  { number: 3, symptom: "the sum of all loses concurrent increments", tests: [[HERE, "#3 a counter of all"]] },
  { number: 4, symptom: "a limit is configured, but asked by nobody", tests: [[HERE, "#4 and #5 that is configured"]] },
  { number: 5, symptom: "a budget is ignored", tests: [[HERE, "#4 and #5 that is configured"]] },
  { number: 6, symptom: "refused as exceeded while there is room", tests: [[HERE, "#6 refuses nobody"]] },
  {
    number: 7,
    symptom: "a second cap inside the process that never resets",
    tests: [[HERE, "#7 is one and the same"]],
  },
  {
    number: 8,
    symptom: "a mistyped price poisons what is stored",
    tests: [["test/e2e/spend.test.ts", "reprice shows another day's prices"]],
  },
  { number: 9, symptom: "663 tokens go through a limit of 100", tests: [[HERE, "#9 and #10 concurrent calls"]] },
  { number: 10, symptom: "a limit bites a third too early", tests: [[HERE, "#9 and #10 concurrent calls"]] },
  { number: 11, symptom: "a refused request uses up the limit of requests", tests: [[HERE, "#11 of requests"]] },
  {
    number: 12,
    symptom: "who hangs up leaves no row",
    tests: [
      [DIRECT, "cut at chunk k, for every k"],
      [LEAVING, "clients that leave at random"],
    ],
  },
  {
    number: 13,
    symptom: "a row of many tokens costs nothing",
    tests: [
      [BILLS, "a row of 296 output tokens"],
      [GATEWAY, "#13 and #15"],
    ],
  },
  { number: 14, symptom: "cache creation is charged twice", tests: [[BILLS, "cache creation is charged once"]] },
  {
    number: 15,
    symptom: "cached tokens at full price when streaming",
    tests: [
      [BILLS, "cached tokens are charged as cached"],
      [GATEWAY, "#13 and #15"],
    ],
  },
  { number: 16, symptom: "an unpriced model is counted as $0", tests: [[DIRECT, "a model without known price"]] },
  {
    number: 17,
    symptom: "a deadlock in Postgres drops spend",
    tests: [[STORE, "four processes that hold and settle at once"]],
  },
  {
    number: 18,
    symptom: "memory grows while the database is away",
    tests: [[BOOKS, "that the store takes nothing of"]],
  },
  {
    number: 19,
    symptom: "a day is off by the time zone",
    tests: [["src/throttle/windows.test.ts", "in %s at %s is from %s to %s"]],
  },
  { number: 20, symptom: "somebody's spend never resets", tests: [[HERE, "#4 and #5 that is configured"]] },
  { number: 21, symptom: "calls over a WebSocket are logged with 0 tokens", tests: [[GATEWAY, "#21 a WebSocket"]] },
  {
    number: 22,
    symptom: "an overload after the first chunk is not survived",
    tests: [[STREAMS, "a stream that breaks at any event is continued"]],
  },
  {
    number: 23,
    symptom: "the cache answers another question",
    tests: [["src/dispatch/cache/answer-cache.test.ts", "is another one for another %s"]],
  },
  {
    number: 24,
    symptom: "N replicas spend N times the cap",
    tests: [[STORE, "four processes that hold and settle at once"]],
  },
  { number: 25, symptom: "the rule for 99% fires at 3%", tests: [[HERE, "#25 at 99%"]] },
  {
    number: 26,
    symptom: "cached tokens as fresh ones, creation double",
    tests: [[BILLS, "cached tokens are charged as cached"]],
  },
  {
    number: 27,
    symptom: "a quarter of the spend is lost on disconnects",
    tests: [
      [DIRECT, "a thousand callers who hang up"],
      [LEAVING, "clients that leave at random"],
    ],
  },
  {
    number: 28,
    symptom: "attempts go on after the client left",
    tests: [
      [DIRECT, "the upstream connection is closed within"],
      [GATEWAY, "#28 nothing more is tried"],
    ],
  },
  {
    number: 29,
    symptom: "the upstream generates on after a disconnect",
    tests: [
      [DIRECT, "the upstream connection is closed within"],
      [LEAVING, "clients that leave at random"],
    ],
  },
  { number: 30, symptom: "a fallback hits the primary again", tests: [[GATEWAY, "#30 a fallback never"]] },
  {
    number: 31,
    symptom: "a $100 cap trips at $23: the cache at full price",
    tests: [[BILLS, "an agent's turn that reads"]],
  },
  { number: 32, symptom: "a quota of tokens goes down by one a call", tests: [[HERE, "#32 of tokens"]] },
  { number: 33, symptom: "a budget stays at 0% because its projection never ran", tests: [[HERE, "#33 holds before"]] },
  {
    number: 34,
    symptom: "a 200 stream without usage is billed as 0",
    tests: [
      [DIRECT, "a 200 stream without usage"],
      [GATEWAY, "#34 a stream of status 200"],
    ],
  },
  { number: 35, symptom: "one-hour cache writes at the five-minute price", tests: [[BILLS, "one-hour cache writes"]] },
  {
    number: 36,
    symptom: "the provider's prompt cache is written and never read",
    tests: [[BYTES, "three identical calls"]],
  },
  {
    number: 37,
    symptom: "another model is swapped in silently",
    tests: [[BYTES, "another model is never given silently"]],
  },
  {
    number: 38,
    symptom: "our limit looks like the provider's",
    tests: [
      [HERE, "#38 of ours"],
      [GATEWAY, "#38 our own limit"],
    ],
  },
];
