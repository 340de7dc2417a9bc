// The guide, "Session Setup Examples" and "Set Session IDs". In a shell:
//
//   tmux new-session -s background
//   export CLAUDE_MODEL=claude-3-5-haiku-20241022 SESSION_ID=background_worker
//   node workers/task-worker.ts                  # or: allot exec --session background --model haiku -- COMMAND
//
// The same from one program, for each session of the guide:
import { createClient } from "allot";

const sessions = {
  // This session - keep on Sonnet 4.5; no variables needed
  premium: { SESSION_ID: "premium" },
  // Background tasks - use Haiku
  background: { CLAUDE_MODEL: "claude-3-5-haiku-20241022", SESSION_ID: "background_worker" },
  // UI tasks, cheap for speed
  comet: { CLAUDE_MODEL: "haiku", SESSION_ID: "comet_agent" },
  // Coding tasks, Sonnet 4.5 for quality
  codex: { SESSION_ID: "codex_agent" },
  // Development - free Ollama
  dev: { LLM_DEFAULT_PROVIDER: "ollama", SESSION_ID: "dev_session" },
};
for (const [name, env] of Object.entries(sessions)) {
  await using client = createClient({ env: { ...process.env, ...env } });
  const { allot } = await client.messages.create({
    max_tokens: 256,
    messages: [{ role: "user", content: "Hello!" }],
  });
  console.log(`${name}: ${allot.session} on ${allot.provider}/${allot.model}`);
}
