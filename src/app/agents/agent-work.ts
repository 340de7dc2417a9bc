import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { openAgentHome } from "../../agents/programs/agent-home.ts";
import { picturesMarkdown, picturesPage, placePictures } from "../../agents/programs/comet/pictures.ts";
import type { HostedEnd, HostedWork } from "../../agents/programs/hosting/hosted-work.ts";
import type { AgentEvent, AgentPicture } from "../../agents/programs/program.ts";
import { asSession } from "../../agents/programs/session-id.ts";
import type { Config } from "../../config/config.ts";
import type { AgentName } from "../../foundation/agent-names.ts";
import { AllotError } from "../../foundation/errors.ts";
import { systemClock } from "../../foundation/clock.ts";
import { newRunId } from "../../foundation/ids.ts";
import { openConfiguredAgentHosting } from "../agent-hosting.ts";
import { openConfiguredCatalog } from "../catalog.ts";
import { chooseRunModels } from "../run-models.ts";
import { openConfiguredStore } from "../store.ts";
import { loginOf } from "./run-agents.ts";

/** One piece of work that somebody gives to one agent by hand, in a folder of theirs. */
export interface AgentOrder {
  readonly agent: AgentName;
  readonly prompt: string;
  readonly dir: string;
  /** A session of the same agent to go on with. */
  readonly resume: string | null;
}

export interface AgentWorkEnd {
  /** The work's own id. */
  readonly id: string;
  readonly end: HostedEnd;
  /** Beside `folder`, where there are any. */
  readonly pictures: readonly AgentPicture[];
  /** Where report and pictures are; null where there are no pictures. */
  readonly folder: string | null;
}

/**
 * Lets one agent do one piece of work in a folder, under the user's limits, and puts its pictures beside a report of its own.
 * Throws `command-not-found`, `usage` for a session that is none, `interrupted` (its session is recorded), and what the store throws.
 */
export async function carryOutAgentWork(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  order: AgentOrder,
  signal: AbortSignal,
  onEvent: (event: AgentEvent) => void,
): Promise<AgentWorkEnd> {
  const { settings } = config;
  if (order.resume !== null) asSession(order.resume);
  await using store = await openConfiguredStore(config, systemClock);
  const id = newRunId(systemClock.now());
  const gateway = loginOf(config, order.agent);
  // One home an agent, kept: its sessions stand there, to be gone on with.
  const home = join(settings.home, "agents", order.agent);
  const work: HostedWork = {
    key: `agent-${id}/1/1/work/1`,
    agent: order.agent,
    gateway,
    task: {
      prompt: order.prompt,
      cwd: order.dir,
      env: await openAgentHome({ agent: order.agent, home, userEnv: env, login: gateway === "own-login" }),
      sandbox: settings.readOnly ? "read-only" : "workspace-write",
      timeoutMs: settings.agentTimeout,
      limits: {
        ...(settings.limitUsd === null ? {} : { nanoUsd: settings.limitUsd }),
        ...(settings.agentTokens === null ? {} : { tokens: settings.agentTokens }),
      },
      ...(order.resume === null ? {} : { resume: order.resume }),
      ...(await modelFor(config, order.agent)),
      ...pageOf(config),
    },
    terms: {
      session: settings.session,
      project: basename(order.dir),
      priority: settings.priority,
      parentBudget: settings.budget,
    },
  };
  const end = await openConfiguredAgentHosting(config, store).carryOut(work, signal, onEvent);
  const pictures = end.kind === "unknown" ? [] : (end.pictures ?? []);
  if (pictures.length === 0) return { id, end, pictures: [], folder: null };
  const folder = join(settings.home, "agents", "work", id);
  return { id, end, pictures: await report(order, end, pictures, folder), folder };
}

/**
 * The model that was asked for; where none was, our own loops take the small one of what is set up here, and the others what
 * they are set up for. Throws `provider-not-configured` where a loop of ours has none.
 */
async function modelFor(config: Config, agent: AgentName): Promise<Pick<HostedWork["task"], "model">> {
  const { agentModel } = config.settings;
  if (agentModel !== null) return { model: agentModel };
  if (agent !== "comet" && agent !== "api") return {};
  const { small } = await chooseRunModels(config, openConfiguredCatalog(config, systemClock.now()));
  if (small === undefined)
    throw new AllotError("provider-not-configured", `${agent} works with a model of a provider, and none is set up`);
  return { model: `${small.provider}/${small.id}` };
}

function pageOf({ settings: { url, allowOrigin } }: Config): Pick<HostedWork["task"], "page"> {
  const allow = allowOrigin ?? [];
  if (url === null && allow.length === 0) return {};
  return { page: { ...(url === null ? {} : { url }), ...(allow.length === 0 ? {} : { allow }) } };
}

/** Writes `report.md`, `pictures.html` and the pictures; answers them as they are named there. */
async function report(
  order: AgentOrder,
  end: HostedEnd,
  pictures: readonly AgentPicture[],
  folder: string,
): Promise<readonly AgentPicture[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const placed = await placePictures(pictures, folder, order.agent);
  const title = order.prompt.split("\n")[0] ?? order.agent;
  const said = end.kind === "unknown" ? end.message : end.text;
  await writeFile(
    join(folder, "report.md"),
    `# ${title}\n\n${order.agent} in ${order.dir}: ${end.kind}\n\n${said}\n\n${picturesMarkdown(placed)}\n`,
  );
  await writeFile(join(folder, "pictures.html"), picturesPage(title, [{ title: order.agent, pictures: placed }]));
  return placed;
}
