import { registerHooks } from "node:module";

// node --import THIS FILE: "allot" is the source of this repository, as it is the built package after `npm run build`.
const SOURCE = new URL("../../src/index.ts", import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "allot" ? { url: SOURCE, format: "module-typescript", shortCircuit: true } : next(specifier, context),
});
