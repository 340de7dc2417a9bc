import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Served } from "../../support/scripted-provider/script.ts";
import type { ScriptedProvider } from "../../support/scripted-provider/scripted-provider.ts";
import { type Answered, runClient } from "../program.ts";
import { programOf, SCENES, type Scene } from "./scenes.ts";

/** What was billed while a scene ran. */
export interface Billed {
  readonly scene: string;
  readonly client: string;
  readonly session: string | undefined;
  readonly served: readonly Served[];
}

/** Where the agents work and whom they ask. */
export interface LogPlace {
  /** The folder whose node_modules has the agents. */
  readonly clients: string;
  readonly home: string;
  readonly url: string;
  readonly key: string;
  readonly provider: ScriptedProvider;
}

/**
 * Lets the real agents play every scene (or those whose names begin as `only` says) in one home and says what the provider
 * bills; their logs stay in the home. The provider's script is `tricky()`.
 */
export async function makeLogs(
  { clients, home, provider, url, key }: LogPlace,
  only: readonly string[],
  say: (line: string) => void,
): Promise<readonly Billed[]> {
  const work = join(home, "work");
  mkdirSync(work, { recursive: true });
  const sessions = new Map<string, string>();
  const billed: Billed[] = [];
  for (const scene of SCENES.filter(({ name }) => only.length === 0 || only.some((word) => name.startsWith(word)))) {
    if (scene.goneOnWithSoon === true) await earlyInMinute();
    const before = provider.served.length;
    const said = await play(scene, sessions, clients, { url, key, headers: {}, home, work, env: scene.env ?? {} });
    if (said.session !== undefined) sessions.set(scene.name, said.session);
    const served = provider.served.slice(before);
    billed.push({ scene: scene.name, client: scene.client.name, session: said.session, served });
    const what = said.failed ? `failed: ${said.message.slice(0, 200)}` : said.text.slice(0, 60);
    say(`${scene.name.padEnd(12)} ${String(served.length).padStart(2)} requests  ${what.replaceAll(/\s+/g, " ")}`);
  }
  return billed;
}

async function earlyInMinute(): Promise<void> {
  const second = new Date().getSeconds();
  if (second > 20) await sleep((60 - second) * 1000);
}

async function play(
  scene: Scene,
  sessions: ReadonlyMap<string, string>,
  clients: string,
  place: Parameters<typeof runClient>[2],
): Promise<Answered> {
  const session = scene.goesOn === undefined ? undefined : sessions.get(scene.goesOn);
  const resume = session === undefined || scene.args !== undefined ? {} : { resume: session };
  return runClient(programOf(scene, session), clients, place, {
    prompt: scene.prompt,
    ...(scene.model === undefined ? {} : { model: scene.model }),
    ...(scene.extra === undefined ? {} : { extra: scene.extra }),
    ...resume,
  });
}
