import { describe, expect, test } from "vitest";
import { readerOf, type WireFormat } from "../../providers/wires.ts";
import type { Framing } from "./events.ts";
import { StreamWatch, type WatchMode } from "./stream-watch.ts";

const ANTHROPIC = [
  'event: message_start\ndata: {"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":50,"output_tokens":1}}}\n\n',
  'event: ping\ndata: {"type":"ping"}\n\n',
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n',
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Grüße"}}\n\n',
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

function watch(mode: Partial<WatchMode> = {}, wire: WireFormat = "anthropic", framing: Framing = "sse") {
  const shown: Buffer[] = [];
  const provider = wire === "anthropic" ? "anthropic" : wire === "ollama" ? "ollama" : "openai";
  const watched = new StreamWatch(
    {
      wire,
      framing,
      reader: readerOf(provider, wire),
      holdPreamble: false,
      continuing: false,
      hideUsage: false,
      ...mode,
    },
    (bytes) => shown.push(bytes),
  );
  return { watched, shown: () => Buffer.concat(shown).toString() };
}

describe("a stream", () => {
  test("torn anywhere is shown byte for byte, and its usage is read", () => {
    const all = Buffer.from(ANTHROPIC.join(""));
    for (let at = 1; at < all.length; at += 1) {
      const { watched, shown } = watch();
      expect(watched.push(all.subarray(0, at))).toBeUndefined();
      expect(watched.push(all.subarray(at))).toBeUndefined();
      const { reading } = watched.end();
      expect([shown(), reading.ended, reading.usage]).toEqual([
        all.toString(),
        true,
        { input_tokens: 50, output_tokens: 7 },
      ]);
    }
  });

  test("has shown nothing while it only prepares, and something from its first content on", () => {
    const { watched } = watch();
    const seen = ANTHROPIC.slice(0, 4).map((event) => {
      watched.push(Buffer.from(event));
      return [watched.begun, watched.shown];
    });
    expect(seen).toEqual([
      [true, false],
      [true, false],
      [true, true],
      [true, true],
    ]);
  });

  test("whose preamble is held is shown from its beginning once there is something to read", () => {
    const { watched, shown } = watch({ holdPreamble: true });
    watched.push(Buffer.from(ANTHROPIC.slice(0, 2).join("")));
    expect([watched.begun, shown()]).toEqual([false, ""]);
    watched.push(Buffer.from(ANTHROPIC[2]!));
    expect([watched.begun, shown()]).toEqual([false, ""]);
    watched.push(Buffer.from(ANTHROPIC[3]!));
    expect(shown()).toBe(ANTHROPIC.slice(0, 4).join(""));
  });

  test("that continues another one does not begin again", () => {
    const { watched, shown } = watch({ continuing: true });
    watched.push(Buffer.from(ANTHROPIC.join("")));
    expect(shown()).toBe(ANTHROPIC.slice(2).join(""));
    expect(watched.end().reading.usage).toEqual({ input_tokens: 50, output_tokens: 7 });
  });

  test("that reports a fault before its content shows none of it", () => {
    const { watched, shown } = watch({ holdPreamble: true });
    watched.push(Buffer.from(ANTHROPIC[0]!));
    const error = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n';
    expect(watched.push(Buffer.from(error))).toBe("fault");
    expect([shown(), watched.end().reading.fault?.code]).toEqual(["", "overloaded_error"]);
  });

  test("of something else than events is given up unshown", () => {
    for (const garbage of ["<html><body>busy</body></html>", "{}\n\n", "data: not json\n\n", '{"error":1}']) {
      const { watched, shown } = watch();
      expect([watched.push(Buffer.from(garbage)), shown()]).toEqual(["unreadable", ""]);
    }
  });

  test("that breaks off tells what had come", () => {
    const { watched } = watch();
    watched.push(Buffer.from(ANTHROPIC.slice(0, 4).join("")));
    const { reading, text } = watched.end();
    expect([reading.ended, reading.usage, text]).toEqual([false, { input_tokens: 50, output_tokens: 1 }, "Grüße"]);
  });
});

test("a stream that reports a fault after its content tells what had come by then", () => {
  const { watched } = watch();
  watched.push(Buffer.from(ANTHROPIC.slice(0, 4).join("")));
  watched.push(
    Buffer.from('event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n'),
  );
  const { reading, text } = watched.end();
  expect([reading.fault?.code, text]).toEqual(["overloaded_error", "Grüße"]);
});

test("a list that breaks off tells the members that are whole", () => {
  const member = (text: string): string => JSON.stringify({ candidates: [{ content: { parts: [{ text }] } }] });
  const { watched } = watch({ reader: readerOf("google", "gemini") }, "gemini", "array");
  watched.push(Buffer.from(`[${member("Grüße")},\r\n${member(" aus")},\r\n${member(" Wien").slice(0, 40)}`));
  expect(watched.letters()).toBe(0);
  expect(watched.end().text).toBe("Grüße aus");
});

describe("the usage of a chat stream", () => {
  const chunk = (fields: object): string => `data: ${JSON.stringify({ id: "c", ...fields })}\n\n`;
  const chat = [
    chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }], usage: null }),
    chunk({ choices: [{ index: 0, delta: { content: "Hi" } }], usage: null }),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null }),
    chunk({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 2 } }),
    "data: [DONE]\n\n",
  ];

  test("is not shown to who did not ask for it, wherever it is torn", () => {
    const all = Buffer.from(chat.join(""));
    const expected = [...chat.slice(0, 3), chat[4]].join("");
    for (let at = 1; at < all.length; at += 1) {
      const { watched, shown } = watch({ hideUsage: true }, "chat");
      watched.push(all.subarray(0, at));
      watched.push(all.subarray(at));
      const { reading } = watched.end();
      expect([shown(), reading.usage]).toEqual([expected, { prompt_tokens: 9, completion_tokens: 2 }]);
    }
  });

  test("is shown to who did", () => {
    const { watched, shown } = watch({}, "chat");
    watched.push(Buffer.from(chat.join("")));
    expect(shown()).toBe(chat.join(""));
  });
});

test("lines of JSON are events too", () => {
  const lines = [
    '{"model":"l","message":{"role":"assistant","content":""},"done":false}\n',
    '{"model":"l","message":{"role":"assistant","content":"Hi"},"done":false}\n',
    '{"model":"l","message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2}\n',
  ];
  const { watched, shown } = watch({ holdPreamble: true }, "ollama", "lines");
  watched.push(Buffer.from(lines[0]!));
  expect(shown()).toBe("");
  watched.push(Buffer.from(lines[1]! + lines[2]!));
  const { reading } = watched.end();
  expect([shown(), reading.ended, reading.usage?.["eval_count"]]).toEqual([lines.join(""), true, 2]);
});
