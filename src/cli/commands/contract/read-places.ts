import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Config } from "../../../config/config.ts";
import type { ValidateOptions } from "../../../contract/contract.ts";
import { USUAL_CONTRACTS } from "../../../contract/usual-contracts.ts";
import { AllotError } from "../../../foundation/errors.ts";

/**
 * What is to be compared: by options, or by the words CONTRACT BACKEND FRONTEND; where nothing is named, the contract at one of
 * its usual places, if there is one, and the sides that are found. Throws `usage` where both are given, or too many words.
 */
export function readPlaces(positionals: readonly string[], config: Config, cwd: string): ValidateOptions {
  const { root, contract, server, client } = config.settings;
  const [word, backend, frontend, ...more] = positionals;
  if (more.length > 0) {
    throw new AllotError(
      "usage",
      `allot contract validate takes CONTRACT BACKEND FRONTEND, no fourth word "${more[0]}"`,
    );
  }
  const isNamed = contract !== null || server.length > 0 || client.length > 0;
  if (word !== undefined && isNamed) {
    throw new AllotError(
      "usage",
      `"${word}" is named beside --contract, --server or --client: either words or options`,
    );
  }
  const place = (written: string): string => placeOf(written, root, cwd);
  const chosen =
    word ?? contract ?? (isNamed ? undefined : USUAL_CONTRACTS.find((name) => existsSync(resolve(root, name))));
  return {
    root,
    ...(chosen === undefined ? {} : { contract: place(chosen) }),
    servers: (backend === undefined ? server : [backend]).map(place),
    clients: (frontend === undefined ? client : [frontend]).map(place),
  };
}

/** Below the root, as the root's own texts name it; else from where somebody stands, as shells name it. */
function placeOf(written: string, root: string, cwd: string): string {
  const below = resolve(root, written);
  const here = resolve(cwd, written);
  return !existsSync(below) && existsSync(here) ? here : below;
}

/** A place as people read it: relative to where they stand, where that is shorter. */
export function shownPlace(place: string, cwd: string): string {
  const here = relative(cwd, place);
  return here === "" ? "." : here.startsWith("..") ? place : here;
}
