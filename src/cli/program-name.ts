/** What a person types to call allot again: where it was started by `npm start`, there is no `allot` on the path. */
export function programName(env: Readonly<Record<string, string | undefined>>): string {
  return env["npm_lifecycle_event"] === "start" && env["npm_package_name"] === "allot" ? "npm start --" : "allot";
}
