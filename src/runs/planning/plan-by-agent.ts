import type { AgentName } from "../../foundation/agent-names.ts";
import type { Decision } from "../decide/decide.ts";
import { SUBMIT_PLAN } from "../plan/plan-draft.ts";
import type { RunContext } from "../run-context.ts";
import { askAgent } from "../work/ask-agent.ts";
import { readDraft, withPlanningGround } from "./plan-by-model.ts";
import type { Planning } from "./planning.ts";

/**
 * Lets an agent program look at the repository and answer with a plan, which is linted as any other; what is wrong goes back into
 * its session. Its work is found again after a crash.
 */
export async function planByAgent(context: RunContext, decision: Decision, agent: AgentName): Promise<Planning> {
  context.emit({ kind: "planning", what: `${agent} explores and plans` });
  return withPlanningGround(context, decision, async ({ prompt, tree }) => {
    const answer = await askAgent<Planning>(context, {
      agent,
      task: "plan",
      round: 1,
      phase: "planning",
      rev: context.spec.baseRev,
      prompt: [
        prompt.system,
        prompt.user,
        "You have no tool submit_plan: its input is the JSON object that you answer with, once you know enough.",
      ].join("\n\n"),
      schema: SUBMIT_PLAN.inputSchema,
      read(object) {
        const draft = readDraft(context, tree, object);
        return draft.kind === "problems"
          ? { kind: "misfits", problems: draft.problems }
          : { kind: "fits", value: draft.planning };
      },
    });
    return answer.kind === "answered" ? answer.value : { kind: "declined", reasons: [answer.reason] };
  });
}
