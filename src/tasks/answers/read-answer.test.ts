import { describe, expect, test } from "vitest";
import { readAnswer, type SaidOfPart } from "./read-answer.ts";

function said(text: string, cut = false): SaidOfPart | string {
  const reading = readAnswer(text, "analyze", cut);
  return reading.kind === "read" ? reading.said : reading.why;
}

const FINDING = { title: "Slow", detail: "A loop.", severity: "high", path: "a.ts", firstLine: 3, lastLine: 4 };
const READ = { ...FINDING, aspect: null, quote: null };

describe("JSON is read", () => {
  test.each([
    ["by itself", JSON.stringify({ summary: "S", findings: [FINDING] })],
    ["in a fence", `\`\`\`json\n${JSON.stringify({ summary: "S", findings: [FINDING] }, null, 2)}\n\`\`\``],
    ["among words", `Here it is:\n${JSON.stringify({ summary: "S", findings: [FINDING] })}\nDone.`],
    ["before words", `${JSON.stringify({ summary: "S", findings: [FINDING] })}\nI hope that helps {you}.`],
    [
      "with commas too many",
      '{"summary": "S", "findings": [{"title":"Slow","detail":"A loop.","severity":"high","path":"a.ts","firstLine":3,"lastLine":4,},],}',
    ],
    [
      "under other names",
      JSON.stringify({
        overview: "S",
        issues: [{ name: "Slow", description: "A loop.", level: "HIGH", file: "a.ts", lines: "3-4" }],
      }),
    ],
    [
      "with the place in one field",
      JSON.stringify({
        summary: "S",
        findings: [{ title: "Slow", detail: "A loop.", severity: "Major", location: "a.ts:3-4" }],
      }),
    ],
  ])("%s", (_, text) => {
    expect(said(text)).toEqual({ summary: "S", findings: [READ] });
  });

  test("as a list without a summary", () => {
    expect(said(JSON.stringify([FINDING]))).toEqual({ summary: "", findings: [READ] });
  });

  test("with findings as lines of text", () => {
    expect(said('{"summary":"S","findings":["src/a.ts:7 is slow. Use a map."]}')).toEqual({
      summary: "S",
      findings: [
        {
          title: "src/a.ts:7 is slow.",
          detail: "src/a.ts:7 is slow. Use a map.",
          severity: "info",
          aspect: null,
          path: "src/a.ts",
          firstLine: 7,
          lastLine: 7,
          quote: null,
        },
      ],
    });
  });

  test("as far as it goes, where it was cut off", () => {
    const text = '{"summary": "S", "findings": [{"title": "Slow", "detail": "A loop."}, {"title": "Wr';
    expect(said(text, true)).toMatchObject({ summary: "S", findings: [{ title: "Slow" }] });
  });
});

test("prose is read as it stands", () => {
  expect(said("The module adds numbers.")).toEqual({ summary: "The module adds numbers.", findings: [] });
});

describe("garbled is", () => {
  test.each([
    ["nothing", "  \n", "the answer is empty"],
    ["broken JSON", '{"summary": "Adds', "the answer is broken JSON"],
    [
      "broken JSON with a whole finding in it",
      '{"summary": "S", "findings": [{"title": "T"}, {"ti',
      "the answer is broken JSON",
    ],
    ["signs", "%%% ### &&&", "the answer holds no words"],
    ["bytes", "\u0000\u0001abc def", "the answer holds no words"],
    ["JSON of something else", '{"ok": true}', "the JSON of the answer has neither a summary nor findings"],
  ])("%s", (_, text, why) => {
    expect(said(text)).toBe(why);
  });
});

test("documentation is Markdown, out of the fence that a model may put around it", () => {
  const reading = readAnswer("```markdown\n## src/a.ts\n\nAdds.\n```", "document");
  expect(reading).toEqual({ kind: "read", said: { summary: "## src/a.ts\n\nAdds.", findings: [] } });
});

test("hostile text is read in no time", () => {
  const text = `{"summary": "${"{[".repeat(50_000)}`;
  expect(said(text)).toBe("the answer is broken JSON");
});

test("what would do something to a terminal is taken out", () => {
  const text = JSON.stringify({ summary: "a\u001b[2Jb\u001b]0;title\u0007c\u202ed\r\ne", findings: [] });
  expect(said(text)).toEqual({ summary: "abcd\ne", findings: [] });
});
