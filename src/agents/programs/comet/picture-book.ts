import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../foundation/clock.ts";
import type { AgentPicture, PageView } from "../program.ts";
import { type Browser, type OpenPage, SCREEN } from "./browser/browser.ts";
import { plainMessage } from "./browser/driver-message.ts";
import { inTime } from "./browser/in-time.ts";

/** Pictures higher than this show their beginning. */
const MAX_HEIGHT = 4_000;

/** So many pages are pictured; the first ones that were looked at. */
const MAX_PAGES = 6;

const NOTES = "pages.json";

const LOAD_MS = 15_000;
/** The longest that a picture may take, its page coming to rest included. */
export const PICTURE_MS = 30_000;
/** How long a page may go on loading once it is loaded, before its picture is taken. */
const SETTLE_MS = 3_000;

/** A page at a width of the window. */
interface Sight {
  /** Its path on its own site, else its address. */
  readonly page: string;
  readonly width: number;
}

/** What of a session's pages is known; kept beside the pictures, for the lives to come. */
interface Noted {
  readonly pages: readonly (Sight & { readonly before: PageView | null })[];
  readonly changed: boolean;
}

/**
 * What the pages of one session looked like before the first change, and after the last: a session that goes on, after a
 * kill or with a fix, keeps its first pictures. Each picture is of a page that was loaded afresh in a context of its own, so
 * that both show the same but for the change: nothing that was clicked, typed or stored on the way.
 */
export class PictureBook {
  readonly #browser: Browser;
  readonly #clock: Clock;
  readonly #dir: string;
  readonly #site: string | undefined;
  #noted: Noted;
  #failure: string | undefined;

  /** `site`: where the pages are that are called by their path. */
  constructor(browser: Browser, dir: string, site: string | undefined, clock: Clock) {
    this.#browser = browser;
    this.#clock = clock;
    this.#dir = dir;
    this.#site = site;
    this.#noted = readNotes(dir);
  }

  /** From now on pages look different. */
  noteChange(): void {
    if (!this.#noted.changed) this.#note({ ...this.#noted, changed: true });
  }

  /** Why the last page that was to be pictured was not; undefined where none failed. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** A page is looked at: its first picture is taken, unless something was changed already, or the signal aborts. */
  async look(address: string, signal: AbortSignal, width: number = SCREEN.width): Promise<void> {
    const { pages, changed } = this.#noted;
    const sight = { page: pageName(address, this.#site), width };
    if (pages.some((other) => labelOf(other) === labelOf(sight)) || pages.length >= MAX_PAGES) return;
    const before = changed ? null : await this.#take(sight, `${pages.length + 1}-before.png`, signal);
    if (before === null && !changed) return;
    this.#note({ ...this.#noted, pages: [...pages, { ...sight, before }] });
  }

  /** The last pictures, where something was changed; every page with what there is of it. */
  async close(): Promise<readonly AgentPicture[]> {
    const pictures: AgentPicture[] = [];
    for (const [index, { before, ...sight }] of this.#noted.pages.entries()) {
      const after = this.#noted.changed ? await this.#take(sight, `${index + 1}-after.png`) : null;
      if (before !== null || after !== null) pictures.push({ page: labelOf(sight), before, after });
    }
    return pictures;
  }

  #note(noted: Noted): void {
    this.#noted = noted;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.#dir, NOTES), JSON.stringify(noted));
  }

  /** A picture of the page as it is now; null where there is no such page, or it cannot be drawn. */
  async #take(sight: Sight, name: string, signal?: AbortSignal): Promise<PageView | null> {
    const address = this.#site === undefined ? sight.page : new URL(sight.page, this.#site).href;
    try {
      await using fresh = await this.#browser.openPage(sight.width);
      const response = await inTime(
        fresh.page.goto(address, { waitUntil: "load", timeout: LOAD_MS }),
        LOAD_MS,
        this.#clock,
        signal,
      );
      if (response?.status() === 404) return null;
      const file = join(this.#dir, name);
      await inTime(savePicture(fresh, file), PICTURE_MS, this.#clock, signal);
      return { file, pageErrors: fresh.watch.pageErrors, consoleErrors: fresh.watch.consoleErrors };
    } catch (error) {
      // Pictures are not the work: what the model meets there it is told by its own tools.
      this.#failure = `the page ${labelOf(sight)} has no picture: ${plainMessage(error)}`;
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
    clip: { x: 0, y: 0, width: page.viewportSize()?.width ?? SCREEN.width, height: shown },
    animations: "disabled",
    caret: "hide",
    timeout: LOAD_MS,
  });
  await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
  await writeFile(file, png);
}

/** How a page is called in reports: with its width where that is not the usual one. Pure. */
function labelOf({ page, width }: Sight): string {
  return width === SCREEN.width ? page : `${page} at ${width} px`;
}

/** The path of a page on its own site, else its address. Pure. */
function pageName(address: string, site: string | undefined): string {
  const url = new URL(address);
  const path = `${url.pathname}${url.search}`;
  return site !== undefined && url.origin === new URL(site).origin ? path : `${url.origin}${path}`;
}

/** What an earlier life of the session has noted; nothing where there was none, or it was killed while it wrote. */
function readNotes(dir: string): Noted {
  try {
    return JSON.parse(readFileSync(join(dir, NOTES), "utf8")) as Noted;
  } catch {
    return { pages: [], changed: false };
  }
}
