import type { IncomingHttpHeaders } from "node:http";

const LOCAL = /^(localhost|127(\.\d{1,3}){3}|\[::1\]|\[::ffff:127(\.\d{1,3}){3}\])$/i;

/**
 * Why a request is not let in, before anything else is looked at; undefined where it may come. A page that a browser shows, or a
 * name that was made to point here, must not reach what listens on this machine. Pure.
 */
export function foreign(headers: IncomingHttpHeaders, names: readonly string[]): string | undefined {
  const host = hostOf(headers.host ?? "");
  if (host === undefined || !isOurs(host, names))
    return `the Host "${(headers.host ?? "").slice(0, 80)}" is not this gateway's`;
  const { origin } = headers;
  if (origin === undefined) return undefined;
  const from = /^https?:\/\/(.+)$/i.exec(origin)?.[1];
  const page = from === undefined ? undefined : hostOf(from);
  if (page === undefined || !isOurs(page, names)) return `the Origin "${origin.slice(0, 80)}" is another site's`;
  return undefined;
}

/** How often the request says for which host it is; readers differ in which one they take. Pure. */
export function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === "host") hosts += 1;
  }
  return hosts;
}

/** The name without its port. */
function hostOf(written: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(written)?.[1];
}

function isOurs(host: string, names: readonly string[]): boolean {
  return LOCAL.test(host) || names.includes(host.toLowerCase());
}

/** Does the address lead back to this gateway? Names of this machine are all the same. Pure. */
export function leadsBack(baseUrl: string, port: number, names: readonly string[]): boolean {
  const url = new URL(baseUrl);
  const own = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  if (own !== port) return false;
  const host = url.hostname.toLowerCase().replace(/\.$/, "");
  return (
    LOCAL.test(host) ||
    ["0.0.0.0", "[::]", "[::ffff:7f00:1]"].includes(host) ||
    host.endsWith(".localhost") ||
    names.includes(host)
  );
}
