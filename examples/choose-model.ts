// The guide, "Strategy 2: Manual Model Selection": what the exports of a shell do, for three clients of one program.
// A shell that exports these variables needs none of it: createClient() reads them.
import { createClient } from "allot";

const hello = { max_tokens: 256, messages: [{ role: "user", content: "Hello!" }] } as const;

const environments = {
  "Expensive (current session)": { CLAUDE_MODEL: "claude-sonnet-4-5-20250929" },
  "Cheap (other sessions)": { CLAUDE_MODEL: "claude-3-5-haiku-20241022" },
  "Free (development)": { LLM_DEFAULT_PROVIDER: "ollama" },
};
for (const [title, env] of Object.entries(environments)) {
  await using client = createClient({ env: { ...process.env, ...env } });
  const { allot } = await client.messages.create(hello);
  console.log(`${title}: ${allot.provider}/${allot.model}, $${allot.cost}`);
}
