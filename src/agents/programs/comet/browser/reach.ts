/** What a page may reach: this machine, and the origins that the task allows. */
export interface Reach {
  /** Origins besides loopback, cleaned: "https://cdn.example.com". */
  readonly allowed: readonly string[];
}

/** The reach of a task. What is no http(s) address in `allow` allows nothing. Pure. */
export function reachOf(allow: readonly string[], url: string | undefined): Reach {
  const origins = [...allow, ...(url === undefined ? [] : [url])].flatMap((text) => webAddress(text)?.origin ?? []);
  return { allowed: [...new Set(origins)] };
}

/**
 * May the browser ask for this address? Loopback and the allowed origins over http and ws, and what is no address on a
 * network (data:, blob:, about:). Pure; what a page or a model says does not enter.
 */
export function mayReach(address: string, { allowed }: Reach): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.protocol === "data:" || url.protocol === "blob:" || url.protocol === "about:") return true;
  const web = url.protocol.replace(/^ws/, "http");
  if (web !== "http:" && web !== "https:") return false;
  return isLoopback(url.hostname) || allowed.includes(`${web}//${url.host}`);
}

/** Does the host name, as a URL has it, stand for this machine itself? Pure. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost") || host === "[::1]") return true;
  return /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}

/**
 * The browser's own rules for names: those that may be reached are resolved as ever, all others do not exist. They hold
 * where no request is intercepted: redirects, prefetches, sockets of workers. Pure.
 */
export function resolverRules({ allowed }: Reach): string {
  const hosts = ["localhost", "*.localhost", "127.*", "[::1]", ...allowed.map((origin) => new URL(origin).hostname)];
  return ["MAP * ~NOTFOUND", ...hosts.map((host) => `EXCLUDE ${host}`)].join(" , ");
}

/** The address, where the text is one of the web; undefined else. Pure. */
export function webAddress(text: string): URL | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text);
}
