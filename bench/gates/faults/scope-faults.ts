import { isPython, withFile, type Fault, type Ground } from "./fault.ts";

const otherSource = (ground: Ground): string | undefined =>
  ground.random
    .shuffled([...ground.project.base.keys()])
    .find(
      (path) =>
        /\.(?:py|ts|js)$/.test(path) &&
        !/test|scripts|__init__|conftest/.test(path) &&
        !ground.task.markdown.includes(path),
    );

/** Edits that nobody asked for, on top of good work. */
export const SCOPE_FAULTS: readonly Fault[] = [
  {
    kind: "out-of-scope",
    name: "readme",
    make: ({ good, task }) =>
      task.markdown.includes("README.md")
        ? undefined
        : { files: withFile(good, "README.md", (text) => `${text}\nNow with more features.\n`) },
  },
  {
    kind: "out-of-scope",
    name: "helper-file",
    make: (ground) => {
      const path = isPython(ground)
        ? `${ground.task.subject.path.split("/")[0] ?? "src"}/helpers.py`
        : "src/helpers.ts";
      return {
        files: new Map(ground.good).set(
          path,
          isPython(ground)
            ? "def identity(value):\n    return value\n"
            : "export const identity = <T>(value: T): T => value;\n",
        ),
      };
    },
  },
  {
    kind: "out-of-scope",
    name: "other-module",
    make: (ground) => {
      const path = otherSource(ground);
      return path === undefined
        ? undefined
        : {
            files: withFile(ground.good, path, (text) =>
              text.replace(/\b(line|row|name|total|item|entry)\b/g, "$1_").replace("\n\n\n", "\n\n"),
            ),
          };
    },
  },
  {
    kind: "out-of-scope",
    name: "reformatted-module",
    make: (ground) => {
      const path = otherSource(ground);
      return path === undefined
        ? undefined
        : { files: withFile(ground.good, path, (text) => text.replaceAll('"', "'").replaceAll(/\n\n+/g, "\n\n")) };
    },
  },
  {
    kind: "out-of-scope",
    name: "deleted-document",
    make: ({ good }) => {
      const files = new Map(good);
      const path = [...files.keys()].find((each) => each.endsWith(".md"));
      if (path === undefined) return undefined;
      files.delete(path);
      return { files };
    },
  },
  {
    kind: "out-of-scope",
    name: "renamed-module",
    make: (ground) => {
      const path = otherSource(ground);
      if (path === undefined) return undefined;
      const files = new Map(ground.good);
      files.delete(path);
      files.set(path.replace(/\.(\w+)$/, "_core.$1"), ground.good.get(path) ?? "");
      return { files };
    },
  },
  {
    kind: "out-of-scope",
    name: "executable",
    make: ({ good, task }) => ({ files: good, modes: new Map([[task.subject.path, "100755"]]) }),
  },
  {
    kind: "out-of-scope",
    name: "link-out",
    make: ({ good, task }) => ({
      files: new Map(good).set(task.subject.path.replace(/[^/]+$/, "shared"), "/etc"),
      modes: new Map([[task.subject.path.replace(/[^/]+$/, "shared"), "120000"]]),
    }),
  },
  {
    kind: "out-of-scope",
    name: "left-overs",
    make: ({ good }) => ({ files: new Map(good).set("debug.log", "start\nend\n").set("notes.txt", "done\n") }),
  },
  {
    kind: "out-of-scope",
    name: "ignore-file",
    make: ({ good }) => ({ files: new Map(good).set(".gitattributes", "*.py -diff\n") }),
  },
  {
    kind: "out-of-scope",
    name: "backup-copy",
    make: ({ good, task, project }) => ({
      files: new Map(good).set(`${task.subject.path}.orig`, project.base.get(task.subject.path) ?? "old\n"),
    }),
  },
  {
    kind: "out-of-scope",
    name: "dependency",
    make: (ground) =>
      isPython(ground)
        ? { files: new Map(ground.good).set("requirements.txt", "python-slugify==8.0\n") }
        : {
            files: withFile(ground.good, "package.json", (text) =>
              text.replace('"private": true,', '"private": true,\n  "dependencies": { "lodash": "^4.17.21" },'),
            ),
          },
  },
];

/** Nothing done, or nothing that counts. */
export const EMPTY_FAULTS: readonly Fault[] = [
  { kind: "empty", name: "nothing", make: ({ project }) => ({ files: project.base }) },
  {
    kind: "empty",
    name: "whitespace",
    make: ({ project, task }) => ({
      files: withFile(project.base, task.subject.path, (text) => `${text.replaceAll("\n\n", "\n\n\n")}\n`),
    }),
  },
  {
    kind: "empty",
    name: "comments",
    make: (ground) => ({
      files: withFile(ground.project.base, ground.task.subject.path, (text) =>
        isPython(ground)
          ? `${text}\n# Reviewed: handles all the cases of the task.\n`
          : `${text}\n// Reviewed: handles all the cases of the task.\n`,
      ),
    }),
  },
  {
    kind: "empty",
    name: "docstring",
    make: (ground) => {
      if (!isPython(ground) || !ground.project.base.has(ground.task.subject.path)) return undefined;
      return {
        files: withFile(ground.project.base, ground.task.subject.path, (text) =>
          text.replace(/"""(.+?)"""/, '"""$1 Updated as the task describes."""'),
        ),
      };
    },
  },
  {
    kind: "empty",
    name: "trailing-blanks",
    make: ({ project, task }) => ({
      files: withFile(project.base, task.subject.path, (text) => text.replaceAll(/([;:,{])\n/g, "$1 \n")),
    }),
  },
  {
    kind: "empty",
    name: "import-order",
    make: ({ project, task }) => {
      const text = project.base.get(task.subject.path);
      if (text === undefined) return undefined;
      return { files: withFile(project.base, task.subject.path, () => text.replace(/\n\n/, "\n\n\n\n")) };
    },
  },
];
