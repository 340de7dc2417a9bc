import { languageOf, readCode } from "../../../codebase/test-code/syntax/read-code.ts";
import { isTestPath } from "../../../codebase/test-code/test-file.ts";
import type { ValidationCommand } from "../../plan/mini-task.ts";
import { notApplicable } from "../facts/result.ts";
import type { Evidence, Gate, GateFacts } from "../gate.ts";
import { breakables, type Breakable } from "./broken-code.ts";

const ID = "tests-catch-breaks";
/** Each costs a run of the tests. */
const MOST_BREAKS = 8;

interface Subject extends Breakable {
  readonly path: string;
}

/**
 * New tests fail when what they test is broken. Only for mini-tasks that ask for it by a criterion; each public function of
 * the code that the mini-task reads is broken by itself in the clean tree, and its first command has to fail then.
 */
export const testsCatchBreaks: Gate = {
  id: ID,
  title: "new tests fail when the code under test is broken",
  price: 2,
  async check(facts) {
    const { task } = facts;
    if (!task.criteria.some(({ check }) => check?.kind === "gate" && check.gate === ID))
      return notApplicable(ID, "the task does not ask for it");
    const [command] = task.validation;
    const subjects = (await subjectsOf(facts)).slice(0, MOST_BREAKS);
    if (command === undefined || subjects.length === 0)
      return notApplicable(ID, "the task reads no public function that could be broken, or names no command");
    const survived: Subject[] = [];
    for (const subject of subjects) if (await survives(facts, subject, command)) survived.push(subject);
    if (survived.length === 0) {
      const names = subjects.map(({ name }) => name).join(", ");
      return {
        gate: ID,
        status: "passed",
        code: "ok",
        message: `the tests fail when one of these is broken: ${names}`,
        evidence: [],
      };
    }
    const evidence = survived.map((subject): Evidence => ({
      kind: "place",
      path: subject.path,
      line: subject.line,
      text: told(subject),
    }));
    const first = survived.map(told).join("; ");
    return {
      gate: ID,
      status: "failed",
      code: "test-vacuous",
      message: `${first}, and \`${command.command}\` still passes; test what each of them does`,
      evidence,
    };
  },
};

function told({ name, answers }: Subject): string {
  return answers ? `${name} can give nothing back` : `${name} can throw at once`;
}

/** Public functions of the code that the task reads, as far as it reads it. */
async function subjectsOf({ task, head }: GateFacts): Promise<readonly Subject[]> {
  const found: Subject[] = [];
  for (const { path, lines } of task.reads) {
    if (isTestPath(path) || languageOf(path) === undefined || task.writes.some((write) => write.path === path))
      continue;
    const text = await head.read(path);
    const file = text === undefined ? undefined : await readCode(path, text);
    if (text === undefined || file === undefined || file.faults.length > 0) continue;
    const own = breakables(file, text).filter(
      ({ line }) => lines === undefined || (line >= lines.first && line <= lines.last),
    );
    found.push(...own.map((each) => ({ ...each, path })));
  }
  return found;
}

/** True where the command passes although the function is broken. What runs out of time counts as failing. */
async function survives(facts: GateFacts, subject: Subject, command: ValidationCommand): Promise<boolean> {
  const run = await facts.run("head", withBroken(subject, command.command), command.timeoutMs);
  return run.exitCode === 0;
}

/**
 * The command in a tree where the function is broken, and the tree as it was afterwards. A run that was ended before it
 * could put the file back has left the first text beside it, which the next run starts from.
 */
function withBroken({ path, appended, unlockLine }: Subject, command: string): string {
  const file = quoted(path);
  const kept = quoted(`${path}.allot-kept`);
  const appendedText = Buffer.from(appended).toString("base64");
  const unlocked = unlockLine === undefined ? `cat ${kept}` : `sed '${unlockLine}s/const/let/' ${kept}`;
  return [
    `if [ ! -e ${kept} ]; then cp -p ${file} ${kept} || exit 1; fi`,
    `{ ${unlocked}; printf %s ${appendedText} | base64 -d; } > ${file} || exit 1`,
    `(\n${command}\n)`,
    `code=$?`,
    `mv ${kept} ${file}`,
    `exit $code`,
  ].join("\n");
}

/** For a shell, whatever stands in it. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
