import { afterEach, describe, expect, test } from "vitest";
import { AllotError } from "../../foundation/errors.ts";
import type { Engine, EngineOptions } from "./engine.ts";

/** Opens the driver under test on a place of its own; opening the same place again is the next life of the run. */
export type OpenDriver = (place: string, options: EngineOptions) => Promise<Engine>;

/** What every driver of the engine port must do, within one process; the kill tests stand in `test/chaos`. */
export function engineConformance(name: string, newPlace: () => string, open: OpenDriver): void {
  describe(`engine port: ${name}`, () => {
    const opened: Engine[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((engine) => engine.stop()));
    });
    const life = async (
      place: string,
      bodies: EngineOptions["bodies"],
      more: Partial<EngineOptions> = {},
    ): Promise<Engine> => {
      const engine = await open(place, { runId: "run-1", bodies, graceMs: 2_000, ...more });
      opened.push(engine);
      return engine;
    };

    test("a body runs to its end and its answer is kept for later lives, which run nothing", async () => {
      const place = newPlace();
      let ran = 0;
      const bodies: EngineOptions["bodies"] = {
        main: async (flow, input) => ({ got: await flow.step("one", () => ++ran), input }),
      };
      const first = await life(place, bodies);
      expect(await first.start("main", { x: 1 })).toEqual({ got: 1, input: { x: 1 } });
      expect(await first.start("main", { x: 2 })).toEqual({ got: 1, input: { x: 1 } });
      await first.stop();
      expect(await (await life(place, bodies)).start("main", { x: 3 })).toEqual({ got: 1, input: { x: 1 } });
      expect(ran).toBe(1);
    });

    test("a step that throws halts the run; the next life tries it again and repeats nothing finished", async () => {
      const place = newPlace();
      const log: string[] = [];
      let broken = true;
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          await flow.step("a", () => void log.push("a"));
          await flow.step("b", () => {
            log.push("b");
            if (broken) throw new AllotError("plan-invalid", "mend me", { details: { line: 3 } });
          });
          return flow.step("c", () => "end");
        },
      };
      const first = await life(place, bodies);
      await expect(first.start("main", null)).rejects.toMatchObject({ code: "plan-invalid", details: { line: 3 } });
      await first.stop();
      broken = false;
      expect(await (await life(place, bodies)).start("main", null)).toBe("end");
      expect(log).toEqual(["a", "b", "b"]);
    });

    test("children go on side by side, also beside steps of their parent, whatever order they are awaited in", async () => {
      const engine = await life(newPlace(), {
        main: async (flow) => {
          const children = [0, 1, 2, 3].map((number) => flow.child<number>("task", `task-${number}`, { number }));
          const own = flow.step("own", () => pass(40).then(() => "own"));
          const answers: number[] = [];
          for (const child of children.toReversed()) answers.push(await child);
          return [...answers, await own];
        },
        task: async (flow, input) => {
          const { number } = input as { number: number };
          await flow.step("work", () => pass(60 - number * 15));
          return flow.step("more", () => number * 10);
        },
      });
      expect(await engine.start("main", null)).toEqual([30, 20, 10, 0, "own"]);
    });

    test("children start in the order they were asked for", async () => {
      const started: number[] = [];
      const engine = await life(newPlace(), {
        main: async (flow) => {
          await Promise.all(Array.from({ length: 12 }, (_, number) => flow.child("task", `t${number}`, number)));
          return null;
        },
        task: async (_flow, input) => {
          started.push(input as number);
          return null;
        },
      });
      await engine.start("main", null);
      expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    });

    test("a step's answer is the same in the life that made it and in the next, undefined included", async () => {
      const place = newPlace();
      const seen: unknown[] = [];
      let stop = true;
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          seen.push(await flow.step("nothing", () => undefined));
          seen.push(await flow.step("object", () => ({ a: 1, gone: undefined, at: new Date(0) })));
          seen.push(await flow.step("null", () => null));
          await flow.step("stop", () => {
            if (stop) throw new Error("stop");
          });
          return null;
        },
      };
      await expect((await life(place, bodies)).start("main", null)).rejects.toThrow("stop");
      stop = false;
      await opened.at(-1)?.stop();
      await (await life(place, bodies)).start("main", null);
      const once = [undefined, { a: 1, at: "1970-01-01T00:00:00.000Z" }, null];
      expect(seen).toEqual([...once, ...once]);
    });

    test("signals reach those who wait and those who wait later; the first value stays", async () => {
      const engine = await life(newPlace(), {
        main: async (flow) => {
          const early = flow.child("waiter", "early", null);
          await flow.step("pause", () => pass(30));
          await flow.signal("ready", { value: 1 });
          return [await early, await flow.child("waiter", "late", null), await flow.waitSignal("outside")];
        },
        waiter: async (flow) => flow.waitSignal("ready"),
      });
      const running = engine.start("main", null);
      await engine.signal("outside", "hello");
      await engine.signal("outside", "ignored");
      expect(await running).toEqual([{ value: 1 }, { value: 1 }, "hello"]);
    });

    test("a sleep counts from when it was first reached, across lives", async () => {
      const place = newPlace();
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          await flow.sleep("nap", 600);
          return Date.now();
        },
      };
      const startedAt = Date.now();
      const first = await life(place, bodies);
      const running = first.start("main", null);
      running.catch(() => {});
      await pass(200);
      await first.stop();
      await expect(running).rejects.toMatchObject({ code: "interrupted" });
      await pass(200);
      const end = (await (await life(place, bodies)).start("main", null)) as number;
      expect(end - startedAt).toBeGreaterThanOrEqual(600);
      expect(end - startedAt).toBeLessThan(1_500);
    });

    test("stopping lets nothing new start, keeps what was under way, and leaves the run resumable", async () => {
      const place = newPlace();
      const log: string[] = [];
      const stop = new AbortController();
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          await Promise.all([flow.child("task", "x", "x"), flow.child("task", "y", "y")]);
          return "done";
        },
        task: async (flow, input) => {
          await flow.step("slow", async () => {
            await pass(150);
            log.push(`${String(input)}-slow`);
          });
          await flow.step("after", () => void log.push(`${String(input)}-after`));
          return null;
        },
      };
      const first = await life(place, bodies, { signal: stop.signal });
      const running = first.start("main", null);
      running.catch(() => {});
      await pass(60);
      stop.abort();
      await expect(running).rejects.toMatchObject({ code: "interrupted" });
      expect(log.toSorted()).toEqual(["x-slow", "y-slow"]);
      await first.stop();
      expect(await (await life(place, bodies)).start("main", null)).toBe("done");
      expect(log.toSorted()).toEqual(["x-after", "x-slow", "y-after", "y-slow"]);
    });

    test("what a parallel step finished is kept when another one halts the run", async () => {
      const place = newPlace();
      const log: string[] = [];
      let broken = true;
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          await Promise.all([
            flow.step("slow", async () => {
              await pass(120);
              log.push("slow");
            }),
            flow.step("quick", () => {
              if (broken) throw new Error("broken");
            }),
          ]);
          return "done";
        },
      };
      const first = await life(place, bodies);
      await expect(first.start("main", null)).rejects.toThrow("broken");
      expect(log).toEqual(["slow"]);
      await first.stop();
      broken = false;
      expect(await (await life(place, bodies)).start("main", null)).toBe("done");
      expect(log).toEqual(["slow"]);
    });

    test("a long wait inside a step hears that the run halts", async () => {
      const engine = await life(newPlace(), {
        main: async (flow) => {
          const waiting = flow.child("waiter", "w", null);
          await flow.step("broken", async () => {
            await pass(50);
            throw new Error("broken");
          });
          return waiting;
        },
        waiter: async (flow) =>
          flow.step(
            "wait",
            () => new Promise((_, reject) => flow.stopping.addEventListener("abort", () => reject(new Error("heard")))),
          ),
      });
      const startedAt = performance.now();
      await expect(engine.start("main", null)).rejects.toThrow("broken");
      expect(performance.now() - startedAt).toBeLessThan(1_500);
    });

    test("a run sees only its own flows", async () => {
      const place = newPlace();
      const bodies: EngineOptions["bodies"] = { main: async (flow, input) => flow.step("own", () => input) };
      const one = await life(place, bodies);
      const two = await life(place, bodies, { runId: "run-2" });
      expect(await Promise.all([one.start("main", "one"), two.start("main", "two")])).toEqual(["one", "two"]);
    });

    test("a cancelled run is not gone on with", async () => {
      const place = newPlace();
      const bodies: EngineOptions["bodies"] = {
        main: async (flow) => {
          await flow.waitSignal("never");
          return null;
        },
      };
      const first = await life(place, bodies);
      const running = first.start("main", null);
      running.catch(() => {});
      await pass(30);
      await first.cancel();
      await expect(running).rejects.toMatchObject({ code: "run-state" });
      await first.stop();
      await expect((await life(place, bodies)).start("main", null)).rejects.toMatchObject({ code: "run-state" });
    });

    test("a key used twice in one body is a fault, not a second meaning", async () => {
      const engine = await life(newPlace(), {
        main: async (flow) => {
          await flow.step("same", () => 1);
          await flow.step("same", () => 2);
          return null;
        },
      });
      await expect(engine.start("main", null)).rejects.toThrow(/"step:same" twice/);
    });

    test("ten tasks of five steps cost the engine less than 100 ms each", async () => {
      const engine = await life(newPlace(), {
        main: async (flow) => {
          await Promise.all(Array.from({ length: 10 }, (_, number) => flow.child("task", `t${number}`, number)));
          return null;
        },
        task: async (flow) => {
          for (const step of [1, 2, 3, 4, 5]) await flow.step(`s${step}`, () => step);
          return null;
        },
      });
      const startedAt = performance.now();
      await engine.start("main", null);
      expect((performance.now() - startedAt) / 10).toBeLessThan(100);
    });
  });
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
