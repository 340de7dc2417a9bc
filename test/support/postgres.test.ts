import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import postgres from "postgres";
import { expect, test } from "vitest";
import { startServer } from "./postgres.ts";
import { describeOnPostgres } from "./postgres-suite.ts";

const SERVER = JSON.stringify(join(import.meta.dirname, "postgres.ts"));

describeOnPostgres("a server for tests", () => {
  test("ends, and its folder with it, when whoever started it is killed", async () => {
    const program = `
      import { startServer } from ${SERVER};
      process.stdout.write((await startServer()).url, () => process.kill(process.pid, "SIGKILL"));`;
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);
    const { stdout } = (await run.catch((error: unknown) => error)) as { stdout: string };
    expect(stdout).toMatch(/^postgres:/);
    await gone(() => answers(stdout));
  });

  test("whose supervisor is killed is swept away by the next one", async () => {
    const left = await startServer();
    const folder = await folderOf(left.url);
    const supervisor = readFileSync(join(folder, "supervisor"), "utf8").split("|")[2];
    process.kill(Number(supervisor), "SIGKILL");
    await sleep(200);
    expect(existsSync(folder)).toBe(true);
    await using next = await startServer();
    expect(next.url).not.toBe(left.url);
    await gone(() => answers(left.url));
    expect(existsSync(folder)).toBe(false);
  });
});

async function folderOf(url: string): Promise<string> {
  const client = postgres(url, { max: 1 });
  const [row] = await client<{ data_directory: string }[]>`show data_directory`;
  await client.end();
  return dirname(row?.data_directory ?? "");
}

async function answers(url: string): Promise<boolean> {
  const client = postgres(url, { max: 1, connect_timeout: 1 });
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await client.end({ timeout: 1 });
  }
}

async function gone(isThere: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!(await isThere())) return;
    await sleep(100);
  }
  throw new Error("it is still there");
}
