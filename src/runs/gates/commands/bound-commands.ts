import { notApplicable } from "../facts/result.ts";
import type { Gate, GateFacts, GateResult } from "../gate.ts";
import { failure } from "./validation.ts";

const ID = "bound-commands";

/** Criteria bound to a command hold; what must fail on the base does fail there. */
export const boundCommands: Gate = {
  id: ID,
  title: "criteria bound to commands hold, and what must fail before does",
  price: 2,
  async check(facts) {
    const bound = facts.task.criteria.filter(
      ({ check }) => check?.kind === "command" || check?.kind === "fails-before",
    );
    if (bound.length === 0) return notApplicable(ID, "no criterion is bound to a command");
    for (const { text, check } of bound) {
      if (check?.kind !== "command" && check?.kind !== "fails-before") continue;
      const command = facts.task.validation[check.index - 1];
      if (command === undefined) continue;
      const after = await facts.run("head", command.command, command.timeoutMs);
      if (after.exitCode !== 0)
        return failure(
          "criterion-unmet",
          `"${text.slice(0, 100)}" does not hold: \`${command.command}\` fails`,
          after,
          ID,
        );
      if (check.kind === "fails-before") {
        const proof = await failsBefore(facts, command.command, command.timeoutMs);
        if (proof !== undefined) return proof;
      }
    }
    return {
      gate: ID,
      status: "passed",
      code: "ok",
      message: `${bound.length} ${bound.length === 1 ? "criterion holds" : "criteria hold"}`,
      evidence: [],
    };
  },
};

async function failsBefore(facts: GateFacts, command: string, timeoutMs: number): Promise<GateResult | undefined> {
  const before = await facts.run("base", command, timeoutMs);
  if (before.exitCode !== 0) return undefined;
  return failure(
    "passes-before",
    `\`${command}\` passes on the base already, so it does not prove the change`,
    before,
    ID,
  );
}
