import { expect, test } from "vitest";
import type { FileFacts } from "../../codebase/facts/facts.ts";
import { languageOf } from "../../codebase/languages/language-of.ts";
import { codeFindings } from "./code-findings.ts";
import { CODE_RULES } from "./code-rules.ts";

async function rulesIn(path: string, text: string, role: FileFacts["role"] = "code"): Promise<readonly string[]> {
  const file: FileFacts = {
    path,
    language: languageOf(path),
    role,
    bytes: Buffer.byteLength(text),
    lines: 1,
    hash: "0".repeat(64),
    tokens: 1,
    isUtf8: true,
    symbols: [],
    imports: [],
    entry: null,
    changes: 0,
    secrets: [],
  };
  const { findings } = await codeFindings(
    [file],
    () => Promise.resolve(Buffer.from(text)),
    new AbortController().signal,
  );
  return findings.map(({ rule, place }) => `${rule}:${place?.firstLine}`);
}

const DANGEROUS: readonly [rule: string, path: string, line: string][] = [
  ["shell-command-from-values", "a.py", 'subprocess.run(f"tar xf {name}", shell=True)'],
  ["shell-command-from-values", "a.py", 'os.system("rm " + name)'],
  ["shell-command-from-values", "a.py", 'check_output("ls %s" % name, shell=True)'],
  ["shell-command-from-values", "a.ts", 'import { exec } from "node:child_process"; exec(`tar xf ${name}`);'],
  ["shell-command-from-values", "a.js", 'const cp = require("child_process"); cp.execSync("rm " + name);'],
  ["evaluated-value", "a.py", "eval(expression)"],
  ["executed-value", "a.py", "exec(body, scope)"],
  ["evaluated-value", "a.js", "const x = eval(body);"],
  ["evaluated-value", "a.js", "const f = new Function('x', `return ${body}`);"],
  ["sql-from-values", "a.py", "cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")"],
  ["sql-from-values", "a.py", 'db.execute("DELETE FROM users WHERE id = %s" % user_id)'],
  ["sql-from-values", "a.ts", 'await db.query("select id from users where name = \'" + name + "\'");'],
  ["sql-from-values", "a.js", "db.run(`UPDATE users SET name = '${name}'`);"],
  ["unsafe-load", "a.py", "data = pickle.loads(body)"],
  ["unsafe-load", "a.py", "data = yaml.load(body)"],
  ["unsafe-load", "a.py", "data = yaml.load(body, Loader=yaml.Loader)"],
  ["certificates-not-checked", "a.py", "requests.get(url, verify=False)"],
  ["certificates-not-checked", "a.js", "const agent = new Agent({ rejectUnauthorized: false });"],
  ["certificates-not-checked", "a.js", 'process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";'],
  ["markup-from-values", "a.js", "list.innerHTML = `<li>${name}</li>`;"],
  ["markup-from-values", "a.js", "document.write('<b>' + name + '</b>');"],
  ["template-from-values", "a.py", 'render_template_string("<b>" + name + "</b>")'],
  ["debugger-in-production", "a.py", "app.run(debug=True)"],
  ["name-race", "a.py", "path = tempfile.mktemp()"],
  ["signature-not-checked", "a.py", 'jwt.decode(token, options={"verify_signature": False})'],
];

test.each(DANGEROUS)("%s is found in %s: %s", async (rule, path, line) => {
  expect(await rulesIn(path, `\n${line}\n`)).toEqual([`${rule}:2`]);
});

test.each([
  ["a.py", 'subprocess.run(["tar", "xf", name])'],
  ["a.py", 'subprocess.run("ls -l", shell=True)'],
  ["a.py", "subprocess.run(f'tar xf {name}')"],
  ["a.py", 'os.system("clear")'],
  ["a.py", "ast.literal_eval(text)"],
  ["a.py", "model.eval()"],
  ["a.py", 'cursor.execute("SELECT * FROM users WHERE name = %s", (name,))'],
  ["a.py", 'cursor.execute("SELECT * FROM users " "WHERE id = 1")'],
  ["a.py", "logger.run(f'select a file from {folder}')"],
  ["a.py", "yaml.safe_load(body)"],
  ["a.py", "yaml.load(body, Loader=yaml.SafeLoader)"],
  ["a.py", "json.loads(body)"],
  ["a.py", "requests.get(url, verify=True)"],
  ["a.py", 'render_template_string("<b>{{ name }}</b>", name=name)'],
  ["a.py", "app.run(debug=settings.debug)"],
  ["a.js", "const match = /a(b)/.exec(`x${y}`);"],
  ["a.js", "await db.query('select id from users where name = $1', [name]);"],
  ["a.js", "await sql`select id from users where name = ${name}`;"],
  ["a.js", "list.textContent = `${name}`; list.innerHTML = '';"],
  ["a.js", "const agent = new Agent({ rejectUnauthorized: true });"],
  ["a.go", 'exec.Command("sh", "-c", name)'],
])("nothing is found in %s: %s", async (path, line) => {
  expect(await rulesIn(path, `\n${line}\n`)).toEqual([]);
});

test("tests do such things on purpose", async () => {
  expect(await rulesIn("tests/test_a.py", "eval(expression)\n", "test")).toEqual([]);
});

test("the place is the line that shows it", async () => {
  expect(
    await rulesIn("a.js", "const agent = new Agent({\n  keepAlive: true,\n  rejectUnauthorized: false,\n});\n"),
  ).toEqual(["certificates-not-checked:3"]);
});

test("every rule is proven by an example", () => {
  expect(CODE_RULES.map(({ id }) => id).toSorted()).toEqual([...new Set(DANGEROUS.map(([rule]) => rule))].toSorted());
});
