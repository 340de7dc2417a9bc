import { expect, test } from "vitest";
import { ENV_FORM } from "./env-form.ts";

test("a variable is added at the end", () => {
  expect(ENV_FORM.write("", ["A"], "1")).toBe("A=1\n");
  expect(ENV_FORM.write("B=2", ["A"], "1")).toBe("B=2\nA=1\n");
  expect(ENV_FORM.write("B=2\r\n", ["A"], "1")).toBe("B=2\r\nA=1\r\n");
});

test("the line that counts, the last of its name, is changed with all around it kept", () => {
  const text = "# A=0\nA=1\nexport A = 'two words' # mine\nAB=3\n";
  expect(ENV_FORM.read(text, ["A"])).toBe("'two words'");
  expect(ENV_FORM.write(text, ["A"], "x")).toBe("# A=0\nA=1\nexport A = x # mine\nAB=3\n");
});

test("a value of several lines hides what looks like a variable", () => {
  const text = 'KEY="-----BEGIN\nA=hidden\n-----END"\nB=1\n';
  expect(ENV_FORM.read(text, ["A"])).toBeUndefined();
  expect(ENV_FORM.write(text, ["A"], "1")).toBe(`${text}A=1\n`);
  expect(ENV_FORM.remove(text, ["KEY"], 0)).toBe("B=1\n");
});

test("an empty value is read and filled", () => {
  expect(ENV_FORM.read("A=\nB=1\n", ["A"])).toBe("");
  expect(ENV_FORM.write("A=\nB=1\n", ["A"], "x")).toBe("A=x\nB=1\n");
  expect(ENV_FORM.write("A= # none\n", ["A"], "x")).toBe("A= x# none\n");
});

test("a variable is taken out with its line", () => {
  expect(ENV_FORM.remove("A=1\nB=2\n", ["A"], 0)).toBe("B=2\n");
  expect(ENV_FORM.remove("B=2\nA=1", ["A"], 0)).toBe("B=2\n");
  expect(ENV_FORM.remove("B=2\n", ["A"], 0)).toBe("B=2\n");
});

test("lines that are no variables are kept", () => {
  const text = "just words\n\n= 1\n#\n";
  expect(ENV_FORM.write(text, ["A"], "1")).toBe(`${text}A=1\n`);
});
