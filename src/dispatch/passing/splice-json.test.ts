import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spliceJson } from "./splice-json.ts";

const spliced = (text: string, members: Record<string, unknown>): string =>
  spliceJson(Buffer.from(text), members).toString();

describe("a member of a JSON text", () => {
  test("is set to another value, every other byte as it was", () => {
    expect(spliced('{ "model" : "a",\n "n": [1, {"model": "x"}] }', { model: "b" })).toBe(
      '{ "model" : "b",\n "n": [1, {"model": "x"}] }',
    );
  });

  test("that is not there is put at the end", () => {
    expect(spliced('{"a": 1 }', { max_tokens: 5 })).toBe('{"a": 1 ,"max_tokens":5}');
    expect(spliced("{ }", { max_tokens: 5 })).toBe('{ "max_tokens":5}');
  });

  test("that is there twice is set twice, since readers differ in which one they take", () => {
    expect(spliced('{"a":1,"b":2,"a":{"c":[3]}}', { a: 9 })).toBe('{"a":9,"b":2,"a":9}');
  });

  test("is found behind strings with quotes, brackets and escapes, and under an escaped name", () => {
    expect(spliced('{"x":"}\\\\\\"{,:","\\u0061":true}', { a: 9 })).toBe('{"x":"}\\\\\\"{,:","\\u0061":9}');
  });

  test("of any object reads back as the object with that member", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.jsonValue(), (object, name, value) => {
        if (name === "__proto__" || "__proto__" in object) return;
        const text = JSON.stringify(object, null, 1);
        const read = JSON.parse(spliced(text, { [name]: value })) as unknown;
        expect(read).toEqual(JSON.parse(JSON.stringify({ ...object, [name]: value })));
      }),
    );
  });
});
