import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { ASK_VARIABLE, startServer, type TestServer } from "./postgres.ts";

/*
 * For all test files of one run together: tells them, when the first one asks, the address of a Postgres started then.
 * A run that asks for none starts none.
 */
let server: Promise<TestServer> | undefined;
const path = `/${randomBytes(16).toString("hex")}`;

const desk = createServer((request, response) => {
  if (request.url !== path) {
    response.writeHead(404).end();
    return;
  }
  server ??= startServer();
  server.then(
    ({ url }) => response.end(JSON.stringify({ url })),
    (error: unknown) => response.end(JSON.stringify({ error: String(error) })),
  );
});

export async function setup(): Promise<void> {
  desk.listen(0, "127.0.0.1");
  await once(desk, "listening");
  const address = desk.address();
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  process.env[ASK_VARIABLE] = `http://127.0.0.1:${address.port}${path}`;
}

export async function teardown(): Promise<void> {
  desk.close();
  desk.closeAllConnections();
  await (await server?.catch(() => undefined))?.[Symbol.asyncDispose]();
}
