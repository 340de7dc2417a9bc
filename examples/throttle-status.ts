// The guide, "Check Throttle Status" and "View Token Usage".
import { getThrottler } from "allot";

await using throttler = getThrottler();

// Check specific session
const stats = await throttler.getStats("my_session");
console.log(`Tokens used this hour: ${stats.tokens_hour}`);
console.log(`Current throttle level: ${stats.throttle_level}`);

// Check all sessions
const allStats = await throttler.getStats();
console.log(`Global tokens/day: ${allStats.global.tokens_day}`);
