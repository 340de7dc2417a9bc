import type { ConsoleMessage, Page, Request } from "playwright-core";
import { mayReach, type Reach } from "./reach.ts";

/** What a page has complained of since it was last loaded. */
export interface PageWatch {
  /** The last 200 lines: "error: …", "uncaught: …", "refused: …". */
  readonly lines: readonly string[];
  readonly pageErrors: number;
  /** Lines of kind "error"; what was refused by us is none of the page's own. */
  readonly consoleErrors: number;
  /** Addresses that it asked for and may not reach. */
  readonly refused: readonly string[];
  /** How many requests have no answer yet; streams of events, which never end, are left out. */
  readonly underWay: number;
}

const MAX_LINES = 200;
const MAX_LINE = 600;

/** Listens to a page from now on, and says yes to its dialogs; begins anew with each load of another document. */
export function watchPage(page: Page, reach: Reach): PageWatch {
  let heard = nothingHeard();
  const underWay = new Set<Request>();
  const add = (line: string): void => {
    const short = line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)} …` : line;
    heard.lines = [...heard.lines, short].slice(-MAX_LINES);
  };
  const hearConsole = (message: ConsoleMessage): void => {
    const { url } = message.location();
    // The browser's own line about what was refused; it is told as such already.
    if (message.type() === "error" && url !== "" && !mayReach(url, reach)) return;
    if (message.type() === "error") heard.consoleErrors += 1;
    add(`${message.type()}: ${message.text()}${url === "" ? "" : ` (${url})`}`);
  };
  page.on("console", hearConsole);
  page.on("pageerror", (error) => {
    heard.pageErrors += 1;
    add(`uncaught: ${error.stack ?? error.message}`);
  });
  // Nobody is there to answer; a page that waits for an answer does nothing else.
  page.on("dialog", (dialog) => {
    add(`${dialog.type()} answered with yes: ${dialog.message()}`);
    dialog.accept().catch(() => undefined);
  });
  page.on("requestfinished", (request) => underWay.delete(request));
  page.on("requestfailed", (request) => {
    underWay.delete(request);
    if (mayReach(request.url(), reach)) return;
    heard.refused = [...new Set([...heard.refused, request.url()])];
    add(`refused: ${request.url()} is outside of what this task may reach`);
  });
  page.on("request", (request) => {
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) heard = nothingHeard();
    if (request.resourceType() !== "eventsource") underWay.add(request);
  });
  return {
    get underWay() {
      return underWay.size;
    },
    get lines() {
      return heard.lines;
    },
    get pageErrors() {
      return heard.pageErrors;
    },
    get consoleErrors() {
      return heard.consoleErrors;
    },
    get refused() {
      return heard.refused;
    },
  };
}

interface Heard {
  lines: readonly string[];
  pageErrors: number;
  consoleErrors: number;
  refused: readonly string[];
}

function nothingHeard(): Heard {
  return { lines: [], pageErrors: 0, consoleErrors: 0, refused: [] };
}
