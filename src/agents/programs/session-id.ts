import { AllotError } from "../../foundation/errors.ts";

/** The session to go on with, as it may stand among a program's arguments. Throws `usage` for one that would be read as a flag. */
export function asSession(id: string): string {
  if (id !== "" && !id.startsWith("-")) return id;
  throw new AllotError("usage", `"${id.slice(0, 80)}" is no session of an agent's: no id of one begins with "-"`);
}
