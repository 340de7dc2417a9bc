// The guide, "Priority Levels": the same request, more and more urgent.
import { createClient } from "allot";

await using client = createClient();

// Low - queued at SOFT throttle, blocked at HARD. Normal - allowed up to SOFT. High - allowed up to HARD.
// Critical - always allowed (even at CRITICAL throttle).
for (const priority of ["low", "normal", "high", "critical"] as const) {
  const { allot } = await client.messages.create({
    model: "haiku",
    max_tokens: 256,
    messages: [{ role: "user", content: "Hello!" }],
    session_id: "my_session",
    priority,
  });
  console.log(`${priority}: went at level ${allot.level}`);
}
