import { expect, test } from "vitest";
import { languageOf } from "./language-of.ts";

test.each([
  ["src/a.mts", undefined, "typescript"],
  ["a/B.JSX", undefined, "javascript"],
  ["x.d.ts", undefined, "typescript"],
  ["Makefile", undefined, "text"],
  ["Dockerfile", undefined, "text"],
  ["Rakefile", undefined, "ruby"],
  ["bin/run", "#!/usr/bin/env -S NODE_ENV=x node --flag", "javascript"],
  ["bin/run", "#!/usr/bin/python3.11", "python"],
  ["bin/run", "#! /bin/bash -e", "shell"],
  ["bin/run", "echo", "text"],
  ["notes.txt", "#!/bin/sh", "text"],
  ["constructor", undefined, "text"],
  ["a.constructor", undefined, "text"],
  [".bashrc", undefined, "shell"],
] as const)("%s with the first line %s is %s", (path, firstLine, language) => {
  expect(languageOf(path, firstLine)).toBe(language);
});
