import { expect, test } from "vitest";
import { readScript } from "./shell-script.ts";

function commandsOf(script: string): readonly string[] {
  const reading = readScript(script.split("\n"));
  if (reading.kind === "open") throw new Error(`line ${reading.line}: ${reading.what}`);
  return reading.commands.map(({ command }) => command);
}

test.each<[string, string]>([
  ["a trailing backslash", "pytest -q \\\n  tests"],
  ["an open double quote", 'python -c "\nimport x\n\nprint(1)"'],
  ["an open single quote", "node -e 'console.log(\n1)'"],
  ["a here document", "python - <<'EOF'\nif True:\n\n    print('it''s')\nEOF"],
  ["a here document with tabs", "cat <<-END\n\tx\n\tEND"],
  ["an operator at the end", "test -f a &&\n  test -f b"],
  ["a pipe with a comment behind it", "cat a | # first\n  wc -l"],
  ["if and fi", "if grep -q x a; then\n  echo fi\nfi"],
  ["a loop", "for f in a b; do\n  python -m py_compile $f\ndone"],
  ["while read", 'while read -r f\ndo\n  test -f "$f"\ndone < list'],
  ["case with patterns", "case $(uname) in\n  Linux) true ;;\n  *) false ;;\nesac"],
  ["a group", "{\n  a\n  b\n}"],
  ["a subshell", "(\nset -e\ncd src\npwd\n)"],
  ["a command substitution over lines", 'test "$(\n  wc -l < a\n)" -gt 3'],
  ["a function", "check() {\n  test -f a\n}"],
  ["if inside a loop", "for f in *; do\n  if test -f $f; then\n    echo $f\n  fi\ndone"],
])("%s keeps lines together", (_name, command) => {
  expect(commandsOf(`before\n${command}\nafter`)).toEqual(["before", command, "after"]);
});

test.each([
  ["words that look like keywords", "echo if then do"],
  ["an escaped quote", 'echo \\"'],
  ["a quote in a comment", "ls # it's here"],
  ["a here string", "grep x <<< 'a'"],
  ["a shift", "test $((1<<2)) -eq 4"],
  ["a hash inside a word", "echo a#b"],
])("%s is a command of one line", (_name, command) => {
  expect(commandsOf(`${command}\nafter`)).toEqual([command, "after"]);
});

test("comments directly above a command are its own, and a blank line parts them", () => {
  const reading = readScript([
    "# about the file",
    "",
    "# it exists",
    "# and is large",
    "ls x",
    "wc x  # lines",
    "# the end",
  ]);
  expect(reading.kind === "read" && reading.commands.map(({ command, comments }) => [command, comments])).toEqual([
    ["ls x", ["it exists", "and is large"]],
    ["wc x  # lines", []],
  ]);
});

test.each([
  ["echo 'x", 0, "an open single quote"],
  ["ok\ncat <<EOF\nx", 1, "the here document EOF"],
  ["for x in a; do", 0, "an open do"],
  ["test -f a &&", 0, "a line that announces another"],
])("%s is open at its end", (script, line, what) => {
  expect(readScript(script.split("\n"))).toEqual({ kind: "open", line, what });
});
