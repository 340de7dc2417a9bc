// `npm run check`: everything that can be said about the tree without running the whole suite. Two at a time; the output
// of what fails stands below the summary.
import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const TOOLS = join(ROOT, "node_modules", ".bin");

/** Name, what it holds, command. The slow ones first, so that the two lanes end together. */
const CHECKS = [
  [
    "rules",
    "floors, cycles, sizes, names, primitives; docs equal to code",
    ["vitest", "run", "test/architecture", "test/golden", "--reporter=dot"],
  ],
  ["types", "strict TypeScript", ["tsc", "-p", "."]],
  ["lint", "oxlint with types", ["oxlint", "--type-aware"]],
  ["unused", "knip: files, exports and packages nobody uses", ["knip"]],
  ["format", "oxfmt", ["oxfmt", "--check", "."]],
];

async function run([name, what, [program, ...args]]) {
  const started = Date.now();
  const child = spawn(join(TOOLS, program), args, {
    cwd: ROOT,
    env: { ...process.env, NO_COLOR: "1", PATH: `${TOOLS}:${process.env.PATH}` },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const passed = await new Promise((done) => {
    child.once("error", (error) => {
      output += error.message;
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${passed ? "ok  " : "FAIL"}  ${name.padEnd(7)} ${seconds} s  ${what}\n`);
  return { name, passed, output };
}

const started = Date.now();
const waiting = [...CHECKS];
const results = [];
const lane = async () => {
  for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) results.push(await run(check));
};
await Promise.all([lane(), lane()]);

const failed = results.filter(({ passed }) => !passed);
for (const { name, output } of failed) process.stdout.write(`\n--- ${name}\n${output.trim()}\n`);
const seconds = ((Date.now() - started) / 1000).toFixed(1);
process.stdout.write(`\n${CHECKS.length - failed.length} of ${CHECKS.length} checks passed in ${seconds} s\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
