// The guide, "Usage": a request that is held against the limits before it is made, and settled at its real usage after.
import { createClient } from "allot";

await using client = createClient();

const response = await client.messages.create({
  model: "claude-sonnet-4-5-20250929",
  max_tokens: 1024,
  messages: [{ role: "user", content: "Hello!" }],
  session_id: "my_session", // Track usage per session
  priority: "normal", // low, normal, high, critical
});

for (const block of response.content) if (block.type === "text") console.log(block.text);
console.log(`${response.allot.session}: $${response.allot.cost}, level ${response.allot.level}`);
