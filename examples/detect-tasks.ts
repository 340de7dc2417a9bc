// The guide, "Automatic Task Detection" and "Let Delegation Choose".
import { getDelegator } from "allot";

const delegator = getDelegator();

const tasks = [
  "Fix the login button styling", // -> agent comet, a cheap model, session comet
  "Implement user authentication function", // -> agent codex, Sonnet 4.5, session codex
  "Write a README for this project", // -> agent claude-haiku, a cheap model
];
for (const task of tasks) {
  const result = delegator.delegateTask(task);
  console.log(`${task} -> ${result.agent}, ${result.model}, session ${result.session}`);
}
