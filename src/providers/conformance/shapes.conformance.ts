import { expect, test } from "vitest";
import type { ImagePart, ModelMessage } from "../provider.ts";
import { ask, faultOf, quiet } from "./trial.conformance.ts";
import type { Trial } from "./trial.conformance.ts";

/** A picture of one pixel. */
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

/** What a request may hold beside text and tools. */
export function shapeCases({ unless, serve }: Trial): void {
  test("an image goes out with its text, whole", async () => {
    const { server, provider } = await serve({ text: "One pixel." });
    const source = { kind: "data", mediaType: "image/png", data: PIXEL } as const;
    const answer = await provider.call(ask({ messages: shown({ type: "image", source }) }), quiet());
    expect(answer.text).toBe("One pixel.");
    expect(provider.capabilities.images).toBe(true);
    expect(server.seen[0]?.lastUserText).toBe("What is this?And in one word?");
    expect(JSON.stringify(server.seen[0]?.body).split(PIXEL)).toHaveLength(2);
  });

  unless("image-url", "an image goes out by its address", async () => {
    const { server, provider } = await serve({ text: "A cat." });
    const source = { kind: "url", url: "https://pictures.test/cat.png" } as const;
    await provider.call(ask({ messages: shown({ type: "image", source }) }), quiet());
    expect(JSON.stringify(server.seen[0]?.body)).toContain("https://pictures.test/cat.png");
  });

  unless("no-image-url", "an image by its address is turned down before anything is sent", async () => {
    const { server, provider } = await serve({ text: "A cat." });
    const source = { kind: "url", url: "https://pictures.test/cat.png" } as const;
    const fault = await faultOf(provider.call(ask({ messages: shown({ type: "image", source }) }), quiet()));
    expect([fault.code, fault.details["unsent"]]).toEqual(["provider-rejected", true]);
    expect(fault.message).toContain("takes an image as base64 data, not by its address");
    expect(server.seen).toHaveLength(0);
  });

  test("stop sequences and the share of likely words are sent along", async () => {
    const { server, provider } = await serve({ text: "ok" });
    await provider.call(ask({ stopSequences: ["</done>"], topP: 0.25 }), quiet());
    const body = JSON.stringify(server.seen[0]?.body);
    expect(body).toContain('["</done>"]');
    expect(body).toMatch(/"top_?P":0\.25/i);
  });

  test("usage of images that is not told is estimated with them", async () => {
    const { provider } = await serve({ text: "One pixel.", usage: "missing" });
    const source = { kind: "data", mediaType: "image/png", data: PIXEL } as const;
    const { usage } = await provider.call(ask({ messages: shown({ type: "image", source }) }), quiet());
    expect(usage.estimated).toBe(true);
    expect(usage.inputTokens).toBeGreaterThan(1_600);
  });
}

function shown(image: ImagePart): ModelMessage[] {
  const content = [{ type: "text", text: "What is this?" }, image, { type: "text", text: "And in one word?" }] as const;
  return [{ role: "user", content }];
}
