import { didYouMean } from "../foundation/closest.ts";
import { AllotError } from "../foundation/errors.ts";
import { TYPE_ALIASES } from "./routes.ts";
import { TASK_TYPES, type TaskType } from "./routing.ts";

/** The type a word names, in any case, also by a short name (docs, tests); undefined where it names none. Pure. */
export function findTaskType(word: string): TaskType | undefined {
  const name = word.trim().toLowerCase();
  return TASK_TYPES.find((type) => type === name) ?? TYPE_ALIASES[name];
}

/** As `findTaskType`; throws `usage` with the nearest names. `place` is what the word was given for: "--as". */
export function taskTypeOf(word: unknown, place: string): TaskType {
  const type = typeof word === "string" ? findTaskType(word) : undefined;
  if (type !== undefined) return type;
  const met = typeof word === "string" ? word : JSON.stringify(word);
  throw new AllotError(
    "usage",
    `${place} is "${met}", which is no type of task.${didYouMean(String(word), TASK_TYPES)} ` +
      `Known are ${TASK_TYPES.join(", ")}`,
  );
}
