import { AllotError, isAllotError } from "../../../foundation/errors.ts";
import { nanoUsd, toUsd, type NanoUsd } from "../../../foundation/units.ts";
import type { ModelAnswer, TokenUsage } from "../../../providers/provider.ts";
import { openProvider } from "../../../providers/providers.ts";
import type { AgentAsk, AskOutcome } from "./agent-ask.ts";

export interface GatewayAskOptions {
  /** What an answer cost at list price; null, or no such function: the agent says no cost, and the ledger has it. */
  readonly price?: (model: string, usage: TokenUsage) => NanoUsd | null;
}

/** How the gateway says on the Messages surface that a limit is reached and asking again is of no use. */
const PAYMENT_REQUIRED = 402;

/**
 * Calls that go to allot's own gateway, which the task names: it holds, tries again, falls back, settles and books, as it
 * does for any agent. Throws `provider-not-configured` where the task names no gateway, `interrupted` as `AgentAsk` says.
 */
export function askOverGateway(options: GatewayAskOptions = {}): AgentAsk {
  return async (request, { model, session, signal, task, left }): Promise<AskOutcome> => {
    const { gateway } = task;
    if (gateway === undefined) {
      throw new AllotError("provider-not-configured", "the task names no gateway to ask for models");
    }
    const provider = openProvider("anthropic", {
      baseUrl: `${gateway.url.replace(/\/+$/, "").replace(/\/v1$/, "")}/v1`,
      apiKey: gateway.key,
      headers: {
        "x-allot-session": session,
        ...(left === undefined ? {} : { "x-allot-limit-usd": toUsd(left).toFixed(9) }),
      },
    });
    try {
      const answer: ModelAnswer = await provider.call({ ...request, model }, { signal });
      return { kind: "answered", answer, cost: options.price?.(model, answer.usage) ?? null, replayed: false };
    } catch (error) {
      if (!isAllotError(error) || error.code === "interrupted") throw error;
      return notAnswered(error);
    }
  };
}

/** What went wrong at the gateway; its retries are behind us. */
function notAnswered(fault: AllotError): AskOutcome {
  if (fault.details.status !== PAYMENT_REQUIRED) {
    return { kind: "failed", code: fault.code, message: fault.message, cost: nanoUsd(0), retryable: fault.retryable };
  }
  return {
    kind: "refused",
    limit: "",
    level: "HARD",
    shortBy: 0,
    held: 0,
    freeAt: null,
    ownBudget: false,
    message: fault.message,
  };
}
