import type { Plan } from "../plan/plan.ts";

/** One blank of a template. */
export interface TemplateParameter {
  readonly name: string;
  /** file: one path. files: paths or patterns, separated by commas. text: words. */
  readonly kind: "file" | "files" | "text";
  readonly doc: string;
  /** Absent: it has to be given. */
  readonly default?: string;
}

/** What a list of templates says about one. */
export interface TemplateInfo {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Where it comes from; a nearer one hides those of the same name further away. */
  readonly source: "project" | "user" | "built-in";
  readonly parameters: readonly TemplateParameter[];
}

/** Values of the parameters; a list of files is resolved to paths. */
export interface TemplateValues {
  text(name: string): string;
  files(name: string): readonly string[];
}

/** The tree that a template is filled in for. */
export interface TemplateTree {
  readonly root: string;
  readonly files: readonly string[];
  read(path: string): string | undefined;
}

/** A template of allot's own: a plan made by a program. */
export interface BuiltInTemplate extends Omit<TemplateInfo, "source"> {
  build(goal: string, values: TemplateValues, tree: TemplateTree): Promise<Plan>;
}
