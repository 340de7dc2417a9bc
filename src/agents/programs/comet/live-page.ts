import type { Locator, Page } from "playwright-core";
import type { Clock } from "../../../foundation/clock.ts";
import { type OpenPage, SCREEN } from "./browser/browser.ts";
import { inTime } from "./browser/in-time.ts";
import { type PageWatch, watchPage } from "./browser/page-watch.ts";
import { mayReach, type Reach, webAddress } from "./browser/reach.ts";

/** How long an element may take to become ready to be clicked or typed into. */
export const ACT_MS = 5_000;
const LOAD_MS = 15_000;
const SETTLE_MS = 1_500;
const LOOK_MS = 50;
const PROBE_MS = 3_000;

export interface LivePageOptions {
  /** What paths are below; undefined where there is no site to begin with. */
  readonly site: string | undefined;
  readonly reach: Reach;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The page that the model works with: one at a time, the one that was opened last. */
export class LivePage {
  readonly #reach: Reach;
  readonly #clock: Clock;
  /** Aborts when the work is stopped: every act on the page takes it. */
  readonly signal: AbortSignal;
  /** What a path is below; undefined where there is no site to begin with. */
  readonly site: string | undefined;
  #page: Page;
  #watch: PageWatch;

  constructor(opened: OpenPage, { site, reach, clock, signal }: LivePageOptions) {
    this.#reach = reach;
    this.#clock = clock;
    this.signal = signal;
    this.site = site;
    this.#page = opened.page;
    this.#watch = opened.watch;
    opened.context.on("page", (page) => this.#follow(page));
  }

  get page(): Page {
    return this.#page;
  }

  get watch(): PageWatch {
    return this.#watch;
  }

  /** The address that a path or an address of the web means; undefined with neither, or where it may not be reached. */
  addressOf(to: string): string | undefined {
    const address = webAddress(to)?.href ?? (this.site === undefined ? undefined : addressBelow(this.site, to));
    return address !== undefined && mayReach(address, this.#reach) ? address : undefined;
  }

  /** Loads the address, and waits a little until it has come to rest. Answers the status; throws what went wrong. */
  async load(address: string, width: number = SCREEN.width): Promise<number | undefined> {
    await this.#leaveStuckPage();
    await this.#page.setViewportSize({ ...SCREEN, width });
    const response = await this.#page.goto(address, { waitUntil: "load", timeout: LOAD_MS, signal: this.signal });
    await this.settle();
    return response?.status();
  }

  /** Waits a little for what a load, a click or a key has set going: until every request has its answer. */
  async settle(): Promise<void> {
    for (let waited = 0; waited < SETTLE_MS; waited += LOOK_MS) {
      await this.wait(LOOK_MS);
      if (this.#watch.underWay === 0) return;
    }
  }

  /** The element of a reference that `read_page` gave; undefined for what is none. */
  element(ref: string): Locator | undefined {
    return /^(f\d+)?e\d+$/.test(ref) ? this.#page.getByRef(ref) : undefined;
  }

  /** What the page answers, unless it takes too long: one whose script never ends answers nothing at all. */
  answerOf<Answer>(asked: Promise<Answer>, ms = ACT_MS): Promise<Answer> {
    return inTime(asked, ms, this.#clock, this.signal);
  }

  /** Waits, unless the work is stopped first: then it rejects. */
  wait(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.signal);
  }

  /** A page whose script never ends takes no other address either: it is left for a new one. */
  async #leaveStuckPage(): Promise<void> {
    const stuck = this.#page;
    const answers = inTime(stuck.evaluate("true"), PROBE_MS, this.#clock, this.signal);
    if (await answers.catch(() => this.signal.aborted)) return;
    // The new page becomes the shown one as any that is opened does.
    await stuck.context().newPage();
    stuck.close().catch(() => undefined);
  }

  /** A page that opens another one goes on there; when that is closed, it goes on where it was. */
  #follow(page: Page): void {
    const [from, fromWatch] = [this.#page, this.#watch];
    this.#page = page;
    this.#watch = watchPage(page, this.#reach);
    page.on("close", () => {
      if (this.#page !== page) return;
      this.#page = from;
      this.#watch = fromWatch;
    });
  }
}

function addressBelow(site: string, path: string): string | undefined {
  const url = URL.canParse(path, site) ? new URL(path, site) : undefined;
  return url === undefined || url.origin !== new URL(site).origin ? undefined : url.href;
}
