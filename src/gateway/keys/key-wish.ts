import { AllotError } from "../../foundation/errors.ts";
import type { KeyWish } from "./keys.ts";

const LONGEST_NAME = 100;
/** What would break a line, a header or a scope key in two. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Throws `usage` for a key that nobody could use or name. Pure. */
export function checkWish({ name, expiresInMs, session, project, models }: KeyWish): void {
  checkName("the key's name", name);
  if (session !== undefined) checkName("the key's session", session);
  if (project !== undefined) checkName("the key's project", project);
  if (expiresInMs !== undefined && (!Number.isSafeInteger(expiresInMs) || expiresInMs <= 0)) {
    throw new AllotError("usage", `the key's life must be whole milliseconds above 0, got ${expiresInMs}`);
  }
  if (models?.length === 0) {
    throw new AllotError("usage", "the key's list of models is empty, so it could ask for none; leave it out for all");
  }
  for (const model of models ?? []) checkName("a model's name", model);
}

function checkName(what: string, name: string): void {
  if (name.trim() === name && name !== "" && name.length <= LONGEST_NAME && !CONTROL.test(name)) return;
  throw new AllotError(
    "usage",
    `${what} is ${JSON.stringify(name)}, but takes 1 to ${LONGEST_NAME} characters on one line, without space around`,
  );
}
