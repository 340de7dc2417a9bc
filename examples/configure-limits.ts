// The guide, "Configure Limits" and "Throttle Config". The same names work in ~/.allot/config.json, under "limits".
import { createClient, defineConfig, getThrottler, ThrottleConfig } from "allot";

const config = defineConfig({
  limits: new ThrottleConfig({
    tokens_per_day: 500_000, // 500K tokens/day
    cost_per_day: 25, // $25/day limit
  }),
});
await using throttler = getThrottler(config);
await using client = createClient({ config });

await client.messages.create({
  model: "haiku",
  max_tokens: 256,
  messages: [{ role: "user", content: "Hello!" }],
  session_id: "my_session",
});
const { limits } = await throttler.getStats("my_session");
for (const { scope, name, limit } of limits) console.log(`${scope} ${name}: ${limit}`);
