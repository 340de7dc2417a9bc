import { expect, test } from "vitest";
import { tempRepository } from "../../../test/support/temp-repository.ts";
import { readCodebase } from "../facts/read-codebase.ts";
import { findSecrets, openSecretScanner } from "./find-secrets.ts";
import { loadPresetRules } from "./preset-rules.ts";
import { redact } from "./redact.ts";

/** Values are put together here, so that no scanner takes this file for a leak. */
const KEY32 = "q8Zx2LmP7vTn4RbW9sKd3YhF6jGc1Ae0";
const KEY48 = `${KEY32}uV5oN2iB8yQ4wE7t`;
const HEX32 = "7c1e9a04b6d25f83e09b4a7d1c62f85e";
const PEM_BODY = `MIIEpAIBAAKCAQEA${KEY48}\n${KEY48}${KEY48}\n${KEY48}`;
const PEM = ["-----BEGIN RSA PRIV", `ATE KEY-----\n${PEM_BODY}\n-----END RSA PRIVATE KEY-----`].join("");

const KINDS: readonly [rule: string, path: string, before: string, value: string, after: string][] = [
  ["aws-access-key", "a.py", 'id = "', ["AKIA", "QYLPMN5HFIQR7XYA"].join(""), '"'],
  ["aws-secret-key", "a.py", 'aws_secret_access_key = "', "kJ8s7d6fG5h4J3k2L1q0wEzT9UiOxAsVfGbJkNzX", '"'],
  ["anthropic-key", "a.ts", 'const key = "', ["sk-ant-", `api03-${KEY48}`].join(""), '";'],
  ["anthropic-key", "a.ts", 'const key = "', ["sk-ant-", `oat01-${KEY48}`].join(""), '";'],
  ["openai-key", "a.ts", "const key = '", ["sk-", KEY48].join(""), "';"],
  ["openai-key", "notes.md", "use ", ["sk-", `proj-${KEY48}_x-${KEY32}`].join(""), " here"],
  ["openrouter-key", "a.ts", "'", ["sk-or-", `v1-${HEX32}${HEX32}`].join(""), "'"],
  ["xai-key", "a.ts", "'", ["xai-", `${KEY48}${KEY32}`].join(""), "'"],
  ["google-api-key", "a.html", "key=", ["AIza", `Sy${KEY32}B`].join(""), "&v=3"],
  ["google-oauth-secret", "a.json", '"', ["GOCSPX-", KEY32.slice(0, 28)].join(""), '"'],
  ["groq-key", "a.ts", "'", ["gsk_", `${KEY48}Ab1c`].join(""), "'"],
  ["github-token", "a.sh", "curl -H 'X: ", ["ghp_", `${KEY32}Ab1c`].join(""), "'"],
  ["gitlab-token", "a.sh", "GL=", ["glpat-", KEY32.slice(0, 20)].join(""), ""],
  ["slack-token", "a.rb", "'", ["xoxb-", "2483917364-9182736451-Zq8Xn2LmP7vT"].join(""), "'"],
  [
    "slack-token",
    "a.rb",
    "'",
    ["https://hooks.slack", ".com/services/T02AB3CD4/B05EF6GH7/Zq8Xn2LmP7vTn4RbW9sKd3Yh"].join(""),
    "'",
  ],
  ["stripe-key", "a.rb", "'", ["sk_live", `_${KEY32}`].join(""), "'"],
  ["npm-token", "a.txt", "", ["npm_", `${KEY32}Ab1c`].join(""), "\n"],
  ["sendgrid-key", "a.go", '"', ["SG.", `${KEY32.slice(0, 22)}.${KEY48.slice(0, 43)}`].join(""), '"'],
  ["json-web-token", "a.go", '"', ["eyJhbGciOiJIUzI1NiJ9", `eyJ${KEY32}`, KEY48].join("."), '"'],
  ["url-password", "a.yml", "url: postgres://shop:", "Vt7-kq2mZx", "@db.internal:5432/shop"],
  ["url-password", "a.ts", "'https://deploy:", "Vt7kq2mZx9", "@git.acme.dev/repo.git'"],
  ["url-password", "a.ts", "'redis://:", "Vt7kq2mZx9", "@cache.acme.dev:6379/0'"],
  ["azure-storage-key", "a.cs", '"AccountName=shop;AccountKey=', `${KEY48}${KEY32}uV5oN2==`, ';"'],
  ["assigned-secret", "a.py", 'API_KEY = "', KEY32, '"'],
  ["assigned-secret", "a.ts", 'const apiKey: string = "', KEY32, '";'],
  ["assigned-secret", "a.ts", 'process.env.CLIENT_SECRET ?? "', KEY32, '"'],
  ["assigned-secret", "a.py", 'os.environ.get("AUTH_TOKEN", "', KEY32, '")'],
  ["assigned-secret", "a.go", 'secretKey := "', HEX32, '"'],
  ["assigned-secret", "a.json", '"access_token": "', KEY48, '"'],
  ["assigned-secret", "a.php", "define('AUTH_KEY', '", KEY48, "');"],
  ["assigned-secret", "web.xml", '<add key="ApiKey" value="', KEY32, '" />'],
  ["assigned-secret", "a.ts", '{ Authorization: "Bearer ', KEY32, '" }'],
  ["assigned-secret", "a.py", 'password = "', "Tr0ub4dor&3x!", '"'],
  ["assigned-secret", "config/.env.production", "SESSION_SECRET=", KEY32, "\nPORT=8080"],
  ["assigned-secret", "deploy.yaml", "  api_key: ", KEY32, "\n  port: 80"],
];

test.each(KINDS)("%s is found in %s: %s", async (rule, path, before, value, after) => {
  const text = `ünïcode line\n${before}${value}${after}`;
  const start = Buffer.byteLength(`ünïcode line\n${before}`);
  expect(await findSecrets(path, text)).toEqual([{ rule, start, end: start + Buffer.byteLength(value), line: 2 }]);
});

test("a private key is found from its first to its last line, in a file and cut into a source string", async () => {
  const inFile = await findSecrets("id_rsa", `a\n${PEM}\nb\n`);
  expect(inFile.map(({ rule, line }) => ({ rule, line }))).toEqual([{ rule: "private-key", line: 2 }]);
  expect(redact(`a\n${PEM}\nb\n`, inFile)).not.toContain(KEY48.slice(0, 12));

  const source = PEM.split("\n")
    .map((line) => `  "${line}\\n" +`)
    .join("\n");
  const inSource = await findSecrets("keys.js", source);
  expect(inSource.map(({ rule, line }) => ({ rule, line }))).toEqual([{ rule: "private-key", line: 1 }]);
  const redacted = redact(source, inSource);
  expect(redacted).not.toContain(KEY48.slice(0, 12));
  // It is read as the same strings on the same lines: quotes and signs between them stay.
  expect(redacted.replaceAll(/[^"+\n]/g, "")).toBe(source.replaceAll(/[^"+\n]/g, ""));
});

test("signatures in the facts of a codebase hold no secret", async () => {
  using repository = tempRepository({
    "a.py": `API_KEY = "${KEY32}"\n\n\ndef load(path, token="${HEX32}"):\n    return path\n`,
  });
  const { files } = await readCodebase(repository.dir);
  expect(files[0]?.symbols.map(({ signature }) => signature)).toEqual([
    'API_KEY = "[redacted:assigned-secret]******"',
    'def load(path, token="[redacted:assigned-secret]******")',
  ]);
  expect(files[0]?.secrets.map(({ line }) => line)).toEqual([1, 4]);
});

const HARMLESS: readonly [path: string, text: string][] = [
  ["a.py", 'AWS = "AKIAIOSFODNN7EXAMPLE"; aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"'],
  ["a.ts", 'const apiKey = "your-api-key-goes-here-1234";'],
  ["a.ts", 'const apiKey = process.env.API_KEY ?? "";'],
  ["a.ts", 'const secret = "${vault.path.to.secret.v2}";'],
  [".env.example", "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nDB_PASSWORD=changeme"],
  ["a.md", "export ANTHROPIC_API_KEY=sk-ant-api03-..."],
  ["a.yml", "DATABASE_URL: postgres://postgres:postgres@localhost:5432/app"],
  ["a.yml", "url: mongodb://user:password@mongo:27017"],
  ["a.yml", "password: ${{ secrets.DB_PASSWORD }}"],
  ["a.ts", 'const tokenUrl = "https://login.acme.dev/oauth2/v2.0/token1";'],
  ["a.ts", 'const tokenPath = "auth/session/v2/token-store-2024";'],
  ["a.ts", 'const passwordField = "user.profile.password2Field";'],
  ["a.ts", 'localStorage.setItem("token", response.data.accessToken);'],
  ["a.css", ".password-input-2024-primary { color: red }"],
  ["a.ts", 'const SECRET_NAME = "projects/acme-1234/secrets/billing-key-2/versions/3";'],
  ["a.ts", "const id = '550e8400-e29b-41d4-a716-446655440000'; const hash = 'd41d8cd98f00b204e9800998ecf8427e';"],
  ["a.py", "token = tokenizer.encode(sequence_of_words_1234, add_special_tokens2)"],
  ["a.json", '"integrity": "sha512-jQmZx8nLz0gHfYcDq3T0v5r1cW2bE6uA9sK4pO7iM8yNtR3lG5hF2dX1zC0vB9n=="'],
  [
    "jwt.md",
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
  ],
  ["README.md", "-----BEGIN RSA PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----"],
  ["a.pem", `-----BEGIN CERTIFICATE-----\n${PEM_BODY}\n-----END CERTIFICATE-----`],
  ["a.ts", 'class SecretKeyProviderFactory2 { apiKeyHeader = "X-Acme-Api-Key-Version-2"; }'],
];

test.each(HARMLESS)("nothing is found in %s: %s", async (path, text) => {
  expect(await findSecrets(path, text)).toEqual([]);
});

test("a comment in the file switches no rule off", async () => {
  const text = `// secretlint-disable\nconst key = "${["ghp_", `${KEY32}Ab1c`].join("")}";\n`;
  expect((await findSecrets("a.ts", text)).map(({ rule, line }) => ({ rule, line }))).toEqual([
    { rule: "github-token", line: 2 },
  ]);
});

test("every rule of the preset has the letters that stand where it finds something", async () => {
  const rules = await loadPresetRules();
  expect(rules.filter(({ anchors }) => anchors === null).map(({ name }) => name)).toEqual([]);
  expect(rules.length).toBe(26);
});

test("redaction leaves nothing of any value, and every byte and line where it was", async () => {
  const lines = KINDS.map(([, , before, value, after]) => `é ${before}${value}${after.replaceAll("\n", "")}`);
  const text = `${lines.join("\r\n")}\r\n${PEM}\r\nlast`;
  const redacted = redact(text, await findSecrets(".env", text));
  for (const [, , , value] of KINDS) expect(redacted).not.toContain(value.slice(0, 16));
  expect(Buffer.byteLength(redacted)).toBe(Buffer.byteLength(text));
  expect(redacted.split("\n").length).toBe(text.split("\n").length);
  expect(redacted.split("\r\n").length).toBe(text.split("\r\n").length);
  expect(redacted.split("\r\n").every((line, at) => at >= lines.length || line.startsWith("é "))).toBe(true);
  expect(redacted.endsWith("last")).toBe(true);
});

test("what was redacted says by which rule, and is not found again", async () => {
  const text = `API_KEY = "${KEY32}"`;
  const redacted = redact(text, await findSecrets("a.py", text));
  expect(redacted).toBe(`API_KEY = "[redacted:assigned-secret]******"`);
  expect(await findSecrets("a.py", redacted)).toEqual([]);
});

test.each([
  ["blanks after a name", `password${" ".repeat(1_000_000)}`],
  ["names alone", "api_key".repeat(200_000)],
  ["openings of addresses", "postgres://a:".repeat(100_000)],
  ["openings of keys", "-----BEGIN RSA PRIVATE KEY-----".repeat(30_000)],
  ["an opening and base64 without an end", `-----BEGIN RSA PRIVATE KEY-----\n${"MIIA\n".repeat(250_000)}`],
  ["parts of web tokens", "eyJ".repeat(400_000)],
  ["dots of web tokens", "eyJaaaaaaaaaaaaaaa.".repeat(60_000)],
  ["tokens of an app", "ghs_1_".repeat(200_000)],
  ["one line of minified code", `a={token:"b",key:c("d")},`.repeat(50_000)],
  ["quotes after names", 'token="'.repeat(170_000)],
  ["anchors of everything", "AKIA xoxb- sk- ghp_ SG. :// npm_ hf_ eyJ AIza ".repeat(25_000)],
  ["mongodb addresses", "mongodb://a:b@".repeat(80_000)],
])("1 MB of %s is read within two seconds", async (_, text) => {
  const scanner = await openSecretScanner();
  const before = process.cpuUsage();
  scanner.scan(".env", text);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(2_000);
});

test("a value too short for the whole mark has a shorter one, or asterisks", () => {
  const at = (end: number): string =>
    redact("x = 'abcdefghijklmnop'", [{ rule: "aws-access-key", start: 5, end, line: 1 }]);
  expect(at(21)).toBe("x = '[redacted]******'");
  expect(at(9)).toBe("x = '****efghijklmnop'");
});
