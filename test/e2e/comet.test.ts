import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { browserHere } from "../support/comet-stage.ts";
import { CHECKOUT, MENDING, MENDING_BLIND, type Turn, turnsScript } from "../support/mending-model.ts";
import { allotHome, type AllotHome, reportOf, runAllot, runInside } from "../support/run-allot.ts";
import { openScriptedProvider, type ScriptedProvider } from "../support/scripted-provider/scripted-provider.ts";
import { tempRepository } from "../support/temp-repository.ts";

/** An agent has a host of its own and a browser, which take seconds to start on a busy machine. */
const LONG = 240_000;
const browser = await browserHere();

async function openField(turns: readonly Turn[], place = ""): Promise<{ home: AllotHome; provider: ScriptedProvider }> {
  const provider = await openScriptedProvider({ script: turnsScript(turns, place) });
  onTestFinished(() => provider.close());
  const home = allotHome({ ANTHROPIC_API_KEY: "sk-dummy-of-a-test-0123456789", ANTHROPIC_BASE_URL: provider.url });
  return { home, provider };
}

function shopIn(home: AllotHome): string {
  const dir = join(home.dir, "shop");
  cpSync(CHECKOUT, dir, { recursive: true });
  return dir;
}

test("allot agents names every agent, its version, and what is not there", async () => {
  const home = allotHome({ PATH: "/nowhere", ALLOT_BROWSER: "/nowhere/chromium" });
  const shown = await runInside(home, ["agents", "--json"]);
  const agents = shown.lines[0]?.["agents"] as Record<string, unknown>[];
  expect(agents.map(({ name, installed }) => [name, installed !== null])).toEqual([
    ["codex", false],
    ["claude", false],
    ["comet", true],
    ["api", true],
  ]);
  const missing = "there is no program at /nowhere/chromium, which is named as the browser (--browser)";
  expect(agents[2]).toMatchObject({ browser: { missing } });
  const table = (await runInside(home, ["agents"])).stdout.split("\n");
  expect(table[1]).toMatch(/^codex +not installed +OpenAI's Codex +-$/);
  expect(table.join(" ").replaceAll(/\s+/g, " ")).toContain(`comet works without pictures: ${missing}.`);
});

test("an agent or a task that is not there is said before anything is started", async () => {
  const home = allotHome();
  expect((await runInside(home, ["agent", "run", "comet"])).code).toBe(64);
  const wrong = await runInside(home, ["agent", "run", "commet", "Mend it."]);
  expect(wrong.stderr).toContain('"commet" is no agent. Did you mean comet?');
  const nowhere = await runInside(home, ["agent", "run", "api", "Mend it.", "--dir", "nowhere"]);
  expect([nowhere.code, nowhere.stderr.includes("is no folder")]).toEqual([66, true]);
  expect(existsSync(join(home.dir, ".allot/allot.db"))).toBe(false);
});

test(
  "without a browser the page is mended all the same, and the one message says what was looked for",
  async () => {
    const { home, provider } = await openField(MENDING_BLIND);
    const dir = shopIn(home);
    const ended = await runAllot(home, ["agent", "run", "comet", "Mend it.", "--dir", dir, "--browser", "/no/browser"]);
    expect([ended.code, ended.stderr]).toEqual([0, ""]);
    const why = "there is no program at /no/browser, which is named as the browser (--browser)";
    expect(ended.stdout.split(why)).toHaveLength(2);
    expect(ended.stdout).toContain(`note: no pictures of pages: ${why}`);
    expect(readFileSync(join(dir, "basket.js"), "utf8")).toContain('querySelector("#total")');
    expect(provider.served.map(({ status }) => status)).toEqual([200, 200, 200]);
  },
  LONG,
);

test(
  "the agent api works in a folder, and its session goes on in a second work",
  async () => {
    const { home } = await openField(MENDING_BLIND);
    const dir = shopIn(home);
    const args = ["agent", "run", "api", "Mend it.", "--dir", dir, "--json"];
    const first = await runAllot(home, args);
    const end = first.lines.find(({ kind }) => kind === "end")?.["end"] as Record<string, unknown>;
    expect(end).toMatchObject({ kind: "done", text: "The button is seen, and so is the total." });
    expect(end["spent"]).toMatchObject({ calls: 3, covered: false, differs: null });
    const second = await runAllot(home, [...args, "--resume", String(end["session"])]);
    expect(second.lines.find(({ kind }) => kind === "session")).toEqual({ kind: "session", id: end["session"] });
  },
  LONG,
);

describe.skipIf("skip" in browser)(`with a browser${"skip" in browser ? ` (${browser.skip})` : ""}`, () => {
  test(
    "comet mends the bundled page, and shows it before and after",
    async () => {
      const { home } = await openField(MENDING);
      const dir = shopIn(home);
      const ended = await runAllot(home, ["agent", "run", "comet", "Mend it.", "--dir", dir]);
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      const shown = /side by side: (.+)pictures\.html/.exec(ended.stdout)?.[1] ?? "";
      expect(ended.stdout).toContain(`before  ${shown}pictures/comet/1-before.png (1 page error)`);
      expect(ended.stdout).toContain(`after   ${shown}pictures/comet/1-after.png (no errors)`);
      expect(readFileSync(join(shown, "report.md"), "utf8")).toContain("![/ after](pictures/comet/1-after.png)");
      for (const name of ["before", "after"])
        expect(
          readFileSync(join(shown, `pictures/comet/1-${name}.png`))
            .subarray(1, 4)
            .toString(),
        ).toBe("PNG");
    },
    LONG,
  );

  test(
    "a dispatched page is proven by pictures in the run's report",
    async () => {
      const page = (name: string): string => readFileSync(join(CHECKOUT, name), "utf8");
      const repository = tempRepository({
        "shop/index.html": page("index.html"),
        "shop/style.css": page("style.css"),
        "shop/basket.js": page("basket.js"),
      });
      onTestFinished(() => repository[Symbol.dispose]());
      const { home } = await openField(MENDING, "shop/");
      const task =
        "shop=The button that pays cannot be seen and the total stays empty: mend shop/style.css and shop/basket.js";
      const ended = await runInside(
        home,
        ["dispatch", "--agent", "comet", "--json"].concat("--repo", repository.dir, "--component", task),
      );
      const report = reportOf(ended);
      expect({ state: report.state, reason: report.reason }).toEqual({ state: "accepted", reason: "" });
      expect(report.tasks[0]?.pictures).toMatchObject([
        { page: "/", before: { pageErrors: 1 }, after: { pageErrors: 0 } },
      ]);
      const folder = join(repository.dir, ".allot/runs", report.run);
      const markdown = readFileSync(join(folder, "report.md"), "utf8");
      const links = [...markdown.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
      expect(links).toHaveLength(2);
      for (const link of links) expect(readFileSync(join(folder, link)).subarray(1, 4).toString()).toBe("PNG");
      expect(readFileSync(join(folder, "pictures.html"), "utf8")).toContain("no errors");
    },
    LONG,
  );
});
