import { describe, expect, test } from "vitest";
import { TOML_FORM } from "./toml-form.ts";

const KEY = ["model_provider"];
const TABLE = ["model_providers", "allot"];
const BODY = 'name = "allot"\nwire_api = "responses"';

/** As a careful user might have it: everything that could be mistaken for something else. */
const FULL = `# My own settings
model = "gpt-5" # the best
notify = ["notify-send", # [model_providers.allot]
  "done"]
instructions = """
[model_providers.allot]
model_provider = "no"
"""

[model_providers.azure]
name = "Azure"
base_url = 'https://example.com/[x]'
query_params = { api-version = "2025-04-01", list = [1, 2] }

# what follows is for work
[profiles."at work"]
model_provider = "azure"
started = 2025-01-01 10:00:00Z

[[hooks]]
a.b = 0x1F
[[hooks]]
a.b = -1_000.5e3
`;

describe("a key above all tables", () => {
  test("comes after the last one there, outside texts and tables that look like it", () => {
    const written = TOML_FORM.write(FULL, KEY, '"allot"');
    expect(written).toBe(FULL.replace('no"\n"""\n', 'no"\n"""\nmodel_provider = "allot"\n'));
    expect(TOML_FORM.read(written, KEY)).toBe('"allot"');
    expect(TOML_FORM.remove(written, KEY, 0)).toBe(FULL);
  });

  test("is replaced with all around it kept", () => {
    const text = '"model_provider"  =  "openai"   # mine\nx = 1\n';
    expect(TOML_FORM.write(text, KEY, '"allot"')).toBe('"model_provider"  =  "allot"   # mine\nx = 1\n');
  });

  test("stands first where there is no other", () => {
    expect(TOML_FORM.write("", KEY, '"allot"')).toBe('model_provider = "allot"\n');
    expect(TOML_FORM.write("# mine\n\n[a]\nb = 1\n", KEY, '"allot"')).toBe(
      'model_provider = "allot"\n\n# mine\n\n[a]\nb = 1\n',
    );
    expect(TOML_FORM.write("model = 'x'", KEY, '"allot"')).toBe("model = 'x'\nmodel_provider = \"allot\"\n");
  });

  test("is taken out again, to the byte, where no other stood above the tables", () => {
    for (const text of ["[a]\nb = 1\n", "# mine\n[a]\n", "\n\n[a]\n", "\uFEFF[a]\r\n", "# mine\n", ""]) {
      expect(TOML_FORM.remove(TOML_FORM.write(text, KEY, "1"), KEY, 0)).toBe(text);
    }
  });

  test("keeps CR LF", () => {
    expect(TOML_FORM.write("model = 'x'\r\n[a]\r\n", KEY, '"allot"')).toBe(
      "model = 'x'\r\nmodel_provider = \"allot\"\r\n[a]\r\n",
    );
  });
});

describe("a table", () => {
  test("is added at the end and taken out again, to the byte", () => {
    const written = TOML_FORM.write(FULL, TABLE, BODY);
    expect(written).toBe(`${FULL}\n[model_providers.allot]\n${BODY}\n`);
    expect(TOML_FORM.read(written, TABLE)).toBe(BODY);
    expect(TOML_FORM.remove(written, TABLE, 0)).toBe(FULL);
  });

  test("is replaced as a whole, what is around and below it kept", () => {
    const around = (own: string): string =>
      `a = 1\n\n# mine\n${own}\n# about headers\n[ model_providers . "allot" . http_headers ]\nx = "y"\n\n[z]\n`;
    const text = around('[model_providers.allot] # old\nname = "old"\n# why\nbase_url = "x"\n');
    expect(TOML_FORM.write(text, TABLE, BODY)).toBe(around(`[model_providers.allot]\n${BODY}\n`));
  });

  test("takes the tables below it along when it is taken out", () => {
    const text = `[model_providers.allot]\n${BODY}\n\n[model_providers.allot.http_headers]\nx = "y"\n\n[z]\n`;
    expect(TOML_FORM.remove(text, TABLE, 0)).toBe("\n[z]\n");
  });

  test("keeps CR LF, and is read without", () => {
    const written = TOML_FORM.write("a = 1\r\n", TABLE, BODY);
    expect(written).toBe('a = 1\r\n\r\n[model_providers.allot]\r\nname = "allot"\r\nwire_api = "responses"\r\n');
    expect(TOML_FORM.read(written, TABLE)).toBe(BODY);
  });

  test("may stand beside dotted keys and tables of its parent", () => {
    for (const text of ["model_providers.azure.name = 'x'\n", "[model_providers]\nazure = { name = 'x' }\n"]) {
      expect(TOML_FORM.read(TOML_FORM.write(text, TABLE, BODY), TABLE)).toBe(BODY);
    }
  });
});

describe("a text that cannot be edited is refused with its line", () => {
  test.each([
    [
      "a = 1\nmodel_providers = { azure = { name = 'x' } }\n",
      "line 2: model_providers leaves no place for [model_providers.allot]",
    ],
    ["model_providers.allot.name = 'x'\n", "line 1: model_providers.allot.name leaves no place"],
    ["[model_providers]\nallot = {}\n", "line 2: model_providers.allot leaves no place"],
    ["[model_providers]\nallot.name = 'x'\n", "line 2: model_providers.allot.name leaves no place"],
    ["[[model_providers]]\n", "line 1: model_providers leaves no place"],
    ["[model_providers.allot]\n[model_providers.allot]\n", "line 2: [model_providers.allot] is there twice"],
    ["a = 1\na = 2\n", "line 2: a is said twice"],
    ["[a]\n[b]\n[a]\n", "line 3: [a] is there twice"],
    ["a = \n", "line 1: a value is missing or wrong"],
    ['a = "\\q"\n', "line 1: a value is missing or wrong"],
    ["a = nope\n", "line 1: a value is missing or wrong"],
    ["a = 'x\n", "line 1: a value is missing or wrong"],
    ['a = """x\n', "line 1: the end of the line is expected"],
    ["a = [1, 2\n", "line 2: , is expected"],
    ["a = 1 b = 2\n", "line 1: the end of the line is expected"],
    ["[a\nb = 1\n", "line 1: ] is expected"],
    ["just words\n", "line 1: = is expected"],
    ["{}\n", "line 1: a key is expected"],
  ])("%j", (text, message) => {
    expect(() => TOML_FORM.write(text, TABLE, BODY)).toThrow(message);
  });
});
