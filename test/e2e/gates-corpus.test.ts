import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { makeCorpus, readProjects, type WorkerResult } from "../../bench/gates/corpus.ts";
import { measure } from "../../bench/gates/measure.ts";

const python = spawnSync("python3", ["-c", "import pytest"]).status === 0;

/** One result of every kind for each project, and three good ones. */
function sample(corpus: readonly WorkerResult[]): WorkerResult[] {
  const seen = new Map<string, number>();
  return corpus.filter(({ project, kind, good }) => {
    const key = `${project.name}/${kind}`;
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    return count < (good ? 3 : 1);
  });
}

test.skipIf(!python)(
  "a sample of the corpus: every spoiled result is refused and every good one accepted (needs python3 with pytest)",
  { timeout: 400_000 },
  async () => {
    const results = sample(await makeCorpus(await readProjects(), 1));
    const measured = await measure(results, { besides: false });
    const wrong = measured
      .filter(({ result, allot }) => result.good === allot)
      .map(({ result, codes }) => `${result.id} ${codes.join()}`);
    expect(wrong).toEqual([]);
    expect(measured.filter(({ result }) => result.good)).toHaveLength(12);
    expect(new Set(measured.map(({ result }) => result.kind)).size).toBe(12);
  },
);

test("the corpus has what the issue asks for", async () => {
  const corpus = await makeCorpus(await readProjects(), 1);
  expect(corpus.length).toBeGreaterThanOrEqual(240);
  expect(corpus.filter(({ good }) => good).length).toBeGreaterThanOrEqual(80);
  expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
  expect(new Set(corpus.map(({ task }) => task.id)).size).toBeGreaterThanOrEqual(10);
});

test("the same seed makes the same corpus", async () => {
  const outline = async (seed: number): Promise<string[]> =>
    (await makeCorpus(await readProjects(), seed)).map(({ id, files }) => `${id} ${[...files.values()].join().length}`);
  expect(await outline(3)).toEqual(await outline(3));
  expect(await outline(3)).not.toEqual(await outline(4));
});
