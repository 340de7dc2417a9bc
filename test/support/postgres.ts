import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import postgres from "postgres";

/** Where the test files of one run ask for the server they share; set by `postgres-setup.ts`. */
export const ASK_VARIABLE = "ALLOT_TEST_POSTGRES_ASK";

/** A server to use instead of one of our own, as a superuser: postgres://… */
export const GIVEN_VARIABLE = "ALLOT_TEST_POSTGRES_URL";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * A database of its own on a real Postgres server, dropped when it is disposed. In a test run the server is shared;
 * elsewhere (a benchmark) it is started for this one caller. `fsync` makes commits as slow as they really are, and is
 * only taken by a server of one's own.
 */
export async function openTestPostgres(options: { fsync?: boolean } = {}): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const ask = options.fsync === true ? undefined : process.env[ASK_VARIABLE];
  const base =
    process.env[GIVEN_VARIABLE] ?? (ask === undefined ? stack.use(await startServer(options)).url : await asked(ask));
  const name = `allot_test_${randomBytes(6).toString("hex")}`;
  const admin = async (statement: string): Promise<void> => {
    const client = postgres(base, { max: 1, onnotice: () => {} });
    try {
      await client.unsafe(statement);
    } finally {
      await client.end({ timeout: 5 });
    }
  };
  await admin(`create database ${name}`);
  stack.defer(() => admin(`drop database if exists ${name} with (force)`));
  const url = new URL(base);
  url.pathname = `/${name}`;
  const held = stack.move();
  return { url: url.href, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function asked(address: string): Promise<string> {
  const told = (await (await fetch(address)).json()) as { url?: string; error?: string };
  if (told.url === undefined) throw new Error(`no Postgres for the tests: ${told.error}`);
  return told.url;
}

/** Starts a server that ends with this process. */
export async function startServer(options: { fsync?: boolean } = {}): Promise<TestServer> {
  const program = join(import.meta.dirname, "postgres-server.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    // Apart from the terminal's interrupt: it has to clean up when its standard input ends.
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = (await Promise.race([once(createInterface(child.stdout), "line"), ended])) as [unknown];
  const told = (typeof line === "string" ? JSON.parse(line) : { error: `it ended with ${String(line)}` }) as {
    url?: string;
    error?: string;
  };
  if (told.url === undefined) throw new Error(`no Postgres for the tests: ${told.error}`);
  child.stdout.resume();
  child.unref();
  for (const pipe of [child.stdin, child.stdout]) (pipe as { unref?: () => void }).unref?.();
  return {
    url: told.url,
    async [Symbol.asyncDispose]() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
