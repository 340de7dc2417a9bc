// The guide, "Monitor Usage".
import { getThrottler } from "allot";

await using throttler = getThrottler();

const stats = await throttler.getStats("my_session");
if (stats.throttle_level === "WARNING") console.log("Approaching token limit!");
for (const { scope, name, used, limit, level, resets_at } of stats.limits)
  console.log(`${scope} ${name}: ${used} of ${limit}, ${level}${resets_at === null ? "" : `, until ${resets_at}`}`);
