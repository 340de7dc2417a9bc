/**
 * The files of a project as the readers of routes and calls see them: listed once, read on demand, each file parsed at most
 * once whatever asks for it. Nothing outside of `root` is ever read, links included.
 */
export interface SourceTree {
  /** Absolute, with links resolved. */
  readonly root: string;
  /** Relative to the root with "/", sorted; without what git ignores, dependencies, build output and generated files. */
  readonly files: readonly string[];
  /** UTF-8 text; undefined where there is no such file, it is no text, or it is larger than a source file can be. */
  read(path: string): string | undefined;
}
