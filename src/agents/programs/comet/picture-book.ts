import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentPicture, PageView } from "../program.ts";
import { type Browser, type OpenPage, SCREEN } from "./browser.ts";

/** Pictures higher than this show their beginning. */
const MAX_HEIGHT = 4_000;

/** So many pages are pictured; the first ones that were looked at. */
const MAX_PAGES = 6;

const LOAD_MS = 15_000;
/** How long a page may go on loading once it is loaded, before its picture is taken. */
const SETTLE_MS = 3_000;

/**
 * What the pages of one piece of work looked like before the first change, and after the last. Each picture is of a page
 * that was loaded afresh in a context of its own, so that both show the same but for the change: nothing that was
 * clicked, typed or stored on the way.
 */
export class PictureBook {
  readonly #browser: Browser;
  readonly #dir: string;
  readonly #pages: { readonly address: string; readonly page: string; readonly before: PageView | null }[] = [];
  #changed = false;

  constructor(browser: Browser, dir: string) {
    this.#browser = browser;
    this.#dir = dir;
  }

  /** From now on pages look different. */
  noteChange(): void {
    this.#changed = true;
  }

  /** A page is looked at: its first picture is taken, unless something was changed already. `page`: how it is called. */
  async look(address: string, page: string): Promise<void> {
    const known = this.#pages.some((other) => other.page === page);
    if (known || this.#pages.length >= MAX_PAGES) return;
    const number = this.#pages.length + 1;
    const before = this.#changed ? null : await this.#take(address, `${number}-before.png`);
    if (before === null && !this.#changed) return;
    this.#pages.push({ address, page, before });
  }

  /** The last pictures, where something was changed; every page with what there is of it. */
  async close(): Promise<readonly AgentPicture[]> {
    const pictures: AgentPicture[] = [];
    for (const [index, { address, page, before }] of this.#pages.entries()) {
      const after = this.#changed ? await this.#take(address, `${index + 1}-after.png`) : null;
      if (before !== null || after !== null) pictures.push({ page, before, after });
    }
    return pictures;
  }

  /** A picture of the page as it is now; null where there is no such page. */
  async #take(address: string, name: string): Promise<PageView | null> {
    try {
      await using fresh = await this.#browser.openPage();
      const response = await fresh.page.goto(address, { waitUntil: "load", timeout: LOAD_MS });
      if (response?.status() === 404) return null;
      const file = join(this.#dir, name);
      await savePicture(fresh, file);
      return { file, pageErrors: fresh.watch.pageErrors, consoleErrors: fresh.watch.consoleErrors };
    } catch {
      // A page that does not load has no picture; what the model meets there it is told by its own tools.
      return null;
    }
  }
}

/** Saves the whole page as a PNG, once it has come to rest. Throws what keeps the page from being drawn. */
export async function savePicture({ page }: Pick<OpenPage, "page">, file: string): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: SETTLE_MS }).catch(() => undefined);
  const height = await page.evaluate<number>(
    "document.fonts.ready.then(() => Math.max(document.documentElement.scrollHeight, document.body?.scrollHeight ?? 0))",
  );
  const shown = Math.min(Math.max(height, SCREEN.height), MAX_HEIGHT);
  const png = await page.screenshot({
    fullPage: true,
    clip: { x: 0, y: 0, width: SCREEN.width, height: shown },
    animations: "disabled",
    caret: "hide",
    timeout: LOAD_MS,
  });
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  await writeFile(file, png);
}
