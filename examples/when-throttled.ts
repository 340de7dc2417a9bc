// The guide, "Request Throttled": what a refused request says, and the ways out.
import { createClient, defineConfig, getThrottler, isAllotError } from "allot";

// So little that the second request meets the limit.
const config = defineConfig({ limits: { session: { tokens_per_hour: 1_000 } } });
await using client = createClient({ config });
await using throttler = getThrottler(config);
const request = {
  model: "haiku",
  max_tokens: 800,
  messages: [{ role: "user", content: "Tell me a story." }],
  session_id: "throttled_session",
} as const;

try {
  for (let turn = 1; turn <= 10; turn += 1) await client.messages.create(request);
} catch (error) {
  if (!isAllotError(error, "limit-reached")) throw error;
  console.log(error.message.split(". ", 2).join(". ") + ".");

  // 1. Check usage
  const stats = await throttler.getStats("throttled_session");
  console.log(`used ${stats.tokens_hour} tokens this hour, level ${stats.throttle_level}`);
  // 2. Wait for hourly reset
  console.log(`room again at ${String(error.details["resets_at"])}`);
  // 3. Use higher priority if critical
  const critical = await client.messages.create({ ...request, priority: "critical" });
  console.log(`critical: $${critical.allot.cost}`);
  // 4. Switch to free Ollama temporarily
  const free = await client.messages.create({ ...request, provider: "ollama", model: "llama3:8b" });
  console.log(`ollama: $${free.allot.cost}`);
}
