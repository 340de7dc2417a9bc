import { describe, expect, test } from "vitest";
import { jsonForm } from "./json-form.ts";

const strict = jsonForm({ comments: false });
const loose = jsonForm({ comments: true });

describe("writing into JSON", () => {
  test.each([
    ["an empty object", "{}\n", '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    ["an empty text", "", '{\n  "a": {\n    "b": 1\n  }\n}\n'],
    ["spread members", '{\n    "x": [1,\n2]\n}', '{\n    "x": [1,\n2],\n    "a": {\n        "b": 1\n    }\n}'],
    ["tabs", '{\n\t"x": 1\n}\n', '{\n\t"x": 1,\n\t"a": {\n\t\t"b": 1\n\t}\n}\n'],
    [
      "lines that end with CR LF",
      '{\r\n  "a": {\r\n    "c": 2\r\n  }\r\n}',
      '{\r\n  "a": {\r\n    "c": 2,\r\n    "b": 1\r\n  }\r\n}',
    ],
    ["one line", '{"x":1,"a":{"c":2}}', '{"x":1,"a":{"c":2, "b": 1}}'],
    ["a value that is there", '{"a" : { "b" :  "old" , "c":3}}', '{"a" : { "b" :  1 , "c":3}}'],
    ["a parent that is no object", '{"a": null, "c": 1}', '{"a": {\n    "b": 1\n  }, "c": 1}'],
    ["a name said twice: the last counts", '{"a":{"b":2},"a":{"b":3}}', '{"a":{"b":2},"a":{"b":1}}'],
    ["a byte order mark", '\uFEFF{"a":{"b":3}}', '\uFEFF{"a":{"b":1}}'],
  ])("%s", (_, text, expected) => {
    expect(strict.write(text, ["a", "b"], "1")).toBe(expected);
    expect(strict.read(expected, ["a", "b"])).toBe("1");
  });

  test.each([
    ["a remark stays with the member before", '{\n  "x": 1 // mine, }\n}\n', '{\n  "x": 1, // mine, }\n  "a": 1\n}\n'],
    ["a comma at the end stays one", '{\n  "x": 1, // mine\n}\n', '{\n  "x": 1, // mine\n  "a": 1,\n}\n'],
    ["an object of remarks only", "{\n  // nothing yet\n}\n", '{\n  // nothing yet\n  "a": 1\n}\n'],
    [
      "remarks that look like members",
      '{\n  /* "a": 2, */\n  "b": "// no"\n}',
      '{\n  /* "a": 2, */\n  "b": "// no",\n  "a": 1\n}',
    ],
  ])("with comments: %s", (_, text, expected) => {
    expect(loose.write(text, ["a"], "1")).toBe(expected);
    expect(loose.read(expected, ["a"])).toBe("1");
  });
});

describe("taking out of JSON", () => {
  test.each([
    ["the only member, with the parent it leaves empty", '{\n  "a": {\n    "b": 1\n  }\n}\n', 0, "{}\n"],
    ["the only member, the parent was there before", '{\n  "a": {\n    "b": 1\n  }\n}\n', 1, '{\n  "a": {}\n}\n'],
    ["the last", '{\n  "x": 1,\n  "a": { "b": 1 }\n}\n', 0, '{\n  "x": 1\n}\n'],
    ["the first", '{\n  "a": { "b": 1 },\n  "x": 1\n}\n', 0, '{\n  "x": 1\n}\n'],
    ["one in the middle", '{"x":1,"a":{"b":1},"y":2}', 0, '{"x":1,"y":2}'],
    ["one that is not there", '{"x":1}', 0, '{"x":1}'],
    ["with siblings in the parent", '{"a":{"b":1,"c":2}}', 0, '{"a":{"c":2}}'],
  ])("%s", (_, text, kept, expected) => {
    expect(strict.remove(text, ["a", "b"], kept)).toBe(expected);
  });

  test("what was written is taken out again, to the byte", () => {
    for (const text of [
      '{\n  "x": 1\n}\n',
      '{"x":1}',
      '{\n  "x": 1, // mine\n}\n',
      '{\n  // mine\n  "x": 1 // and mine\n  // the end\n}\n',
      '{\r\n\t"x": {}\r\n}',
    ]) {
      const written = loose.write(loose.write(text, ["a", "b"], '"1"'), ["a", "c"], "2");
      expect(loose.remove(loose.remove(written, ["a", "b"], 0), ["a", "c"], 0)).toBe(text);
    }
  });
});

test("the parents that are there are counted", () => {
  expect(strict.parents("", ["a", "b", "c"])).toBe(0);
  expect(strict.parents('{"a":{"b":1}}', ["a", "b", "c"])).toBe(1);
  expect(strict.parents('{"a":{"b":{}}}', ["a", "b", "c"])).toBe(2);
});

describe("a text that is no JSON is refused with its line", () => {
  test.each([
    ['{\n  "a": 1,\n}', "line 3: a name in double quotes is expected"],
    ['{"a": 1} // end', "line 1: something follows the end"],
    ['{"a": }', "line 1: a value is missing or wrong"],
    ['{\n"a" 1}', "line 2: a colon is expected"],
    ['{"a": 1 "b": 2}', "line 1: a comma or } is expected"],
    ["[1, 2]", "line 1: an object is expected"],
    ['{"a": "unended}', "line 1: a value is missing or wrong"],
    ["{'a': 1}", "line 1: a name in double quotes is expected"],
    ['{"a": 01}', "line 1: a comma or } is expected"],
    ["<html>", "line 1: a value is missing or wrong"],
    [`{"a": ${"[".repeat(300)}`, "line 1: too deep"],
  ])("%s", (text, message) => {
    expect(() => strict.write(text, ["x"], "1")).toThrow(message);
  });
});

test("every text that JSON.parse takes is read, and nothing else is changed by a write", () => {
  const values = ["1", "-0.5e+3", '"\\u00e9\\n\\"}{"', "true", "null", "[]", '[1,{"q":[]}]', '{"z":{}}', "{}"];
  for (const [index, value] of values.entries()) {
    const text = JSON.stringify({ first: 1, [`k${index}`]: JSON.parse(value) as unknown }, null, index % 4);
    const written = strict.write(text, ["env", "NAME"], '"v"');
    expect(JSON.parse(written)).toEqual({ ...(JSON.parse(text) as object), env: { NAME: "v" } });
    expect(strict.remove(written, ["env", "NAME"], 0)).toBe(text);
  }
});
