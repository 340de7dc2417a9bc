import type { Language } from "./languages.ts";

const BY_EXTENSION: Readonly<Record<string, Language>> = {
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  es6: "javascript",
  vue: "javascript",
  svelte: "javascript",
  astro: "javascript",
  ts: "typescript",
  mts: "typescript",
  cts: "typescript",
  tsx: "typescript",
  py: "python",
  pyi: "python",
  pyw: "python",
  go: "go",
  java: "java",
  rs: "rust",
  rb: "ruby",
  rake: "ruby",
  gemspec: "ruby",
  ru: "ruby",
  php: "php",
  phtml: "php",
  php5: "php",
  inc: "php",
  c: "c",
  h: "c",
  cc: "cpp",
  cpp: "cpp",
  cxx: "cpp",
  "c++": "cpp",
  hh: "cpp",
  hpp: "cpp",
  hxx: "cpp",
  "h++": "cpp",
  ipp: "cpp",
  inl: "cpp",
  tpp: "cpp",
  cu: "cpp",
  cuh: "cpp",
  cs: "csharp",
  csx: "csharp",
  sh: "shell",
  bash: "shell",
  zsh: "shell",
  ksh: "shell",
  bats: "shell",
  css: "css",
  scss: "css",
  less: "css",
  html: "html",
  htm: "html",
  xhtml: "html",
  md: "markdown",
  markdown: "markdown",
  mdx: "markdown",
  mdown: "markdown",
  json: "json",
  jsonc: "json",
  json5: "json",
  geojson: "json",
  webmanifest: "json",
  ipynb: "json",
  yaml: "yaml",
  yml: "yaml",
  toml: "toml",
  sql: "sql",
};

const BY_NAME: Readonly<Record<string, Language>> = {
  Rakefile: "ruby",
  Gemfile: "ruby",
  Guardfile: "ruby",
  Vagrantfile: "ruby",
  Podfile: "ruby",
  Fastfile: "ruby",
  Jakefile: "javascript",
  SConstruct: "python",
  SConscript: "python",
  wscript: "python",
  Pipfile: "toml",
  "Cargo.lock": "toml",
  "poetry.lock": "toml",
  "composer.lock": "json",
  "Pipfile.lock": "json",
  ".babelrc": "json",
  ".eslintrc": "json",
  ".prettierrc": "json",
  ".swcrc": "json",
  ".bashrc": "shell",
  ".bash_profile": "shell",
  ".profile": "shell",
  ".zshrc": "shell",
  ".envrc": "shell",
  PKGBUILD: "shell",
};

const BY_INTERPRETER: readonly (readonly [RegExp, Language])[] = [
  [/^python[\d.]*$|^pypy[\d.]*$/, "python"],
  [/^(ba|z|k|da|a)?sh$|^bats$/, "shell"],
  [/^(ts-node|tsx)$/, "typescript"],
  [/^(node|nodejs|bun|deno|zx)$/, "javascript"],
  [/^ruby[\d.]*$|^rake$/, "ruby"],
  [/^php[\d.]*$/, "php"],
];

/**
 * The language of a file, by its extension, else by its name, else by the interpreter that its first line names
 * ("#!/usr/bin/env python3"). "text" where none of these tells. Pure.
 */
export function languageOf(path: string, firstLine?: string): Language {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const named = own(BY_NAME, name);
  if (named !== undefined) return named;
  const dot = name.lastIndexOf(".");
  const extension = dot >= 0 ? name.slice(dot + 1).toLowerCase() : "";
  const known = extension === "" ? undefined : own(BY_EXTENSION, extension);
  if (known !== undefined) return known;
  // A name with another extension is what it says; a shebang counts only for programs without one.
  if (dot > 0 || firstLine === undefined) return "text";
  return byShebang(firstLine) ?? "text";
}

function byShebang(line: string): Language | undefined {
  const found = /^(?:\uFEFF)?#!\s*(\S+)([^\n\r]*)/.exec(line);
  if (found === null) return undefined;
  const words = [found[1] ?? "", ...(found[2] ?? "").trim().split(/\s+/)];
  const names = words.map((word) => word.slice(word.lastIndexOf("/") + 1));
  // env may be given options and variables before the program: "env -S FOO=1 node --flag".
  const program = names[0] === "env" ? names.slice(1).find((name) => !/^-|=|^$/.test(name)) : names[0];
  return BY_INTERPRETER.find(([pattern]) => program !== undefined && pattern.test(program))?.[1];
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
