const TEST_NAME = /[._-](?:test|spec|e2e-spec|e2e|stories|bench)\.[cm]?[jt]sx?$|(?:^|\/)__(?:tests|mocks|fixtures)__\//;
const TEST_FOLDER = /(?:^|\/)(?:tests?|e2e|cypress|spec|testing|benchmarks?)\//;
/** Where a folder's name is a part of a path, "test" may be one. */
const ROUTE_FOLDER = /(?:^|\/)(?:app\/(?:.*\/)?route|pages\/api\/.*)\.[cm]?[jt]sx?$/;

/** What tests register is served to nobody. Folders above those that were asked for say nothing. Pure. */
export function isTestFile(path: string, folders: readonly string[]): boolean {
  const plain = folders.map((folder) => folder.replace(/^\.\/?/, "").replace(/\/+$/, ""));
  const home = plain
    .filter((folder) => folder !== "" && path.startsWith(`${folder}/`))
    .toSorted((one, other) => other.length - one.length)[0];
  const below = home === undefined ? path : path.slice(home.length + 1);
  return TEST_NAME.test(below) || (TEST_FOLDER.test(below) && !ROUTE_FOLDER.test(path));
}
