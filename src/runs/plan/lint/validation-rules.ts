import { finding, type Finding, type LintCode, type LintScope, type TaskRule } from "./finding.ts";

/** Commands there are, that can fail, do no harm and need no network. */
export const validationRule: TaskRule = (task) => {
  if (task.validation.length === 0) {
    return [finding("no-validation", task.number, "Validation", "a mini-task has at least one command that proves it")];
  }
  const silent = task.validation.every(({ command }) => onlySpeaks(command));
  return task.validation.flatMap(({ command }, index) => {
    const place = `command ${index + 1}`;
    const found = commandFindings(command, task.number, place);
    if (!silent || found.some(({ code }) => code === "validation-cannot-fail")) return found;
    return [
      ...found,
      finding("validation-cannot-fail", task.number, place, `${quote(command)} passes whatever was done`),
    ];
  });
};

/** The final checks are run like validation commands. */
export function finalCheckFindings({ plan }: LintScope): readonly Finding[] {
  return plan.finalChecks.flatMap((command, index) => commandFindings(command, 0, `final check ${index + 1}`));
}

function commandFindings(command: string, task: number, place: string): readonly Finding[] {
  const say = (code: LintCode, why: string): Finding => finding(code, task, place, `${quote(command)} ${why}`);
  const bare = withoutQuotes(command);
  const danger = DANGERS.find(([pattern]) => pattern.test(bare));
  if (danger !== undefined) return [say("dangerous-validation", danger[1])];
  const found: Finding[] = [];
  if (NEVER_FAILS.test(bare.trim())) found.push(say("validation-cannot-fail", "throws its own exit code away"));
  if (usesNetwork(bare)) found.push(say("network-validation", "needs the network"));
  if (/^\s*(?:cd|export|source|set|alias)\s[^;&|\n]*$/.test(bare))
    found.push(say("lone-cd", "has no effect on the commands after it"));
  return found;
}

const NEVER_FAILS = /(?:\|\|\s*(?:true|:|echo\b[^;&|]*|exit 0)|;\s*(?:true|:|exit 0|echo\b[^;&|]*)|&)\s*(?:#.*)?$/;

/** True for commands that only print or do nothing. */
function onlySpeaks(command: string): boolean {
  return command
    .split(/\n|&&|;/)
    .map((part) => part.trim())
    .every((part) => part === "" || /^(?:echo|printf|true|:|exit 0|pwd|date|sleep|#)(?:\s|$)/.test(part));
}

const DANGERS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sudo|doas|su\s+-)(?:\s|$)/, "asks for another user's rights"],
  [
    /\brm\s+(?:-\S+\s+)*(?:--\s+)?(?:["']?(?:\/|~|\$HOME|\$\{HOME\}|\.\.)|\*(?:\s|$)|\.(?:\s|$)|\.\/?\*|\.git\b)/,
    "deletes outside the workspace, or all of it",
  ],
  [/\bfind\s+["']?(?:\/|~|\.\.)[^;&|\n]*-(?:delete|exec\s+rm)/, "deletes outside the workspace"],
  [/\b(?:curl|wget|fetch)\b[^|;&]*\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b/, "runs what it downloads"],
  [/\b(?:ba|z|da|k)?sh\b\s+(?:-c\s+)?["']?(?:<\(|\$\(|`)\s*(?:curl|wget)\b/, "runs what it downloads"],
  [/\beval\b[^;&|\n]*\$\(\s*(?:curl|wget)\b/, "runs what it downloads"],
  [/:\s*\(\s*\)\s*\{\s*:\s*\|\s*:\s*&\s*\}\s*;\s*:/, "is a fork bomb"],
  [/(?:^|[;&|(\n]\s*)(?:mkfs(?:\.\w+)?|fdisk|parted|shutdown|reboot|halt|poweroff)\b/, "acts on the machine"],
  [/\bdd\b[^;&|\n]*\bof=\/dev\//, "writes to a device"],
  [/>\s*\/dev\/(?!null\b|stdout\b|stderr\b|tty\b|fd\/)/, "writes to a device"],
  [/>\s*(?:\/(?!dev\/(?:null|stdout|stderr|tty|fd)\b|tmp\/)|~\/)\S/, "writes outside the workspace"],
  [/\bch(?:mod|own)\s+(?:-\S+\s+)*\S+\s+(?:\/|~)/, "changes rights outside the workspace"],
  [
    /\bgit\s+(?:-\S+\s+(?:\S+\s+)?)*(?:push|reset\s+--hard|clean\s+-\w*f|checkout\s+(?:--|\.)|restore\b|stash\b|rebase\b|commit\b|branch\s+-D|update-ref|filter-branch|config\s+--(?:global|system))/,
    "changes the repository itself",
  ],
  [/\b(?:npm|yarn|pnpm)\s+publish\b|\btwine\s+upload\b|\bcargo\s+publish\b|\bgem\s+push\b/, "publishes"],
  [/\bkill(?:all)?\s+(?:-\S+\s+)*-1\b|\bpkill\b|\bkillall\b/, "ends processes by name"],
  [
    /\b(?:cat|less|head|tail|cp|base64|grep)\b[^;&|\n]*(?:~\/\.(?:ssh|aws|netrc|gnupg)|\/etc\/shadow|\bid_rsa\b)/,
    "reads secrets",
  ],
  [/(?:^|[;&|(\n]\s*)(?:env|printenv)\s*(?:\||>|$)/, "prints the environment"],
];

function usesNetwork(command: string): boolean {
  const loopback = /\b(?:localhost|127\.0\.0\.1|\[::1\])/.test(command);
  if (/\b(?:curl|wget)\s/.test(command)) return !loopback;
  return (
    /\b(?:pip3?|uv pip|poetry|pipx|conda|gem|cargo|go|apt|apt-get|brew|apk|dnf|yum)\s+(?:install|add|get|download|update|upgrade)\b/.test(
      command,
    ) ||
    /\b(?:npm|pnpm|yarn|bun)\s+(?:ci|i|install|add|update|audit)\b/.test(command) ||
    /\bgit\s+(?:clone|fetch|pull|ls-remote|submodule\s+update)\b/.test(command) ||
    /(?:^|[;&|]\s*)(?:ssh|scp|rsync|nc|telnet|ftp|sftp)\s/.test(command)
  );
}

/** The command without what is only data in it: texts for grep and the like, bodies of here documents. */
function withoutQuotes(command: string): string {
  const bare = command.replace(/<<-?\s*['"]?(\w+)['"]?([^\n]*)\n[\s\S]*?\n\s*\1\b/g, "$2");
  if (/\b(?:ba|z|da|k)?sh\s+-c\b|\beval\b/.test(bare)) return bare;
  const data = (quoted: string, inner: string): string => (/^[/~.]/.test(inner) ? quoted : '""');
  return bare.replace(/'([^']*)'/g, data).replace(/"((?:[^"\\$`]|\\.)*)"/g, data);
}

function quote(command: string): string {
  const line = command.split("\n")[0] ?? "";
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 77)}...` : line);
}
