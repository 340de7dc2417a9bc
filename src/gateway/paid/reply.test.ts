import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
