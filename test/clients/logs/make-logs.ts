import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Served } from "../../support/scripted-provider/script.ts";
import { openScriptedProvider } from "../../support/scripted-provider/scripted-provider.ts";
import { type Answered, runClient } from "../program.ts";
import { programOf, SCENES, tricky, type Scene } from "./scenes.ts";

/** What was billed while a scene ran. */
export interface Billed {
  readonly scene: string;
  readonly client: string;
  readonly session: string | undefined;
  readonly served: readonly Served[];
}

/** Lets the real agents play every scene in one home and says what the provider would bill; their logs stay in the home. */
export async function makeLogs(
  clients: string,
  home: string,
  only: readonly string[],
  url?: { readonly url: string; readonly key: string },
): Promise<readonly Billed[]> {
  const work = join(home, "work");
  mkdirSync(work, { recursive: true });
  const provider = await openScriptedProvider({ script: tricky() });
  const sessions = new Map<string, string>();
  const billed: Billed[] = [];
  try {
    for (const scene of SCENES.filter(({ name }) => only.length === 0 || only.some((word) => name.startsWith(word)))) {
      const before = provider.served.length;
      const place = { url: provider.url, key: "sk-kit", headers: {}, ...url, home, work, env: scene.env ?? {} };
      const said = await play(scene, sessions, clients, place);
      if (said.session !== undefined) sessions.set(scene.name, said.session);
      billed.push({
        scene: scene.name,
        client: scene.client.name,
        session: said.session,
        served: provider.served.slice(before),
      });
      process.stderr.write(
        `${scene.name}: ${provider.served.length - before} answers, ${said.failed ? `failed: ${said.message.slice(0, 300)}` : said.text.slice(0, 80)}\n`,
      );
    }
  } finally {
    await provider.close();
  }
  writeFileSync(join(home, "billed.json"), JSON.stringify(billed));
  return billed;
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
