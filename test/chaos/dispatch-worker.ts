/** A worker of the chaos test: asks for every call of its run at once and says what came of each. */
import { openCatalog } from "../../src/catalog/open-catalog.ts";
import { openDispatch } from "../../src/dispatch/open-dispatch.ts";
import { systemClock } from "../../src/foundation/clock.ts";
import { openStore } from "../../src/storage/storage.ts";

export interface Work {
  readonly storePath: string;
  readonly baseUrl: string;
  readonly run: string;
  readonly calls: number;
  /** The time for which prices are asked. */
  readonly asOf: number;
}

const work = JSON.parse(process.argv[2] ?? "{}") as Work;
const store = await openStore({ path: work.storePath, clock: systemClock });
const dispatch = await openDispatch({
  store,
  hostKey: work.run,
  catalog: openCatalog({ asOf: work.asOf }),
  providers: { anthropic: { apiKey: "sk-ant-dummy", baseUrl: work.baseUrl } },
});
const outcomes = await Promise.all(
  Array.from({ length: work.calls }, async (_, index) => {
    const task = String(index + 1);
    const outcome = await dispatch.call(
      {
        key: { run: work.run, task, round: 0, purpose: "work-1", attempt: 1 },
        provider: "anthropic",
        session: "chaos",
        priority: "normal",
        phase: "execution",
        tier: "small",
        timeoutMs: 60_000,
        request: {
          model: "claude-sonnet-4-5-20250929",
          system: "",
          messages: [{ role: "user", content: `${work.run} ${task}` }],
          tools: [],
          toolChoice: "auto",
          maxOutputTokens: 500,
        },
      },
      new AbortController().signal,
    );
    return [task, outcome];
  }),
);
await dispatch[Symbol.asyncDispose]();
await store[Symbol.asyncDispose]();
process.stdout.write(JSON.stringify(Object.fromEntries(outcomes)));
