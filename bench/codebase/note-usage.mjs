/** Loaded into every Node process of a measured command: leaves its peak memory and CPU time in a file as it ends. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

const folder = process.env["ALLOT_BENCH_USAGE"];
if (folder !== undefined && isMainThread) {
  process.on("exit", () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const noted = { peakKb: maxRSS, cpuMs: (userCPUTime + systemCPUTime) / 1000 };
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(noted));
  });
}
