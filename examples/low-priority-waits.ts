// The guide, "Strategy 3: Priority-Based Queueing".
import { createClient } from "allot";

await using client = createClient();
const ask = { max_tokens: 512, session_id: "my_session" } as const;

// Urgent - use expensive model immediately
const urgent = client.messages.create({
  ...ask,
  model: "sonnet-4-5",
  messages: [{ role: "user", content: "Production is down: why?" }],
  priority: "high",
});

// Non-urgent - queue and use cheaper model later
const whenThereIsRoom = client.messages.create(
  {
    ...ask,
    model: "haiku",
    messages: [{ role: "user", content: "Tidy up the changelog." }],
    priority: "low",
    max_wait_ms: 15 * 60_000,
  },
  { onQueued: ({ level, limit }) => console.log(`waits: ${limit} is at ${level}`) },
);

for (const { allot } of await Promise.all([urgent, whenThereIsRoom])) console.log(`${allot.priority}: ${allot.model}`);
