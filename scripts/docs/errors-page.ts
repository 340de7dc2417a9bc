import { ERRORS } from "../../src/foundation/errors.ts";
import type { ErrorCode } from "../../src/foundation/errors.ts";
import { markdownTable } from "./markdown-table.ts";

/** When it happens and what to do, for every code of the table; the type makes the two equal both ways. */
export const ERROR_ADVICE: Readonly<Record<ErrorCode, readonly [when: string, todo: string]>> = {
  usage: [
    "The command line does not say what was meant.",
    "Read the hint in the message; `allot COMMAND --help` lists what the command knows.",
  ],
  "config-invalid": [
    "An environment variable or a configuration file holds something that is not accepted.",
    "Mend the place that the message names; `docs/config.md` lists all options.",
  ],
  "unknown-model": [
    "A model name stands in no price list.",
    "Take one of the closest names from the message, look at `allot models`, or write PROVIDER/NAME.",
  ],
  "model-not-allowed": [
    "The gateway's key may not use that model.",
    "Ask for one of those that the message names, or make a key with other `--models`.",
  ],
  "provider-not-configured": [
    "A provider was asked for that has no key or address here.",
    "Set the variable that the message names, choose another model, or use `--offline`.",
  ],
  "provider-rejected": [
    "The provider refused the request as it stands.",
    "Look at its own words in the message; a model name or an option it does not know is the usual cause.",
  ],
  "provider-auth": [
    "The provider does not accept the key.",
    "Set a valid key in the environment; check that it belongs to this provider and address.",
  ],
  "provider-rate-limited": [
    "The provider wants fewer requests.",
    "Wait as long as it says and `allot resume`; lower `--concurrency` if it happens often.",
  ],
  "provider-overloaded": ["The provider is too busy.", "Try `allot resume` later; nothing done is paid again."],
  "provider-unreachable": [
    "No connection to the provider's address.",
    "Check the network and the address (`--upstream`, the base URL variables), then `allot resume`.",
  ],
  "provider-timeout": [
    "The provider did not answer in time.",
    "`allot resume`, or give more time with `--call-timeout` or `--idle-timeout`.",
  ],
  "provider-malformed": [
    "The answer could not be read as the provider's format.",
    "Check that the address speaks that provider's API; try again.",
  ],
  "provider-cut": [
    "The answer broke off in the middle.",
    "`allot resume`; what had been used is counted, not forgotten.",
  ],
  "window-overflow": [
    "The request is larger than the model's window.",
    "Take a model with a larger window, or split the task further.",
  ],
  "content-refused": ["The provider refused the content.", "Reword the goal or take another model."],
  "offline-cannot": [
    "Something was asked for that needs a model, and allot is offline.",
    "Set a key or start Ollama; without a model only goals like splitting a module can be planned.",
  ],
  "limit-reached": [
    "The call does not fit under a limit any more.",
    "Wait until the window frees up, or raise the limit (`--limit-usd`).",
  ],
  "ledger-busy": ["Another process holds the store.", "Try again; if it stays so, look for a process that hangs."],
  "storage-unusable": [
    "The store cannot be opened, read or written.",
    "Check place, rights and free space of the file (`--db`); it must lie on a local disk. For a Postgres: its address, password and rights.",
  ],
  "call-key-reused": [
    "Two different requests came under one call's name; a defect of allot, stopped before money was spent.",
    "Report it with the run's id.",
  ],
  "call-unknown": [
    "The process that made a paid call died before the answer was stored.",
    "It is counted at its worst case. `allot resume` asks what to do; `--unknown-calls again` pays for it again.",
  ],
  "not-a-repository": [
    "The folder is no git repository, or has no commit yet.",
    "Name one with `--repo`, or `git init` and commit there.",
  ],
  "revision-not-found": [
    "Git knows no such revision.",
    "Check the name with `git rev-parse`; a shallow clone may lack it.",
  ],
  "run-not-found": ["No run has that id here.", "`allot runs` lists them; `--db` chooses the store."],
  "trace-not-found": [
    "No trace and no row of the ledger goes by that id.",
    "`allot trace` lists the newest; traces are kept for seven days on the machine that served; `--db` chooses the store.",
  ],
  "run-busy": ["Another live process is working on this run.", "Wait for it, or stop it with Ctrl-C in its terminal."],
  "batch-not-found": ["No batch has that id here.", "`allot batch list` lists them; `--db` chooses the store."],
  "batch-busy": [
    "Another live process is carrying this batch.",
    "Wait for it, or stop it with Ctrl-C in its terminal.",
  ],
  "run-state": [
    "The run is not in a state in which this can be done.",
    "`allot show ID` says where it stands and what comes next.",
  ],
  "plan-invalid": [
    "The plan has mistakes that the linter found.",
    "Mend the lines it names in `.allot/runs/ID`, or let the goal be planned anew.",
  ],
  "task-file-invalid": [
    "A mini-task's file cannot be read back.",
    "Mend the line that the message names; `docs/` shows the template.",
  ],
  "plan-stale": [
    "The repository has moved on since the plan was made.",
    "Plan again, or go back to the revision the plan was made for.",
  ],
  "step-stale": [
    "A step's lines are not what they were when it was planned.",
    "Plan again; somebody changed the file since.",
  ],
  "input-invalid": [
    "A file or a stream that a command reads does not hold what it should.",
    "Mend the line that the message names.",
  ],
  "path-escapes": [
    "A path leads out of the workspace, or a name could be taken for an option.",
    "Use plain relative paths below the repository.",
  ],
  "workspace-too-large": [
    "A worker left more files or bytes in its workspace than a mini-task can mean.",
    "Split the task, or let its commands write caches elsewhere.",
  ],
  "file-not-found": [
    "A file, folder or logged session that was named does not exist.",
    "Check the path; it counts from the repository's root.",
  ],
  "file-unusable": [
    "`allot connect` could not read or write a client's settings file, or the folder it is in.",
    "Check the rights of the file and of its folder; the file was left as it was.",
  ],
  "command-not-found": [
    "`allot exec` found no program of that name, or may not run it.",
    "Check the program's name and rights, or give its path.",
  ],
  "git-failed": ["Git ended with an error.", "Its own words stand in the message; mend that and `allot resume`."],
  "contract-broken": [
    "A server or a client differs from its API contract.",
    "Each finding says what to change, in the code or in the contract; `allot contract validate` again.",
  ],
  "merge-conflict": [
    "The result does not go together with what has changed meanwhile.",
    "Merge the branch `allot/ID` by hand, or run the goal again on the new state.",
  ],
  "port-taken": [
    "Something else listens there, or it is not allowed.",
    "Choose another port with `--port`; 0 takes any free one.",
  ],
  "work-incomplete": [
    "Some parts of the code were not read, or not answered; the result says which, and why.",
    "Call the same command again: what was paid is kept, only the missing parts are asked.",
  ],
  "approval-needed": [
    "The work may cost more than `--ask-above`, and there is no terminal to ask on.",
    "Look at the plan with `--plan-only`, then add `--yes`, or raise `--ask-above`.",
  ],
  interrupted: ["It was stopped, by Ctrl-C or a signal.", "`allot resume ID` goes on where it stopped."],
  internal: ["A defect of allot.", "Report it with the message; `allot resume` may still go on."],
};

/** docs/errors.md: the whole error table with advice. */
export function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { retryable, exitCode, httpStatus }]) => {
    const [when, todo] = ERROR_ADVICE[code as ErrorCode];
    return [`\`${code}\``, String(exitCode), String(httpStatus), retryable ? "yes" : "no", when, todo];
  });
  return `# Errors

Every fault of allot has one of these codes. With \`--json\` it is printed as \`{"error": {"code", "message", "details"}}\`.
The command ends with the exit code; the gateway answers with the HTTP status. "Again" says whether the same call can
succeed later without a change. This page is written by \`npm run docs\` from the error table and compared by a test.

Two exit codes are no errors: 0 is success (a run: accepted), 3 a run that was escalated to the user, with its report
and branch left in place.

${markdownTable(["code", "exit", "HTTP", "again", "when", "what to do"], rows)}
`;
}
