import type { Check } from "./check.ts";
import type { CodeNode, Param } from "./syntax/code-tree.ts";

/** One test that a runner would collect, or a function that tests call to check something. */
export interface TestCase {
  /** Where it stands and its name: "TestSlug::test_empty", "slugify > keeps digits". */
  readonly id: string;
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
  /** Why it does not count: "" when it runs. */
  readonly skip: "" | "always" | "conditional" | "expected-failure" | "todo";
  readonly only: boolean;
  /** Canonical text of each parameter set; empty where the test is not parametrized. */
  readonly rows: readonly string[];
  readonly rowNodes: readonly CodeNode[];
  readonly params: readonly Param[];
  readonly checks: readonly Check[];
  readonly body: readonly CodeNode[];
  /** A function that tests call, not a test itself. */
  readonly helper: boolean;
}
