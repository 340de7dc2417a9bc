// `node scripts/try-comet.ts [DIR]`: the agent comet on the bundled page, with a real browser and a model that is played by a
// script on loopback; no key, no cost. Shows what the command prints, and where the pictures are.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { CHECKOUT, MENDING, MENDING_BLIND, turnsScript } from "../test/support/mending-model.ts";
import { openScriptedProvider } from "../test/support/scripted-provider/scripted-provider.ts";

const TASK = "The button that pays cannot be seen, and the total stays empty. Mend both.";

const folder = resolve(process.argv[2] ?? mkdtempSync(join(tmpdir(), "allot-comet-")));
const page = join(folder, "shop");
cpSync(CHECKOUT, page, { recursive: true });
const provider = await openScriptedProvider({
  script: (seen) => (seen.tools.some(({ name }) => name === "read_page") ? seeing : blind)(seen),
});
const [seeing, blind] = [turnsScript(MENDING), turnsScript(MENDING_BLIND)];
const child = spawn(
  process.execPath,
  [join(import.meta.dirname, "../src/cli/main.ts"), "agent", "run", "comet", TASK, "--dir", page],
  {
    stdio: "inherit",
    env: {
      ...process.env,
      ALLOT_HOME: join(folder, "home"),
      ANTHROPIC_API_KEY: "a-key-that-nobody-looks-at",
      ANTHROPIC_BASE_URL: provider.url,
      NODE_NO_WARNINGS: "1",
    },
  },
);
const [code] = (await once(child, "exit")) as [number | null];
await provider.close();
process.exitCode = code ?? 1;
