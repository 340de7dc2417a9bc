import { commandsPage } from "./commands-page.ts";
import { configPage } from "./config-page.ts";
import { errorsPage } from "./errors-page.ts";
import { figuresPage } from "./figures-page.ts";
import { modelsPage } from "./models-page.ts";

/** The pages that are made from code, by path from the repository's root. */
export const PAGES: Readonly<Record<string, () => string>> = {
  "docs/commands.md": commandsPage,
  "docs/config.md": configPage,
  "docs/errors.md": errorsPage,
  "docs/figures.md": figuresPage,
  "docs/models.md": modelsPage,
};
