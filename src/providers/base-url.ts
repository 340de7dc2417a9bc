import { AllotError } from "../foundation/errors.ts";

/** What a provider's base URL usually looks like. */
export interface BaseUrlShape {
  /** For messages: "Anthropic". */
  readonly label: string;
  /** Appended where the URL names no path: "/v1". */
  readonly usualPath: string;
  /** True: also appended below a path that does not end in a version ("/anthropic" -> "/anthropic/v1"). */
  readonly versioned: boolean;
  /** Ends that people copy along with the address: "/chat/completions". */
  readonly endpoints: readonly string[];
}

/**
 * The base URL in full, without a slash at its end. Given without a scheme, addresses of this machine and addresses with
 * a port get http, all others https; 0.0.0.0 (where a server listens) becomes 127.0.0.1; without a path the usual
 * path is appended; an endpoint copied along with it is taken off.
 *
 * Throws `config-invalid` for what is no http(s) address, and for one that carries a name, a key or a query: secrets
 * do not belong into an address, and are not repeated in the message. Pure.
 */
export function resolveBaseUrl(given: string, shape: BaseUrlShape): string {
  const url = parse(given.trim(), shape.label);
  let path = url.pathname.replace(/\/+$/, "");
  const endpoint = shape.endpoints.find((candidate) => path.endsWith(candidate));
  if (endpoint !== undefined) path = path.slice(0, -endpoint.length);
  const hasVersion = /\/v\d+[a-z0-9]*$/.test(path);
  if (path === "" || (shape.versioned && !hasVersion)) path += shape.usualPath;
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  return `${url.protocol}//${url.host}${path}`;
}

function parse(given: string, label: string): URL {
  const wanted = `an address like https://host/v1 is wanted for ${label}`;
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(given)
    ? given
    : `${isPlainHttp(given) ? "http" : "https"}://${given}`;
  if (given === "" || !URL.canParse(schemed))
    throw new AllotError("config-invalid", `the base URL is no address; ${wanted}`);
  const url = new URL(schemed);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new AllotError("config-invalid", `the base URL has the scheme ${url.protocol}//; ${wanted}`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new AllotError(
      "config-invalid",
      `the base URL carries credentials, a query or a fragment; ${wanted}, keys are given apart`,
    );
  }
  return url;
}

function isPlainHttp(given: string): boolean {
  return /^(localhost|127\.|0\.0\.0\.0|\[::1\])/.test(given) || /^[^/]+:\d+(\/|$)/.test(given);
}
