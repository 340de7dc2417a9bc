import { CLIENT_KEY } from "./open-serve.ts";
import { head, type RawAnswer, sendRaw } from "./raw-socket.ts";

/*
 * What is sent to a server by those who want to break it: one table, each with the statuses that are right for it.
 */

const MB = 1024 * 1024;

const BODY = JSON.stringify({
  model: "gpt-5",
  max_completion_tokens: 50,
  messages: [{ role: "user", content: "hello" }],
});

/** Sends a body to the chat surface with the right key. */
function post(port: number, body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const bytes = Buffer.from(body);
  const own = {
    host: `127.0.0.1:${port}`,
    connection: "close",
    authorization: `Bearer ${CLIENT_KEY}`,
    "content-type": "application/json",
  };
  const all = { ...own, "content-length": String(bytes.length), ...headers };
  return sendRaw(port, [head("/v1/chat/completions", all), bytes], { quietMs: 8_000 });
}

function lines(port: number, first: string, ...headers: string[]): Promise<RawAnswer> {
  return sendRaw(port, [[first, `host: 127.0.0.1:${port}`, "connection: close", ...headers, "", ""].join("\r\n")]);
}

const AUTH = `authorization: Bearer ${CLIENT_KEY}`;
const SMUGGLED = "GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n";

const SHOTS: Readonly<Record<string, (port: number) => Promise<RawAnswer>>> = {
  "random bytes": (port) => sendRaw(port, [Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 256))]),
  "a TLS hello": (port) => sendRaw(port, [Buffer.from("16030100c8010000c403", "hex"), Buffer.alloc(200, 7)]),
  "an HTTP/2 preface": (port) => sendRaw(port, ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]),
  "a line of a megabyte": (port) => sendRaw(port, [Buffer.alloc(MB, 0x41)]),
  "headers of 100 kB": (port) => lines(port, "GET /healthz HTTP/1.1", `x-flood: ${"a".repeat(100_000)}`),
  "three thousand headers": (port) =>
    lines(
      port,
      "GET /healthz HTTP/1.1",
      ...Array.from({ length: 3_000 }, (_, at) => `x-flood-${at}: aaaaaaaaaaaaaaaaaaaaaaaa`),
    ),
  "a path of 100 kB": (port) => lines(port, `GET /${"a".repeat(100_000)} HTTP/1.1`),
  "JSON 200,000 levels deep": (port) =>
    post(port, `{"model":"gpt-5","messages":${"[".repeat(200_000)}${"]".repeat(200_000)}}`),
  "JSON objects 200,000 levels deep": (port) => post(port, `${'{"a":'.repeat(200_000)}1${"}".repeat(200_000)}`),
  "JSON 200,000 levels deep that never ends": (port) => post(port, "[".repeat(200_000)),
  "half a JSON": (port) => post(port, BODY.slice(0, 40)),
  "an empty body": (port) => post(port, ""),
  null: (port) => post(port, "null"),
  "a list": (port) => post(port, "[1,2,3]"),
  "a number": (port) => post(port, "1e999"),
  "bytes that are no UTF-8": (port) => post(port, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  "zero bytes": (port) => post(port, Buffer.alloc(5_000)),
  "a model that is an object": (port) => post(port, '{"model":{"$gt":""},"messages":[]}'),
  "a model that walks up": (port) => post(port, '{"model":"../../../etc/passwd","messages":[]}'),
  "__proto__ and constructor": (port) =>
    post(port, '{"__proto__":{"model":"x","isAdmin":true},"constructor":{"prototype":{"polluted":1}},"messages":[]}'),
  "huge numbers": (port) => post(port, '{"model":"gpt-5","max_completion_tokens":1e400,"n":1e308,"messages":[]}'),
  "negative numbers": (port) => post(port, '{"model":"gpt-5","max_completion_tokens":-5,"n":-1,"messages":[]}'),
  "two models": (port) => post(port, '{"model":"gpt-5","model":"gpt-5","messages":[{"role":"user","content":"x"}]}'),
  "both a length and chunks": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ]),
  "two lengths": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ncontent-length: 2\r\ncontent-length: 40\r\n\r\n{}${SMUGGLED}`,
    ]),
  "a length with a sign": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ncontent-length: +2\r\n\r\n{}`,
    ]),
  "chunked in disguise": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ]),
  "a chunk size beyond all bounds": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}`,
    ]),
  "a chunk size that is none": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}`,
    ]),
  "chunk extensions of a megabyte": (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\ntransfer-encoding: chunked\r\n\r\n2;${"x".repeat(MB)}\r\n{}\r\n0\r\n\r\n`,
    ]),
  "a folded header": (port) => lines(port, "GET /v1/models HTTP/1.1", AUTH, "x-a: b", " transfer-encoding: chunked"),
  "a blank before the colon": (port) => lines(port, "GET /v1/models HTTP/1.1", AUTH, "transfer-encoding : chunked"),
  "a second Host": (port) => lines(port, "GET /v1/models HTTP/1.1", "host: evil.example", AUTH),
  "a bare line feed in a header": (port) =>
    sendRaw(port, [`GET /v1/models HTTP/1.1\r\nhost: 127.0.0.1:${port}\nx: y\r\n\r\n`]),
  "an absolute target": (port) => lines(port, "GET http://evil.example/v1/models HTTP/1.1", AUTH),
  "an absolute target of a metadata service": (port) =>
    lines(port, "GET http://169.254.169.254/latest/meta-data HTTP/1.1", AUTH),
  "a target with two slashes": (port) => lines(port, "GET //evil.example/v1/models HTTP/1.1", AUTH),
  "a path that walks up": (port) => lines(port, "GET /v1/../../../../etc/passwd HTTP/1.1", AUTH),
  "an encoded path that walks up": (port) =>
    lines(port, "GET /v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1", AUTH),
  "a Gemini model that walks up": (port) =>
    sendRaw(port, [
      head("/v1beta/models/..%2f..%2f..%2fadmin:generateContent", {
        host: `127.0.0.1:${port}`,
        authorization: `Bearer ${CLIENT_KEY}`,
        "content-length": "2",
      }),
      "{}",
    ]),
  CONNECT: (port) => lines(port, "CONNECT evil.example:443 HTTP/1.1", AUTH),
  TRACE: (port) => lines(port, "TRACE /v1/models HTTP/1.1", AUTH),
  PUT: (port) => lines(port, "PUT /v1/chat/completions HTTP/1.1", AUTH, "content-length: 0"),
  DELETE: (port) => lines(port, "DELETE /v1/models/gpt-5 HTTP/1.1", AUTH),
  "a method that nobody knows": (port) => lines(port, "EVIL /v1/models HTTP/1.1", AUTH),
  trailers: (port) =>
    sendRaw(port, [
      `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${AUTH}\r\nte: trailers\r\ntrailer: x-allot-key\r\ntransfer-encoding: chunked\r\n\r\n${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\nx-allot-key: evil\r\nhost: evil.example\r\n\r\n`,
    ]),
  "an expectation": (port) => post(port, BODY, { expect: "100-continue" }),
  "an expectation that nobody knows": (port) => post(port, BODY, { expect: "the-unexpected" }),
  "HTTP/1.0 without a Host": (port) => sendRaw(port, ["GET /v1/models HTTP/1.0\r\n\r\n"]),
  "HTTP/1.1 without a Host": (port) => sendRaw(port, [`GET /v1/models HTTP/1.1\r\n${AUTH}\r\n\r\n`]),
  "an upgrade to HTTP/2": (port) =>
    lines(
      port,
      "GET /v1/models HTTP/1.1",
      AUTH,
      "connection: upgrade, http2-settings",
      "upgrade: h2c",
      "http2-settings: AAMAAABkAARAAAAAAAIAAAAA",
    ),
  "allot's own headers, wrong": (port) => post(port, BODY, { "x-allot-priority": "root", "x-allot-limit-usd": "-1" }),
  "a fallback that nobody knows": (port) => post(port, BODY, { "x-allot-fallback": "../../etc/passwd" }),
};

/** What is right for a shot where that is not 400. */
const ANSWERS: Readonly<Record<string, readonly number[]>> = {
  "headers of 100 kB": [431],
  "three thousand headers": [431],
  "a path of 100 kB": [431],
  // The provider may choke on it where the gateway does not.
  "JSON 200,000 levels deep": [400, 502],
  "an absolute target": [404],
  "an absolute target of a metadata service": [404],
  "a target with two slashes": [404],
  "a path that walks up": [404],
  "an encoded path that walks up": [404],
  CONNECT: [0],
  TRACE: [404],
  PUT: [404],
  DELETE: [404],
  "an expectation that nobody knows": [417],
  "HTTP/1.0 without a Host": [403],
  "an upgrade to HTTP/2": [426],
};

/** Nothing is wrong with these; the provider is asked what they say. */
const FINE: ReadonlySet<string> = new Set([
  "a model that walks up",
  "a Gemini model that walks up",
  "huge numbers",
  "negative numbers",
  "two models",
  "trailers",
  "an expectation",
]);

export interface Attack {
  readonly name: string;
  readonly send: (port: number) => Promise<RawAnswer>;
  /** 0: the connection is closed without an answer. */
  readonly right: readonly number[];
  /** Whether a provider is asked; undefined: it may be. */
  readonly passes: boolean | undefined;
}

export const ATTACKS: readonly Attack[] = Object.entries(SHOTS).map(([name, send]) => {
  const isFine = FINE.has(name);
  const passes = name === "JSON 200,000 levels deep" ? undefined : isFine;
  return { name, send, right: isFine ? [200, 100] : (ANSWERS[name] ?? [400]), passes };
});
