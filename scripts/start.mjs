// `npm start`: sets the tree up and runs allot. Without arguments the bundled sample's demo; with arguments a goal
// (`npm start -- "goal" --repo DIR`) or any command (`npm start -- models`). Relative paths count from where npm was called.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setup } from "./setup.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** The command line that the arguments mean. */
function commandLine(args) {
  const [first] = args;
  if (first === undefined) return ["demo"];
  const commands = readdirSync(join(ROOT, "src", "cli", "commands")).map((file) => file.split(/[-.]/)[0]);
  const isCommand = commands.includes(first) || ["help", "--help", "-h", "--version"].includes(first);
  return isCommand ? args : ["run", ...args];
}

async function main() {
  const node = await setup();
  const program = [join(ROOT, "src", "cli", "main.ts"), ...commandLine(process.argv.slice(2))];
  const child = spawn(node, program, { stdio: "inherit", cwd: process.env.INIT_CWD ?? process.cwd() });
  // Ctrl-C reaches the child by itself, which then ends cleanly; this process must only outlive it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`allot: ${error.message}\n`);
  process.exitCode = 1;
}
