// The guide, "Alerts": where the levels begin.
import { createClient, defineConfig } from "allot";

const config = defineConfig({
  limits: {
    thresholds: {
      warning: 0.7, // Alert at 70%
      soft: 0.8, // Throttle at 80%
      hard: 0.9, // Block at 90%
    },
  },
});
await using client = createClient({ config });

const { allot } = await client.messages.create({
  model: "haiku",
  max_tokens: 256,
  messages: [{ role: "user", content: "Hello!" }],
  session_id: "my_session",
});
console.log(allot.warning ?? `nothing to warn of: level ${allot.level}`);
