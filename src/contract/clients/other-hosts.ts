import type { Call } from "../contract.ts";

/**
 * Which addresses with a host are the client's own server: those whose path begins as most of its other calls do (`/api/v1`);
 * they lose their host. Where every call names the one same host, that is the server. Pure.
 */
export function atHome(calls: readonly Call[]): readonly Call[] {
  const own = calls.filter(({ path }) => !path.includes("://"));
  const hosts = new Map<string, number>();
  for (const { path } of calls) {
    const host = hostOf(path);
    if (host !== undefined) hosts.set(host, (hosts.get(host) ?? 0) + 1);
  }
  const start = own.length > 0 ? sharedStart(own) : undefined;
  const [most] = [...hosts].toSorted(([, a], [, b]) => b - a);
  const alone = own.length === 0 && hosts.size === 1 ? most?.[0] : undefined;
  return calls.map((call) => {
    const host = hostOf(call.path);
    if (host === undefined) return call;
    const path = call.path.slice(host.length);
    const isOwn = host === alone || (start !== undefined && `${path}/`.startsWith(`${start}/`));
    return isOwn ? { ...call, path: path === "" ? "/" : path } : call;
  });
}

function hostOf(path: string): string | undefined {
  return /^[a-z][\w+.-]*:\/\/[^/]*|^\/\/[^/]+/i.exec(path)?.[0];
}

/** A word that stands before what is asked for. */
const BASE_WORD = /^(?:api|rest|graphql|v\d[\w.]*)$/i;

/** The longest beginning of whole words that more than half of the calls share, nearly all where it is a word like any other. */
function sharedStart(calls: readonly Call[]): string | undefined {
  let shared = "";
  for (;;) {
    const next = new Map<string, number>();
    const below = calls.filter(({ path }) => path.startsWith(`${shared}/`));
    for (const { path } of below) {
      const [word = ""] = path.slice(shared.length + 1).split("/");
      if (word !== "" && !word.includes("{}")) next.set(word, (next.get(word) ?? 0) + 1);
    }
    const [best] = [...next].toSorted(([, a], [, b]) => b - a);
    const least = BASE_WORD.test(best?.[0] ?? "") ? 0.5 : 0.9;
    if (best === undefined || best[1] <= calls.length * least) return shared === "" ? undefined : shared;
    shared += `/${best[0]}`;
  }
}
