/**
 * node test/clients/run.ts --clients DIR [--only WORD,WORD] [--json]: drives the real clients that DIR/node_modules has through
 * `allot serve` in front of a scripted provider, and says what each did. Ends with 1 where anything was not as it should be.
 */
import { parseArgs } from "node:util";
import { connectedChecks } from "./checks/connected.ts";
import { crossingChecks } from "./checks/crossing.ts";
import { faultChecks } from "./checks/faults.ts";
import { guestChecks } from "./checks/guest.ts";
import { hostedChecks } from "./checks/hosted.ts";
import { levelChecks } from "./checks/levels.ts";
import { listChecks } from "./checks/lists.ts";
import { sdkChecks } from "./checks/sdks.ts";
import { wireChecks } from "./checks/wire.ts";
import { workChecks } from "./checks/work.ts";
import { openKit } from "./kit.ts";

const { values } = parseArgs({
  options: {
    clients: { type: "string" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});
if (values.clients === undefined)
  throw new Error("--clients DIR is needed: the folder whose node_modules has the clients");

const checks = [
  ...workChecks,
  ...wireChecks,
  ...listChecks,
  ...connectedChecks,
  ...guestChecks,
  ...levelChecks,
  ...faultChecks,
  ...crossingChecks,
  ...sdkChecks,
  ...hostedChecks,
].filter(({ client, name }) => values.only.split(",").every((word) => `${client}: ${name}`.includes(word.trim())));

await using kit = await openKit(values.clients);
let failed = 0;
for (const check of checks) {
  const started = performance.now();
  const { passed, saw } = await check.run(kit).then(
    (seen) => ({ passed: true, saw: seen }),
    (error: unknown) => ({ passed: false, saw: error instanceof Error ? error.message : String(error) }),
  );
  if (!passed) failed += 1;
  const seconds = (performance.now() - started) / 1000;
  const { client, name } = check;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ client, name, passed, saw, seconds: Math.round(seconds * 10) / 10 })}\n`
      : `${passed ? "ok  " : "FAIL"} ${seconds.toFixed(1).padStart(5)} s  ${client.padEnd(11)} ${name}: ${saw}\n`,
  );
}
process.stdout.write(values.json ? "" : `\n${checks.length - failed} of ${checks.length} as they should be\n`);
process.exitCode = failed === 0 ? 0 : 1;
