// The guide, "Strategy 1: Use Delegation for Auto-Optimization".
import { createClient, getDelegator } from "allot";

const delegator = getDelegator();
await using client = createClient();

// Task is analyzed and routed to optimal agent/model
const result = delegator.delegateTask("Fix the CSS styling");

// Use the recommended model
const response = await client.messages.create({
  model: result.model, // Automatically chooses a cheap model
  session_id: result.session,
  agent: result.agent,
  task_type: result.type,
  max_tokens: 1024,
  messages: [{ role: "user", content: "Fix the CSS styling" }],
});
console.log(`${response.allot.model} for a ${result.type} task, $${response.allot.cost}`);
