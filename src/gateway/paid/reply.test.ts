import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onTestFinished, test, expect } from "vitest";
import { Reply } from "./reply.ts";

test("what allot tells stands once in the head, whoever else says it", async () => {
  const server = createServer((_request, response) => {
    const reply = new Reply(response, () => 0);
    reply.told["x-allot-request-id"] = "req-1";
    reply.whole(200, { "x-allot-request-id": "req-upstream", "request-id": "r", link: ["<a>", "<b>"] }, "ok");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(answer.headers.get("x-allot-request-id")).toBe("req-1");
  expect(answer.headers.get("request-id")).toBe("r");
  expect(answer.headers.get("link")).toBe("<a>, <b>");
  expect(await answer.text()).toBe("ok");
});

test("a stream comes whole to clients that keep their connection, to the byte, whatever its pieces' sizes", async () => {
  const pieces = ["data: ä\n\n", "", "x".repeat(70_000), "data: [DONE]\n\n"];
  const server = createServer((_request, response) => {
    const reply = new Reply(response, () => 0);
    reply.head(200, { "content-type": "text/event-stream" });
    for (const [at, piece] of pieces.entries()) reply.write(at % 2 === 0 ? Buffer.from(piece) : piece);
    reply.end("last");
    reply.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const sockets = new Set<unknown>();
  for (let turn = 0; turn < 3; turn += 1) {
    const asked = get({ port, agent });
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    sockets.add(answer.socket);
    expect(await text(answer)).toBe(`${pieces.join("")}last`);
  }
  expect(sockets.size).toBe(1);
  const old = connect({ port });
  old.end("GET / HTTP/1.0\r\n\r\n");
  const [, body] = (await text(old)).split("\r\n\r\n");
  expect(body).toBe(`${pieces.join("")}last`);
});

test("what breaks off after its last words is not whole to its reader", async () => {
  const server = createServer((_request, response) => {
    const reply = new Reply(response, () => 0);
    reply.head(200, { "content-type": "text/event-stream" });
    reply.write("data: 1\n\n");
    reply.destroy("data: fault\n\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const seen: string[] = [];
  const reading = (async () => {
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) seen.push(piece);
  })();
  await expect(reading).rejects.toThrow("terminated");
  expect(seen.join("")).toBe("data: 1\n\ndata: fault\n\n");
});
