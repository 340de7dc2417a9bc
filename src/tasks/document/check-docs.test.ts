import { expect, test } from "vitest";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import type { FileSymbol, Language } from "../../codebase/languages/languages.ts";
import { checkDocs } from "./check-docs.ts";
import { docsTable } from "./docs-table.ts";

type Sketch = readonly [name: string, signature: string, more?: Partial<FileSymbol>];

function file(path: string, language: Language, symbols: readonly Sketch[]): FileFacts {
  return {
    path,
    language,
    role: "code",
    bytes: 100,
    lines: 10,
    hash: "0".repeat(64),
    tokens: 25,
    isUtf8: true,
    symbols: symbols.map(([name, signature, more = {}], index) => ({
      name,
      kind: "function",
      signature,
      start: index,
      end: index + 1,
      line: index + 1,
      parent: -1,
      exported: true,
      ...more,
    })),
    imports: [],
    entry: null,
    changes: 0,
    secrets: [],
  };
}

const TILL = file("shop/till.py", "python", [
  ["Till", "class Till", { kind: "class" }],
  ["add", "def add(self, price, count=1)", { kind: "method", parent: 0 }],
  ["_round", "def _round(self, value)", { kind: "method", parent: 0, exported: false }],
  ["gross", "def gross(net, rate)"],
]);
const LABEL = file("src/label.ts", "typescript", [
  ["label", "export function label(name: string, width?: number): string"],
  ["LabelForm", "export interface LabelForm", { kind: "interface" }],
]);

const GOOD = `# Reference

## shop/till.py

### class \`Till\`

- \`add(price, count=1)\`: adds a line.
- \`_round(value)\`: inner.

### \`gross(net, rate)\`

\`\`\`python
till = Till()
till.add(250)
render(till)
\`\`\`

## \`src/label.ts\`

| name | what |
|---|---|
| \`label(name, width)\` | pads a name |
| \`LabelForm\` | how |
`;

const titles = (text: string, ...files: FileFacts[]): readonly string[] =>
  checkDocs(text, files).findings.map(({ title }) => title);

test("a document that fits the code has no differences", () => {
  const check = checkDocs(GOOD, [TILL, LABEL]);
  expect([check.findings, check.documented, check.exported]).toEqual([[], 5, 5]);
});

test("a name that the code does not have is found, with its file", () => {
  const text = GOOD.replace("### `gross(net, rate)`", "### `gross(net, rate)`\n\n### `refund(till)`\n");
  expect(checkDocs(text, [TILL, LABEL]).findings).toMatchObject([
    {
      title: "Documented name does not exist: refund",
      place: { path: "shop/till.py" },
      by: "allot-docs",
      rule: "unknown-name",
    },
  ]);
});

test.each([
  ["another name", "gross(amount, rate)"],
  ["another order", "gross(rate, net)"],
  ["one too many", "gross(net, rate, digits)"],
  ["one too few", "gross(net)"],
])("a signature with %s is found, with the real one", (_, signature) => {
  expect(checkDocs(GOOD.replace("gross(net, rate)", signature), [TILL, LABEL]).findings).toMatchObject([
    {
      title: "Documented signature differs: gross",
      place: { path: "shop/till.py", firstLine: 4 },
      detail: expect.stringContaining("def gross(net, rate)") as string,
    },
  ]);
});

test("optional parameters may be left out, self is nobody's, brackets alone claim nothing", () => {
  const text = GOOD.replace("add(price, count=1)", "Till.add(price)").replace("label(name, width)", "label()");
  expect(titles(text, TILL, LABEL)).toEqual([]);
});

test("a declaration in a code block is compared too", () => {
  const text = GOOD.replace("till = Till()", "def gross(amount, rate):\n    ...");
  expect(titles(text, TILL, LABEL)).toEqual(["Documented signature differs: gross"]);
});

test("an export without an entry of its own is found; an example documents nothing", () => {
  const text = GOOD.replace("- `add(price, count=1)`: adds a line.\n", "").replace("| `LabelForm` | how |\n", "");
  expect(titles(text, TILL, LABEL)).toEqual([
    "Exported and not documented: Till.add",
    "Exported and not documented: LabelForm",
  ]);
});

test("a name that stands under another file is not documented", () => {
  const text = "## shop/till.py\n\n### `label(name)`\n\n## src/label.ts\n\n### `LabelForm`\n";
  const check = checkDocs(text, [TILL, LABEL]);
  expect(check.files.map(({ path, missing }) => [path, missing])).toEqual([
    ["shop/till.py", ["Till", "Till.add", "gross"]],
    ["src/label.ts", ["label"]],
  ]);
});

test("headings in words, options and paths claim no name of code", () => {
  const lines = [
    "### Error handling",
    "### Parameters",
    "### Usage (basic)",
    "### GitHub",
    "### `src/other.ts`",
    "- `--json`: for programs",
    "- `true` or `false`",
    "- `net`: the amount",
    "- `max_count` (`int`): a parameter of another",
    "- `ValueError`: where it is negative",
    "- `os.path.join(a, b)` puts it together",
    "Calls `render(till)` in the end.",
    "### `__init__(self)`",
  ];
  expect(titles(`${GOOD}\n${lines.join("\n\n")}\n`, TILL, LABEL)).toEqual([]);
});

test.each([
  "### gross(net, rate)",
  "### gross",
  "### Function: `gross`",
  "#### 2.1 `gross(net, rate)` → float",
  "**`gross(net, rate)`** — the price",
  "`gross(net, rate)`: the price",
  "* `gross`",
  "| `gross` | the price |",
])("%s documents the name", (line) => {
  expect(titles(GOOD.replace("### `gross(net, rate)`", line), TILL, LABEL)).toEqual([]);
});

test("where the names of a file could not be read, none is said to be missing from it", () => {
  expect(titles("## main.zig\n\n### `refund(till)`\n", file("main.zig", "text", []))).toEqual([]);
});

test("of a language without parameter names here, names alone are compared", () => {
  const go = file("till.go", "go", [["Gross", "func Gross(net int, rate int) int"]]);
  expect(titles("## till.go\n\n### `Gross(amount int)`\n\n### `Refund(till)`\n", go)).toEqual([
    "Documented name does not exist: Refund",
  ]);
});

test("the table counts what is documented and names what is not", () => {
  const text = GOOD.replace("### `gross(net, rate)`", "### `gross(net)`").replace("| `LabelForm` | how |\n", "");
  expect(docsTable(checkDocs(text, [TILL, LABEL]))).toBe(
    [
      "## Checked against the code",
      "",
      "Documented 4 of 5 exports. 1 statement does not fit the code.",
      "",
      "| file | documented | missing |",
      "|---|---|---|",
      "| `shop/till.py` | 3 of 3 |  |",
      "| `src/label.ts` | 1 of 2 | `LabelForm` |",
      "",
      "- **Documented signature differs: gross.** The documentation says `gross(net)`; the code says `def gross(net, rate)`.",
    ].join("\n"),
  );
});

test.each<[language: Language, symbol: string, entry: string]>([
  ["go", "Create", "func (a *App) Create(ctx *gin.Context) error"],
  ["java", "create", "public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type)"],
  ["java", "setLenient", '@SuppressWarnings("x") public final void setLenient(boolean lenient)'],
  ["rust", "build", "pub(crate) fn build<P: AsRef<Path>>(&self, path: P) -> Result<(), Error>"],
  ["typescript", "twice", "export const twice = (x: number): number => x * 2"],
  ["typescript", "Agent", "export abstract class Agent<T extends Settings>"],
  ["typescript", "main", "get main(): Settings"],
  ["python", "LIMIT", 'LIMIT = "a/b.py"'],
  ["java", "VERSION", 'public static final String VERSION = "1"'],
  ["csharp", "Run", "public static async Task<int> Run(string[] args)"],
])("%s: %s is known in `%s`", (language, symbol, entry) => {
  expect(
    titles(`## a.x\n\n### \`${entry}\`\n`, file("a.x", language, [[symbol, entry, { kind: "constant" }]])),
  ).toEqual([]);
});
