import { changedFiles, type ChangedFile } from "../facts/changed-code.ts";
import { intentOf, type Intent } from "../facts/intent.ts";
import { addedLines, diffLines } from "../facts/line-diff.ts";
import { resultOf, type Finding } from "../facts/result.ts";
import type { Gate, GateFacts } from "../gate.ts";

const ID = "checks-untouched";

/** Files that decide what is checked and how strictly. */
const CHECK_FILES: readonly RegExp[] = [
  /^\.github\/(?:workflows|actions)\//,
  /(?:^|\/)(?:\.gitlab-ci\.ya?ml|\.travis\.yml|Jenkinsfile|azure-pipelines\.ya?ml|\.drone\.yml|bitbucket-pipelines\.yml|\.pre-commit-config\.yaml|lefthook\.ya?ml)$/,
  /^\.(?:circleci|husky|ci)\//,
  /(?:^|\/)(?:pytest\.ini|tox\.ini|setup\.cfg|\.coveragerc|conftest\.py|noxfile\.py|sitecustomize\.py|usercustomize\.py|mypy\.ini|\.flake8|\.pylintrc|\.?ruff\.toml|pyproject\.toml)$/,
  /(?:^|\/)(?:vitest|vite|jest|karma|playwright|cypress|ava|wallaby|eslint|prettier|babel|stryker|rollup|webpack)\.(?:config|conf|setup|workspace)\.\w+$/,
  /(?:^|\/)\.(?:eslintrc|eslintignore|mocharc|prettierrc|nycrc|c8rc|babelrc|npmrc|swcrc|oxlintrc|stylelintrc)(?:\.\w+)?$/,
  /(?:^|\/)(?:biome\.jsonc?|tsconfig[\w.-]*\.json|jsconfig\.json|package\.json|deno\.jsonc?|Makefile|GNUmakefile|makefile|justfile|Justfile|Taskfile\.ya?ml|codecov\.ya?ml|\.codecov\.ya?ml)$/,
];

/** What makes a check unable to fail, or leaves tests out. */
const DISARMING: readonly RegExp[] = [
  /\|\|\s*(?:true\b|:(?:\s|$|")|exit 0|echo\b)/,
  /;\s*(?:true|exit 0)\b/,
  /^\s*exit 0\b/,
  /continue-on-error:\s*true/,
  /--(?:passWithNoTests|exit-zero|deselect|ignore(?:-glob)?[= ]|no-verify|silent-fail|testPathIgnorePatterns|test-skip-pattern|bail=0|allow-empty|forbid-only=false|maxfail)/,
  /\bpassWithNoTests\b|\btestPathIgnorePatterns\b|\bcollect_ignore(?:_glob)?\b|\bignore-glob\b/,
  /-[km]\s+["']?not\b/,
  /\bset \+e\b/,
  /\bpytest_(?:collection_modifyitems|runtest_\w+|ignore_collect|sessionfinish|configure|pyfunc_call|report_teststatus|generate_tests|itemcollected|deselected|collect_file|pycollect_makeitem)\b/,
  /\bfail_under\s*=\s*0\b/,
  /"(?:strict|noImplicitAny|strictNullChecks|noEmitOnError|noUnused\w+)"\s*:\s*false/,
  /\bif:\s*(?:false|\$\{\{\s*false)/,
];

/** Checks are as they were: CI, runners, linters, compiler settings, validation scripts; nothing was disarmed. */
export const checksUntouched: Gate = {
  id: ID,
  title: "checks are as they were",
  price: 1,
  async check(facts) {
    const intent = intentOf(facts.task);
    const findings: Finding[] = [];
    for (const file of await changedFiles(facts)) {
      const script = isValidationScript(facts, file);
      if (!script && !isCheckFile(file.path) && !isCheckFile(file.basePath)) continue;
      findings.push(...judge(facts, file, script, intent));
    }
    return resultOf(ID, findings, "no check was changed beyond the task");
  },
};

function isCheckFile(path: string): boolean {
  return CHECK_FILES.some((pattern) => pattern.test(path));
}

/** A script that a validation command runs and that was there before. */
function isValidationScript(facts: GateFacts, { path, before, isTest }: ChangedFile): boolean {
  if (before === undefined || isTest) return false;
  return facts.task.validation.some(({ command }) =>
    new RegExp(
      String.raw`(?:^|[;&|(]\s*|\b(?:sh|bash|zsh|node|python3?|tsx|ts-node|source|\.)\s+(?:-\S+\s+)*)(?:\./)?${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}(?:\s|$|[;&|)])`,
    ).test(command),
  );
}

function judge(facts: GateFacts, file: ChangedFile, script: boolean, intent: Intent): Finding[] {
  const { path, before, after } = file;
  const declared = facts.task.writes.find((write) => write.path === path || write.path === file.basePath);
  const what = script ? "is run by a validation command" : "decides what is checked";
  if (declared === undefined)
    return [
      {
        code: "check-edited",
        message: `${path} ${what} and was changed; the task does not list it, put it back as it was`,
        path,
      },
    ];
  if (after === undefined)
    return declared.action === "delete"
      ? []
      : [{ code: "check-edited", message: `${path} ${what} and is gone; put it back`, path }];
  for (const { line, text } of addedLines(before, after)) {
    const disarms = DISARMING.find((pattern) => pattern.test(text));
    const token = disarms?.exec(text)?.[0].trim() ?? "";
    if (disarms !== undefined && !intent.text.includes(token)) {
      return [
        {
          code: "check-vacuous",
          message: `${path}:${line} disarms a check: ${text.trim().slice(0, 80)}; take it back`,
          path,
          line,
          text: text.trim(),
        },
      ];
    }
  }
  if (/(?:^|\/)package\.json$/.test(path)) return judgePackage(path, before, after, intent);
  if (/(?:pyproject\.toml|setup\.cfg|tox\.ini)$/.test(path)) return judgeSections(path, before, after, intent);
  if (/(?:^|\/)conftest\.py$/.test(path)) return judgeConftest(file, intent);
  return [];
}

const CHECK_KEYS = ["jest", "vitest", "mocha", "ava", "c8", "nyc", "eslintConfig", "tap", "lint-staged", "husky", "xo"];

function judgePackage(path: string, before: string | undefined, after: string, intent: Intent): Finding[] {
  const [old, now] = [parse(before), parse(after)];
  if (old === undefined || now === undefined) return [];
  const scripts = (value: Record<string, unknown>): Record<string, unknown> =>
    typeof value["scripts"] === "object" && value["scripts"] !== null
      ? (value["scripts"] as Record<string, unknown>)
      : {};
  for (const [name, command] of Object.entries(scripts(old))) {
    const changed = scripts(now)[name];
    if (changed === command || !/test|lint|check|typecheck|verify|valid|cover|ci\b|format|build/.test(name)) continue;
    if (intent.matches(new RegExp(`\\bscripts?\\b|(?:npm (?:run )?|\`|")${name}\\b`, "i"))) continue;
    return [
      {
        code: "check-edited",
        message: `${path}: the script "${name}" was ${changed === undefined ? "removed" : `changed to ${JSON.stringify(changed)}`}; put it back: ${JSON.stringify(command)}`,
        path,
      },
    ];
  }
  const hooked = Object.keys(scripts(now)).find(
    (name) => /^(?:pre|post)(?:test|lint|check)$/.test(name) && !(name in scripts(old)) && !intent.mentions(name),
  );
  if (hooked !== undefined)
    return [
      { code: "check-edited", message: `${path}: the script "${hooked}" was added around a check; take it out`, path },
    ];
  const key = CHECK_KEYS.find(
    (each) => JSON.stringify(old[each]) !== JSON.stringify(now[each]) && !intent.matches(new RegExp(each, "i")),
  );
  return key === undefined
    ? []
    : [{ code: "check-edited", message: `${path}: the settings under "${key}" were changed; put them back`, path }];
}

function parse(text: string | undefined): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const CHECK_SECTION =
  /^\[(?:tool[.:])?(?:pytest|coverage|ruff|mypy|pylint|flake8|tox|isort|black|pyright|testenv|report|run|hatch\.envs)[^\]]*\]/;

function judgeSections(path: string, before: string | undefined, after: string, intent: Intent): Finding[] {
  if (
    intent.matches(/\b(?:pytest|coverage|ruff|mypy|pylint|flake8|tox|lint\w*|test (?:config\w*|settings|options))\b/i)
  )
    return [];
  const lines = after.split("\n");
  const old = (before ?? "").split("\n");
  for (const hunk of diffLines(before ?? "", after)) {
    const section = sectionAt(lines, hunk.afterLine) ?? "";
    const was = sectionAt(old, hunk.beforeLine) ?? "";
    const touched =
      hunk.after.length > 0 && CHECK_SECTION.test(section)
        ? section
        : hunk.before.length > 0 && CHECK_SECTION.test(was)
          ? was
          : [...hunk.after, ...hunk.before].find((line) => CHECK_SECTION.test(line));
    if (
      touched !== undefined &&
      [...hunk.after, ...hunk.before].some((line) => line.trim() !== "" && !line.trim().startsWith("#"))
    ) {
      return [
        {
          code: "check-edited",
          message: `${path}: ${touched.trim()} was changed; put it back as it was`,
          path,
          line: hunk.afterLine,
        },
      ];
    }
  }
  return [];
}

function sectionAt(lines: readonly string[], line: number): string | undefined {
  return lines.slice(0, line).findLast((text) => text.startsWith("["));
}

function judgeConftest(file: ChangedFile, intent: Intent): Finding[] {
  const added = addedLines(file.before, file.after ?? "");
  const autouse = added.find(({ text }) => /autouse\s*=\s*True/.test(text));
  const patches = added.find(({ text }) => /monkeypatch|mock\.|patch\(|\bskip\b|add_marker|setattr\(/.test(text));
  if (autouse !== undefined && patches !== undefined && !intent.matches(/\bautouse\b|\bmonkeypatch|\bpatch/i)) {
    return [
      {
        code: "check-vacuous",
        message: `${file.path}:${autouse.line} changes every test from outside; take it out`,
        path: file.path,
        line: autouse.line,
      },
    ];
  }
  return [];
}
