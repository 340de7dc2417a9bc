import type { AgentEnd } from "../program.ts";
import type { AgentTool } from "../../agent-tool.ts";
import type { WorkPlace } from "../api/loop-agent.ts";
import { openBrowser } from "./browser/browser.ts";
import { LivePage } from "./live-page.ts";
import { pageTools } from "./page-tools.ts";
import { PictureBook } from "./picture-book.ts";
import { reachOf, webAddress } from "./browser/reach.ts";
import { serveFolder } from "./serve-folder.ts";

/** A browser on the page of one piece of work. */
export interface Stage {
  /** What paths are below: where the folder is served, or the address that the task names. */
  readonly site: string | undefined;
  readonly tools: readonly AgentTool[];
  /** What the user should know of it. */
  readonly notes: readonly string[];
  /** A file was changed. */
  noteChange(): void;
  /** Takes the last pictures, unless somebody waits for us to be gone, and closes all. */
  leave(stopped: boolean): Promise<Pick<AgentEnd, "pictures" | "noPictures">>;
}

/** Opens browser, site and page, and takes the first picture. Throws what keeps one of them from opening. */
export async function openStage(browserPath: string, place: WorkPlace, picturesDir: string): Promise<Stage> {
  const { task, home, clock, signal } = place;
  await using opened = new AsyncDisposableStack();
  const named = task.page?.url === undefined ? undefined : webAddress(task.page.url);
  const reach = reachOf(task.page?.allow ?? [], named?.href);
  const served = named === undefined ? opened.use(await serveFolder(task.cwd)) : undefined;
  const browser = opened.use(await openBrowser({ path: browserPath, home, env: task.env, reach, clock }));
  signal.throwIfAborted();
  const site = named?.href ?? served?.origin;
  const start = named?.href ?? (served?.start === undefined ? undefined : `${served.origin}${served.start}`);
  const book = new PictureBook(browser, picturesDir, site, clock);
  const live = new LivePage(await browser.openPage(), { site, reach, clock, signal });
  if (start !== undefined) {
    await book.look(start, signal);
    await live.load(start).catch(() => undefined);
  }
  const held = opened.move();
  return {
    site: start === undefined ? undefined : site,
    tools: pageTools(live, book, picturesDir),
    notes: browser.unconfined === undefined ? [] : [`the browser runs without its own sandbox: ${browser.unconfined}`],
    noteChange: () => book.noteChange(),
    async leave(stopped) {
      try {
        const pictures = stopped ? [] : await book.close();
        if (stopped) return {};
        return pictures.length > 0 ? { pictures } : { noPictures: book.failure ?? NO_PAGE };
      } finally {
        await held.disposeAsync();
      }
    },
  };
}

const NO_PAGE = "no page was looked at: the folder has no HTML page, and the task names no address (--url)";
