import { AllotError } from "../../foundation/errors.ts";

/** Where spans go, as the usual variables of OpenTelemetry say. */
export interface SpanSettings {
  /** Whole address of the collector's traces: "http://127.0.0.1:4318/v1/traces". */
  readonly endpoint: string;
  /** Sent with every batch; they may hold a secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Says of whom the spans are; `service.name` is "allot" unless it is said. */
  readonly resource: Readonly<Record<string, string>>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads OTEL_EXPORTER_OTLP_TRACES_ENDPOINT (taken as it is), else OTEL_EXPORTER_OTLP_ENDPOINT (with /v1/traces behind it), and the
 * headers and resource that go with it. Undefined where neither is set, or OTEL_SDK_DISABLED=true or
 * OTEL_TRACES_EXPORTER=none says so. Pure. Throws `config-invalid` for an address that is none.
 */
export function spanSettings(env: Environment): SpanSettings | undefined {
  if (env["OTEL_SDK_DISABLED"]?.trim().toLowerCase() === "true" || env["OTEL_TRACES_EXPORTER"]?.trim() === "none") {
    return undefined;
  }
  const endpoint =
    address(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "") ?? address(env, "OTEL_EXPORTER_OTLP_ENDPOINT", "/v1/traces");
  if (endpoint === undefined) return undefined;
  const name = env["OTEL_SERVICE_NAME"]?.trim();
  return {
    endpoint,
    headers: { ...pairs(env["OTEL_EXPORTER_OTLP_HEADERS"]), ...pairs(env["OTEL_EXPORTER_OTLP_TRACES_HEADERS"]) },
    resource: {
      "service.name": "allot",
      ...pairs(env["OTEL_RESOURCE_ATTRIBUTES"]),
      ...(name === undefined || name === "" ? {} : { "service.name": name }),
    },
  };
}

function address(env: Environment, variable: string, path: string): string | undefined {
  const text = env[variable]?.trim() ?? "";
  if (text === "") return undefined;
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw new AllotError("config-invalid", `${variable} is "${text}", but takes an address like http://127.0.0.1:4318`);
  }
  if (path === "") return url.href;
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  return url.href;
}

/** "name=value,other=value" with percent-encoded values; parts that are none are left out. */
function pairs(text: string | undefined): Record<string, string> {
  const entries = (text ?? "").split(",").flatMap((part): [string, string][] => {
    const at = part.indexOf("=");
    const name = part.slice(0, Math.max(0, at)).trim();
    return name === "" ? [] : [[name, decoded(part.slice(at + 1).trim())]];
  });
  return Object.fromEntries(entries);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
