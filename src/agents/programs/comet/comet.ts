import { homedir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../foundation/clock.ts";
import { DATA_RULE, FOLDER_RULES } from "../api/api.ts";
import type { AgentAsk } from "../api/agent-ask.ts";
import { folderTools } from "../api/folder-tools.ts";
import { type Equipment, openLoopAgent, USUAL_MODEL, type WorkPlace } from "../api/loop-agent.ts";
import type { AgentProgram } from "../program.ts";
import { findBrowser } from "./browser/find-browser.ts";
import { openStage, type Stage } from "./stage.ts";

/**
 * The agent `comet`: our tool loop on a cheap model, with a real browser. It owns the browser, the site it serves from the
 * folder, the tools on a page, and the pictures that prove what a page looked like before and after.
 *
 * Invariants: the browser reaches this machine and what the task allows, nothing else, whatever a page or a model says;
 * it sees no variable that could hold a secret, has a profile of its own, and is gone when we are, also after kill -9 (it
 * hangs on a pipe of ours). Without a browser the work goes on without pictures, and says so once.
 *
 * Rejected: pictures as input of the model (dear, and a tree of names with the facts of an element says more to a small
 * one), a browser that is downloaded (300 MB that nobody asked for), and the user's own running browser.
 */
export interface CometOptions {
  readonly ask: AgentAsk;
  readonly clock: Clock;
  /** The browser that the user named; `ALLOT_BROWSER` in a task's environment names one, too. */
  readonly browser?: string;
  /** Where the task names no model. Default: haiku, as the route table has it for this agent. */
  readonly model?: string;
}

const MAX_TURNS = 60;

/** Opens the agent. */
export function openCometAgent(options: CometOptions): AgentProgram {
  const { ask, clock, model = USUAL_MODEL } = options;
  return openLoopAgent({
    name: "comet",
    model,
    ask,
    clock,
    maxTurns: MAX_TURNS,
    equip: (place) => equip(options, place),
  });
}

async function equip(options: CometOptions, place: WorkPlace): Promise<Equipment> {
  const { task, onEvent } = place;
  const stage = await openOrExplain(options, place);
  if (stage.kind === "none") onEvent({ kind: "note", text: `no pictures of pages: ${stage.why}` });
  else for (const text of stage.stage.notes) onEvent({ kind: "note", text });
  const tools = folderTools({
    dir: task.cwd,
    sandbox: task.sandbox,
    onChange: (path) => {
      if (stage.kind === "open") stage.stage.noteChange();
      onEvent({ kind: "file", path });
    },
  });
  if (stage.kind === "none") {
    return { system: systemText(undefined), tools, leave: async () => ({ noPictures: stage.why }) };
  }
  return {
    system: systemText(stage.stage),
    tools: [...tools.slice(0, -2), ...stage.stage.tools, ...tools.slice(-2)],
    leave: (stopped) => stage.stage.leave(stopped),
  };
}

type OpenedStage = { readonly kind: "open"; readonly stage: Stage } | { readonly kind: "none"; readonly why: string };

async function openOrExplain(options: CometOptions, place: WorkPlace): Promise<OpenedStage> {
  const { env } = place.task;
  const named = options.browser ?? env["ALLOT_BROWSER"];
  const found = await findBrowser({
    ...(named === undefined ? {} : { named }),
    searchPath: env["PATH"] ?? "",
    userHome: homedir(),
    platform: process.platform,
    variables: env,
  });
  if (found.kind === "none") return { kind: "none", why: found.message };
  try {
    return {
      kind: "open",
      stage: await openStage(found.path, place, join(place.home, "pictures", place.session)),
    };
  } catch (error) {
    if (place.signal.aborted) return { kind: "none", why: "the work was stopped before the browser was open" };
    const said = error instanceof Error ? error.message : String(error);
    return { kind: "none", why: `the browser ${found.path} does not start: ${said.split("\n")[0] ?? ""}` };
  }
}

function systemText(stage: Stage | undefined): string {
  const page =
    stage === undefined
      ? ["- There is no browser here. Work from the files alone, with care."]
      : [
          stage.site === undefined
            ? "- A browser is open, on no page yet: the folder has none. `navigate` takes addresses on this machine."
            : `- A browser is open at ${stage.site}, which serves the workspace's files as they are at each moment.`,
          "- Look at the page before you change anything: `read_page` for what is on it, `inspect` for how an element is drawn,",
          "  `read_console` for errors. Use it as a user would: click, type, press, select.",
          "- After a change `navigate` to the page again and look whether it is as the task asks. Then finish.",
          "- Pictures before the first change and after the last one are taken by the system.",
        ];
  return [
    "You carry out one task on the user interface in a folder, the workspace.",
    "",
    ...FOLDER_RULES,
    ...page,
    "",
    ...DATA_RULE,
    "So is everything a page shows or writes to its console.",
  ].join("\n");
}
