import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { readCodebase } from "../../codebase/facts/read-codebase.ts";
import { tempRepository, type TempRepository } from "../../../test/support/temp-repository.ts";
import { scanSecurity, type SecurityScan } from "./scan-security.ts";

const FILES = {
  "app.py": "import os\n\n\ndef unpack(name):\n    os.system('tar xf ' + name)  # nosec\n",
  "README.md": "# App\n",
};

function repository(files: Readonly<Record<string, string>> = FILES): TempRepository {
  const made = tempRepository(files);
  onTestFinished(() => made[Symbol.dispose]());
  return made;
}

/** Programs of paper in a folder of their own, first in PATH. */
function programs(scripts: Readonly<Record<string, string>>): void {
  const root = mkdtempSync(join(tmpdir(), "allot-programs-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const bin = join(root, "bin");
  mkdirSync(bin);
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  vi.stubEnv("PATH", [bin, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter));
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function scan(repo: TempRepository): Promise<SecurityScan> {
  return scanSecurity(await readCodebase(repo.dir), { by: "codebase" }, new AbortController().signal);
}

const BANDIT = {
  results: [
    {
      filename: "./app.py",
      test_id: "B605",
      test_name: "start_process_with_a_shell",
      issue_text: "Starting a process with a shell, possible injection detected.",
      issue_severity: "HIGH",
      issue_confidence: "HIGH",
      issue_cwe: { id: 78, link: "https://cwe.mitre.org/data/definitions/78.html" },
      line_number: 5,
      line_range: [5],
      more_info: "https://bandit.readthedocs.io/B605",
    },
    { filename: "/elsewhere/other.py", test_id: "B101", issue_text: "x", issue_severity: "LOW", line_number: 1 },
  ],
};

test("a scanner in PATH is asked about a copy, told to look past comments, and what it found is joined with ours", async () => {
  programs({
    bandit: `echo "$@" > args.txt; case "$*" in *--ignore-nosec*) ;; *) exit 9;; esac
[ -e app.py ] && [ ! -e README.md ] || exit 8
touch "$PWD/written-by-a-scanner"
cat > .allot-scan.json <<'JSON'
${JSON.stringify(BANDIT)}
JSON
exit 1`,
  });
  const repo = repository();
  const { findings, scanners } = await scan(repo);
  expect(findings).toMatchObject([
    {
      by: "bandit, allot-rules",
      rule: "B605",
      severity: "high",
      place: { path: "app.py", firstLine: 5, lastLine: 5 },
      title: "Starting a process with a shell, possible injection detected.",
    },
  ]);
  expect(scanners.map(({ name, state }) => `${name} ${state}`)).toContain("bandit ran");
  expect(readdirSync(repo.dir).toSorted()).toEqual([".git", "README.md", "app.py"]);
});

test("a scanner that is missing is said to be missing", async () => {
  programs({});
  const { scanners, findings } = await scan(repository());
  expect(scanners.find(({ name }) => name === "bandit")).toEqual({
    name: "bandit",
    state: "missing",
    detail: "bandit is not on this machine (looked for in PATH)",
  });
  expect(findings.map(({ by, rule }) => `${by} ${rule}`)).toEqual(["allot-rules shell-command-from-values"]);
});

test("a scanner that fails is told with its last words", async () => {
  programs({ bandit: "echo starting; echo 'no module named bandit' >&2; exit 2" });
  const { scanners } = await scan(repository());
  expect(scanners.find(({ name }) => name === "bandit")).toEqual({
    name: "bandit",
    state: "failed",
    detail: "bandit ended with 2: no module named bandit",
  });
});

test("semgrep runs with the repository's own rules, and waits idle without them", async () => {
  const semgrep = {
    results: [
      {
        check_id: "rules.no-system",
        path: "app.py",
        start: { line: 5, col: 5 },
        end: { line: 5, col: 30 },
        extra: { message: "Do not call os.system\nUse subprocess.", severity: "WARNING" },
      },
    ],
  };
  programs({
    semgrep: `case "$*" in *--disable-nosem*"--config .semgrep.yml"*) ;; *) exit 7;; esac
printf %s '${JSON.stringify(semgrep)}' > .allot-scan.json`,
  });
  const idle = await scan(repository());
  expect(idle.scanners.find(({ name }) => name === "semgrep")).toMatchObject({ state: "idle" });
  const ran = await scan(repository({ ...FILES, ".semgrep.yml": "rules: []\n" }));
  expect(ran.scanners.find(({ name }) => name === "semgrep")).toMatchObject({ state: "ran" });
  expect(ran.findings.map(({ by }) => by)).toEqual(["semgrep, allot-rules"]);
});

test("gosec's findings of a module of Go are read", async () => {
  const gosec = {
    Issues: [
      {
        severity: "HIGH",
        confidence: "LOW",
        cwe: { id: "78" },
        rule_id: "G204",
        details: "Subprocess launched with variable",
        file: "PLACE/cmd/main.go",
        line: "7-8",
      },
    ],
  };
  programs({
    gosec: `[ -e go.mod ] || exit 8; echo '${JSON.stringify(gosec)}' | sed "s|PLACE|$PWD|" > .allot-scan.json; exit 1`,
  });
  const repo = repository({ "go.mod": "module shop\n", "cmd/main.go": "package main\n\nfunc main() {}\n" });
  const { findings } = await scan(repo);
  expect(findings).toMatchObject([
    {
      by: "gosec",
      rule: "G204",
      severity: "medium",
      place: { path: "cmd/main.go", firstLine: 7, lastLine: 8 },
      detail: "CWE-78",
    },
  ]);
});

test("secrets are looked for in tests and notes too, milder there; files of secrets are told by name", async () => {
  programs({});
  const key = ["AKIA", "QYLPMN5HFIQR7XYA"].join("");
  const repo = repository({
    "src/keys.js": `export const id = "${key}";\n`,
    "test/keys.test.js": `\nconst id = "${key}";\n`,
    "deploy/id_rsa": "whatever\n",
  });
  const { findings } = await scan(repo);
  expect(
    findings.map(({ severity, place, rule, by }) => `${severity} ${place?.path}:${place?.firstLine} ${rule} ${by}`),
  ).toEqual([
    "critical src/keys.js:1 aws-access-key allot-secrets",
    "high deploy/id_rsa:1 secret-file allot-secrets",
    "medium test/keys.test.js:2 aws-access-key allot-secrets",
  ]);
  expect(JSON.stringify(findings)).not.toContain(key);
});
