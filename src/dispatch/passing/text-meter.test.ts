import { expect, test } from "vitest";
import { TextMeter } from "./text-meter.ts";

test("the letters of a stream are counted from any point on, wherever its bytes are torn", () => {
  const event = (content: string): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  const bytes = Buffer.from([event("Grüße"), ": a comment\n\n", event(" aus"), "data: [DONE]\n\n"].join(""));
  for (let at = 1; at < bytes.length; at += 1) {
    const meter = new TextMeter("chat", "sse");
    meter.push(bytes.subarray(0, at));
    meter.push(bytes.subarray(at));
    expect(meter.letters).toBe(9);
  }
});

test("of lines of JSON, the text alone counts", () => {
  const meter = new TextMeter("ollama", "lines");
  meter.push(Buffer.from('{"model":"l","message":{"content":"Hello"},"done":false}\n{"model":"l","mess'));
  expect(meter.letters).toBe(5);
});
