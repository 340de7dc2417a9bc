import { openTraces } from "../../../src/dispatch/traces/open-traces.ts";
import { systemClock } from "../../../src/foundation/clock.ts";
import { sampleTrace } from "../sample-trace.ts";

/** A process that notes traces until it is killed, or as many as it is told: FOLDER NAME [COUNT]. */
const [folder = "", name = "", count = "Infinity"] = process.argv.slice(2);
const traces = openTraces({ folder, clock: systemClock });
for (let number = 0; number < Number(count); number += 1) {
  traces.note(sampleTrace({ id: `req-${name}-${number}`, at: systemClock.now() }));
  if (number % 200 === 199) await systemClock.sleep(20);
}
await traces[Symbol.asyncDispose]();
