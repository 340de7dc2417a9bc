import { join } from "node:path";
import { openApp } from "../../app/app.ts";
import { AllotError } from "../../foundation/errors.ts";
import { alignRows } from "../../foundation/table.ts";
import { readPlan } from "../../runs/plan/plan-folder.ts";
import { listTemplates, saveTemplate } from "../../runs/templates/templates.ts";
import type { Command } from "../command.ts";
import { loadCommandConfig } from "../load-command-config.ts";

/** `allot templates`: plans that recur; with `--save NAME` and a run's id, keeps that run's plan as one. */
export const templatesCommand: Command = {
  name: "templates",
  summary: "plans that recur: lists them, or keeps a run's plan as one",
  positionals: "[ID]",
  options: ["repo", "save", "db", "json"],
  examples: [
    { command: "allot templates", shows: "the built-in ones (the five goals that pay), the project's, yours" },
    {
      command: "allot templates 20261121-143002-7kq2 --save split-agents",
      shows: "keeps that run's plan in .allot/templates",
    },
    { command: 'allot run "..." --template split-agents', shows: "starts from a template instead of planning anew" },
  ],
  async run(input, io) {
    const config = loadCommandConfig(input, io);
    const { repo, home, save, json } = config.settings;
    const [id] = input.positionals;
    if (save !== null) {
      if (id === undefined)
        throw new AllotError("usage", "allot templates --save NAME needs the id of the run whose plan is kept");
      await using app = await openApp(config, io.env);
      const { spec } = await app.runs.get(id);
      const { plan } = await readPlan(join(spec.repo, ".allot", "runs", spec.id));
      const place = await saveTemplate(plan, save, { dir: join(spec.repo, ".allot", "templates") });
      io.stdout.write(json ? `${JSON.stringify({ template: save, place })}\n` : `kept as ${place}\n`);
      return 0;
    }
    const templates = await listTemplates({ repo, userDir: join(home, "templates") });
    if (json) io.stdout.write(`${JSON.stringify({ templates })}\n`);
    else {
      const rows = templates.map(({ name, source, title, parameters }) => [
        name,
        source,
        title,
        parameters.map(({ name: parameter }) => parameter).join(", "),
      ]);
      io.stdout.write(`${alignRows([["template", "from", "what it plans", "parameters"], ...rows]).join("\n")}\n`);
    }
    return 0;
  },
};
