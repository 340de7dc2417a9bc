import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { Script } from "./script.ts";
import { openScriptedProvider } from "./scripted-provider.ts";

// node test/support/scripted-provider/main.ts --port N --script FILE [--models a,b]
// FILE exports a Script as its default. Serves until it is told to stop; GET /__served lists what was served.
const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, script: { type: "string" }, models: { type: "string" } },
});
if (values.script === undefined)
  throw new Error("--script FILE is needed: a module whose default export is the script");
const module = (await import(pathToFileURL(resolve(values.script)).href)) as { default: Script };
const provider = await openScriptedProvider({
  script: module.default,
  port: Number(values.port),
  ...(values.models === undefined ? {} : { models: values.models.split(",") }),
});
process.stdout.write(`${JSON.stringify({ url: provider.url, urls: provider.urls, pid: process.pid })}\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    provider.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
