/**
 * Measures the gates on the corpus and writes the figures into docs/gates.md.
 *
 *     node bench/gates/run.ts            prints the table, writes the generated part of docs/gates.md
 *     node bench/gates/run.ts --check    also fails below 95% of the bad caught or above 5% of the good refused
 *     node bench/gates/run.ts --seed 7   another drawing of shapes (prints only)
 */
import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { makeCorpus, readProjects } from "./corpus.ts";
import { measure } from "./measure.ts";
import { figuresOf, isGoodEnough, tableOf, writeFigures } from "./figures.ts";

const DOCS = join(import.meta.dirname, "../../docs/gates.md");
const SEED = 1;

const { values } = parseArgs({
  options: { check: { type: "boolean", default: false }, seed: { type: "string", default: String(SEED) } },
});
const python = spawnSync("python3", ["-c", "import pytest"]).status === 0;
if (!python) console.log("python3 with pytest is not here: the Python projects are left out");
const projects = (await readProjects()).filter(
  ({ base }) => python || ![...base.keys()].some((path) => path.endsWith(".py")),
);
const corpus = await makeCorpus(projects, Number(values.seed));
const measured = await measure(corpus, {
  besides: true,
  progress: (done, of) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done}/${of}`);
  },
});
if (process.stderr.isTTY) process.stderr.write("\n");
const figures = figuresOf(measured);
console.log(tableOf(figures).join("\n"));
for (const line of figures.wrong) console.log(line);
if (python && Number(values.seed) === SEED) await writeFile(DOCS, writeFigures(await readFile(DOCS, "utf8"), figures));
if (values.check && !isGoodEnough(figures)) process.exitCode = 1;
