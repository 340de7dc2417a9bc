import type { ClientProgram } from "../program.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { geminiCli } from "./gemini-cli.ts";
import { opencode } from "./opencode.ts";

/** Every agent program of the kit. */
export const PROGRAMS: readonly ClientProgram[] = [claudeCode, codex, geminiCli, opencode];
