import type { ScriptedAnswer, SeenRequest } from "../../support/scripted-provider/script.ts";
import { player } from "../player.ts";
import type { ClientProgram } from "../program.ts";
import { claudeCode } from "../programs/claude-code.ts";
import { codex } from "../programs/codex.ts";
import { geminiCli } from "../programs/gemini-cli.ts";
import { opencode } from "../programs/opencode.ts";

/*
 * What real agents are made to do so that their logs hold every trap there is: work with tools, sessions that are gone on with,
 * forked, compacted, subagents, answers that break off, refusals.
 *
 *   [kit:think WORDS]   reasoning, a text, two tool calls in one answer: a line a content block
 *   [kit:cut WORDS]     the stream breaks off; the next attempt answers WORDS
 *   [kit:refuse]        is refused
 *   [kit:large WORDS]   answers WORDS, and bills so much input that the agent compacts
 */
export function tricky(): (seen: SeenRequest) => ScriptedAnswer {
  const cut = new Set<string>();
  return (seen) => {
    const usage = usageOf(seen.number);
    const prompt = seen.messages.findLast((message) => message.role === "user" && message.text.includes("[kit:"));
    const [, verb = "", rest = ""] = /\[kit:([a-z]+)([^\]]*)\][^[]*$/.exec(prompt?.text ?? "") ?? [];
    const words = rest.trim();
    if (verb === "refuse") return { error: "bad-request" };
    if (verb === "cut" && !cut.has(`${seen.wire}${words}`)) {
      cut.add(`${seen.wire}${words}`);
      return { text: words.repeat(20), usage, cutAfter: 4 };
    }
    if (verb === "cut") return { text: words, usage };
    if (verb === "large") return { text: words, usage: { ...usage, inputTokens: 150_000 } };
    if (verb === "think") return { ...thought(seen, words), usage };
    const answer = player(seen);
    return answer.error === undefined ? { ...answer, usage } : answer;
  };
}

/** Different for each answer, so that no sum comes out right by chance. */
function usageOf(number: number) {
  return {
    inputTokens: 1000 + 13 * number,
    cacheReadTokens: 200 + 17 * number,
    cacheWrite5mTokens: 100 + 19 * number,
    cacheWrite1hTokens: 50 + 23 * number,
    outputTokens: 100 + 7 * number,
    reasoningTokens: 10 + number,
  };
}

function thought(seen: SeenRequest, words: string): ScriptedAnswer {
  const results = seen.messages.at(-1)?.toolResults ?? [];
  if (results.length > 0) return { reasoning: "It is done, I think.", text: `Thought: ${words}` };
  const writing = player(seen);
  const bash = seen.tools.find(({ name }) => name === "Bash");
  const calls = bash === undefined ? [] : [1, 2].map((n) => ({ name: "Bash", input: { command: `echo ${n}` } }));
  return { reasoning: "Let me think about that.", text: "I look.", toolCalls: writing.toolCalls ?? calls };
}

/** One call of an agent; `resume` names an earlier scene whose session it goes on with. */
export interface Scene {
  readonly name: string;
  readonly client: ClientProgram;
  readonly prompt: string;
  readonly model?: string;
  readonly goesOn?: string;
  /** Further arguments, and in whole other ones for what the kit's programs do not know. */
  readonly extra?: readonly string[];
  readonly args?: (session: string, usual: readonly string[]) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The next scene goes on with it within the same minute: later, the Gemini CLI leaves a second, empty log and then deletes both. */
  readonly goneOnWithSoon?: true;
}

const forked = (session: string): readonly string[] => ["--resume", session, "--fork-session"];
const CODEX = ["--json", "--skip-git-repo-check", "-c", 'sandbox_mode="workspace-write"'];

export const SCENES: readonly Scene[] = [
  { name: "c-write", client: claudeCode, prompt: "[kit:write note.txt From the kit]" },
  { name: "c-think", client: claudeCode, prompt: "[kit:think Deep]" },
  { name: "c-resume", client: claudeCode, prompt: "[kit:say Again]", goesOn: "c-write" },
  {
    name: "c-fork",
    client: claudeCode,
    prompt: "[kit:say Elsewhere]",
    args: (id, usual) => [...usual, ...forked(id)],
    goesOn: "c-write",
  },
  { name: "c-subagent", client: claudeCode, prompt: "[kit:delegate Deep words]" },
  { name: "c-cut", client: claudeCode, prompt: "[kit:cut Broken]" },
  { name: "c-refused", client: claudeCode, prompt: "[kit:refuse]" },
  { name: "c-compact", client: claudeCode, prompt: "/compact", goesOn: "c-think" },
  { name: "c-after", client: claudeCode, prompt: "[kit:say After compaction]", goesOn: "c-think" },
  { name: "x-write", client: codex, prompt: "[kit:write note2.txt From the kit]" },
  { name: "x-resume", client: codex, prompt: "[kit:say Again]", goesOn: "x-write" },
  {
    name: "x-fork",
    client: codex,
    prompt: "[kit:say Elsewhere]",
    goesOn: "x-write",
    args: (id) => ["exec", ...CODEX, "-m", "gpt-5.5", "fork", id, "[kit:say Elsewhere]"],
  },
  { name: "x-subagent", client: codex, prompt: "[kit:delegate Deep words]", model: "gpt-6.1-sol" },
  { name: "x-cut", client: codex, prompt: "[kit:cut Broken]" },
  { name: "x-large", client: codex, prompt: "[kit:large Much]" },
  {
    name: "x-compact",
    client: codex,
    prompt: "[kit:say After compaction]",
    goesOn: "x-large",
    extra: ["-c", "model_auto_compact_token_limit=100000"],
  },
  { name: "x-ephemeral", client: codex, prompt: "[kit:say Nowhere]", extra: ["--ephemeral"] },
  { name: "g-write", client: geminiCli, prompt: "[kit:write note3.txt From the kit]", goneOnWithSoon: true },
  { name: "g-resume", client: geminiCli, prompt: "[kit:say Again]", goesOn: "g-write" },
  { name: "g-subagent", client: geminiCli, prompt: "[kit:delegate Deep words]" },
  { name: "g-router", client: geminiCli, prompt: "[kit:say Routed]", model: "" },
  { name: "o-write", client: opencode, prompt: "[kit:write note4.txt From the kit]" },
  { name: "o-resume", client: opencode, prompt: "[kit:say Again]", goesOn: "o-write" },
  { name: "o-messages", client: opencode, prompt: "[kit:say Words]", model: "messages/claude-sonnet-5-5" },
  { name: "o-responses", client: opencode, prompt: "[kit:say Words]", model: "responses/gpt-5.5" },
  { name: "o-subagent", client: opencode, prompt: "[kit:delegate Deep words]" },
];

/** The client's program with the arguments that a scene wants. */
export function programOf(scene: Scene, session: string | undefined): ClientProgram {
  const { client, args } = scene;
  if (args === undefined) return client;
  return {
    ...client,
    command: (place, ask) => {
      const usual = client.command(place, ask);
      return { ...usual, args: args(session ?? "", usual.args) };
    },
  };
}
