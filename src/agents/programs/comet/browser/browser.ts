import { join } from "node:path";
import type { BrowserContext, Browser as PlaywrightBrowser, Page } from "playwright-core";
import type { Clock } from "../../../../foundation/clock.ts";
import { WORK_MARK } from "../../stray-processes.ts";
import { inTime } from "./in-time.ts";
import { type PageWatch, watchPage } from "./page-watch.ts";
import { openProfileFolder } from "./profile-folder.ts";
import { mayReach, type Reach, resolverRules } from "./reach.ts";

/** A browser that runs for one piece of work. */
export interface Browser extends AsyncDisposable {
  readonly version: string;
  /** It runs without Chromium's own sandbox, and why. */
  readonly unconfined: string | undefined;
  /** A page that knows nothing of others: no cookies, no storage. Closing it closes all that it opened. */
  openPage(width?: number): Promise<OpenPage>;
}

export interface OpenPage extends AsyncDisposable {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly watch: PageWatch;
}

export interface BrowserOptions {
  readonly path: string;
  /** The agent's home: the profile is below it, for as long as the browser runs. */
  readonly home: string;
  /** The agent's environment; the browser gets the few variables that it needs. */
  readonly env: Readonly<Record<string, string>>;
  readonly reach: Reach;
  readonly clock: Clock;
}

/** The window of pages and pictures, where no other width is asked for. */
export const SCREEN = { width: 1280, height: 800 } as const;

/** What a browser may see of the agent's environment: nothing that could be a secret. */
const VARIABLES = /^(PATH|LANG|LC_\w+|TZ|SYSTEMROOT|WINDIR|TEMP|TMP|FONTCONFIG_\w+)$/i;

const LAUNCH_MS = 30_000;
const CLOSE_MS = 10_000;

/**
 * Starts the browser, spoken to over a pipe: when this process is gone, however it went, the pipe is closed, and the
 * browser ends by itself. Throws whatever keeps it from starting.
 */
export async function openBrowser(options: BrowserOptions): Promise<Browser> {
  await using opened = new AsyncDisposableStack();
  const profile = opened.use(await openProfileFolder(options.home));
  const { browser, unconfined } = await launch(options, profile.path);
  const held = opened.move();
  return {
    version: browser.version(),
    unconfined,
    openPage: (width = SCREEN.width) => openPage(browser, options.reach, width),
    async [Symbol.asyncDispose]() {
      // One that does not end when it is asked to ends with us.
      await inTime(browser.close(), CLOSE_MS, options.clock).catch(() => undefined);
      await held.disposeAsync();
    },
  };
}

async function launch(
  options: BrowserOptions,
  profile: string,
): Promise<{ readonly browser: PlaywrightBrowser; readonly unconfined: string | undefined }> {
  if (process.getuid?.() === 0) {
    // Chromium refuses to start its sandbox for root.
    return { browser: await launchWith(options, profile, false), unconfined: "the user is root" };
  }
  try {
    return { browser: await launchWith(options, profile, true), unconfined: undefined };
  } catch (error) {
    if (!/no usable sandbox|setuid sandbox|SUID sandbox|user namespaces/i.test(String(error))) throw error;
    return { browser: await launchWith(options, profile, false), unconfined: "the system has no sandbox for it" };
  }
}

async function launchWith(
  { path, env, reach }: BrowserOptions,
  profile: string,
  chromiumSandbox: boolean,
): Promise<PlaywrightBrowser> {
  // Large, and of use to this agent alone.
  const { chromium } = await import("playwright-core");
  const context = await chromium.launchPersistentContext(join(profile, "profile"), {
    executablePath: path,
    headless: true,
    chromiumSandbox,
    // Whoever runs us is told of signals; the browser is closed by us.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    timeout: LAUNCH_MS,
    artifactsDir: join(profile, "artifacts"),
    env: {
      ...Object.fromEntries(Object.entries(env).filter(([name]) => VARIABLES.test(name) || name === WORK_MARK)),
      HOME: profile,
      USERPROFILE: profile,
      XDG_RUNTIME_DIR: profile,
      DBUS_SESSION_BUS_ADDRESS: "disabled:",
    },
    args: [
      `--host-resolver-rules=${resolverRules(reach)}`,
      "--no-proxy-server",
      "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
      "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    ],
  });
  const browser = context.browser();
  if (browser === null) throw new Error("the browser does not let other contexts be opened");
  return browser;
}

async function openPage(browser: PlaywrightBrowser, reach: Reach, width: number): Promise<OpenPage> {
  const context = await browser.newContext({
    viewport: { ...SCREEN, width },
    deviceScaleFactor: 1,
    locale: "en-US",
    timezoneId: "UTC",
    colorScheme: "light",
    reducedMotion: "reduce",
    acceptDownloads: false,
    serviceWorkers: "block",
    permissions: [],
  });
  await confine(context, reach);
  const page = await context.newPage();
  return {
    context,
    page,
    watch: watchPage(page, reach),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Refuses what may not be reached, so that it is seen as refused; the browser's own rules hold for what goes past this. */
async function confine(context: BrowserContext, reach: Reach): Promise<void> {
  await context.route("**/*", async (route) => {
    if (mayReach(route.request().url(), reach)) await route.fallback();
    else await route.abort("blockedbyclient");
  });
  await context.routeWebSocket(
    (url) => !mayReach(url.href, reach),
    (socket) => socket.close({ code: 1008, reason: "not allowed" }),
  );
}
