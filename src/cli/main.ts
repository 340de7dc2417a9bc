#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runCli } from "./cli.ts";

/** The program itself: hands the process's streams and environment to `runCli`, turns Ctrl-C into an abort. */
async function main(): Promise<void> {
  // What was typed is there for every user of the machine to read, unless the process takes another title.
  if (process.argv.some((word) => /:\/\/[^/]*:[^/]*@/.test(word))) process.title = "allot";
  const interrupt = new AbortController();
  process.on("SIGINT", () => {
    // The second Ctrl-C does not wait for the first one's clean end.
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort(new DOMException("interrupted", "AbortError"));
  });
  process.on("SIGTERM", () => interrupt.abort(new DOMException("terminated", "AbortError")));
  // A reader that stops early (`allot models | head`) is no fault.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  process.exitCode = await runCli(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    signal: interrupt.signal,
  });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
