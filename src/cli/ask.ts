import { createInterface } from "node:readline";
import { AllotError } from "../foundation/errors.ts";
import type { Io } from "./command.ts";
import { programName } from "./program-name.ts";

/**
 * Asks on the terminal; true for y or yes, false for anything else and for the end of input. Throws `interrupted` on
 * Ctrl-C, which the terminal hands to whoever reads from it.
 */
export async function askYesNo(question: string, io: Io): Promise<boolean> {
  const prompt = createInterface({ input: io.stdin, output: io.stdout });
  const answered = new AbortController();
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const stop = (): void => {
        io.stdout.write("\n");
        reject(
          new AllotError(
            "interrupted",
            `stopped before anything was carried out; the plan stays: ${programName(io.env)} runs`,
          ),
        );
      };
      prompt.once("SIGINT", stop);
      io.signal.addEventListener("abort", stop, { once: true, signal: answered.signal });
      prompt.once("close", () => resolve(false));
      prompt.question(question, (answer) => resolve(/^\s*y(es)?\s*$/i.test(answer)));
    });
  } finally {
    answered.abort();
    prompt.close();
  }
}
