/*
 * The stand-in for agent programs: `main.ts claude ARGS` or `main.ts codex ARGS`. A small tool loop that looks from outside like the
 * real one; see install-stand-ins.ts.
 */
import { playClaude } from "./claude.ts";
import { playCodex } from "./codex.ts";

const [name, ...args] = process.argv.slice(2);
process.exitCode = await (name === "claude" ? playClaude(args) : playCodex(args));
