import { expect, test } from "vitest";
import { applySteps } from "../../apply-steps.ts";
import { parseModule, type ModuleText } from "../reading/syntax.ts";
import { editedRuns, FrontWriter, PartWriter } from "./text-edits.ts";

const source = "a();\nb();\n\nc();\nd();\n";
const text = parseModule("old.js", source) as ModuleText;
const apply = (steps: ReturnType<FrontWriter["steps"]>): Map<string, string | null> =>
  applySteps(steps, (path) => (path === "old.js" ? source : undefined));

test("only the lines that an edit touches are written anew, the others are copied", () => {
  const writer = new PartWriter(text, "new.js");
  writer.write("// head");
  writer.copy({ first: 1, last: 4 }, [{ start: 5, end: 6, by: "beta" }]);
  expect(writer.steps().map((step) => step.kind)).toEqual(["create", "copy", "append", "copy"]);
  expect(apply(writer.steps()).get("new.js")).toBe("// head\na();\nbeta();\n\nc();\n");
  expect(writer.lines).toBe(5);
});

test("an edit across lines replaces all lines it touches", () => {
  expect(editedRuns(text, { first: 1, last: 5 }, [{ start: 0, end: 9, by: "x();" }])).toEqual([
    { lines: { first: 1, last: 2 }, content: "x();\n" },
    { lines: { first: 3, last: 5 } },
  ]);
});

test("the front keeps, removes, replaces and inserts lines, and closes the gaps that removals leave", () => {
  const writer = new FrontWriter(text);
  writer.remove({ first: 1, last: 2 });
  writer.insertAfter(2, ["x();"]);
  writer.replace({ first: 5, last: 5 }, "y();\n");
  writer.closeGaps();
  expect(apply(writer.steps()).get("old.js")).toBe("x();\n\nc();\ny();\n");
});
