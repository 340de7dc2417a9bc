import { onTestFinished } from "vitest";
import type { CallOutcome } from "../../../src/dispatch/dispatch.ts";
import { AllotError } from "../../../src/foundation/errors.ts";
import { nanoUsd } from "../../../src/foundation/units.ts";
import type { ModelRequest } from "../../../src/providers/provider.ts";
import { openProvider } from "../../../src/providers/providers.ts";
import type { Script } from "./script.ts";
import { openScriptedProvider } from "./scripted-provider.ts";
import type { ScriptedProvider } from "./scripted-provider.ts";

/** An `ask` for tool loops, as the dispatch makes it but without money: every request goes over HTTP to a scripted provider. */
export interface ScriptedAsk {
  readonly server: ScriptedProvider;
  /** Every request in order, as JSON text: for comparing two lives of one loop byte for byte. */
  readonly requests: string[];
  ask(request: Omit<ModelRequest, "model">, turn: number): Promise<CallOutcome>;
}

/** Opens the scripted provider for the running test and closes it afterwards. */
export async function askScripted(
  script: Script,
  name: "anthropic" | "openai" | "google" | "ollama" = "anthropic",
): Promise<ScriptedAsk> {
  const server = await openScriptedProvider({ script });
  onTestFinished(() => server.close());
  const provider = openProvider(name, { baseUrl: server.urls[name] });
  const requests: string[] = [];
  return {
    server,
    requests,
    async ask(request) {
      requests.push(JSON.stringify(request));
      try {
        const answer = await provider.call(
          { ...request, model: "scripted-model" },
          { signal: new AbortController().signal },
        );
        return { kind: "answered", answer, cost: nanoUsd(1_000), replayed: false };
      } catch (error) {
        if (!(error instanceof AllotError)) throw error;
        return {
          kind: "failed",
          code: error.code,
          message: error.message,
          cost: nanoUsd(0),
          retryable: error.retryable,
        };
      }
    },
  };
}
