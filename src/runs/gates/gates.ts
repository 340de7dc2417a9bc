/**
 * The gates: what allot checks itself on a worker's result, in the order in which they are told.
 *
 * Invariant: a gate judges facts (two trees, the task's own words, commands that allot runs in clean checkouts), never
 * the worker's word, and asks no model. What a gate refuses it names with place, value met and what would be right,
 * because that text goes back to the worker. A new gate is one file and one line here; its codes stand in
 * `gate-codes.ts` and docs/gates.md, which a test holds equal.
 *
 * Rejected: scores and thresholds over several gates (nobody can mend "0.7"), and asking a model for an opinion here:
 * cheap certain checks come first, opinions cost money and come last, in the verdict.
 */
import { apiContract } from "./api/api-contract.ts";
import { contractKept } from "./code/contract-kept.ts";
import { noHardCoding } from "./code/no-hard-coding.ts";
import { noStubs } from "./code/no-stubs.ts";
import { noTestTricks } from "./code/no-test-tricks.ts";
import { realChange } from "./code/real-change.ts";
import { suppressions } from "./code/suppressions.ts";
import { syntax } from "./code/syntax.ts";
import { boundCommands } from "./commands/bound-commands.ts";
import { criteria } from "./commands/criteria.ts";
import { honestReport } from "./commands/honest-report.ts";
import { suiteHolds } from "./commands/suite-holds.ts";
import { validation } from "./commands/validation.ts";
import type { Gate } from "./gate.ts";
import { baseCurrent } from "./scope/base-current.ts";
import { cleanContent } from "./scope/clean-content.ts";
import { onlyDeclaredFiles } from "./scope/only-declared-files.ts";
import { somethingChanged } from "./scope/something-changed.ts";
import { checksUntouched } from "./tests/checks-untouched.ts";
import { testsCatchBreaks } from "./tests/tests-catch-breaks.ts";
import { testsUntouched } from "./tests/tests-untouched.ts";

export const GATES: readonly Gate[] = [
  baseCurrent,
  somethingChanged,
  onlyDeclaredFiles,
  cleanContent,
  syntax,
  realChange,
  testsUntouched,
  checksUntouched,
  noStubs,
  noHardCoding,
  noTestTricks,
  contractKept,
  apiContract,
  criteria,
  honestReport,
  suppressions,
  validation,
  boundCommands,
  suiteHolds,
  // Last: it changes the clean tree while it runs.
  testsCatchBreaks,
];
