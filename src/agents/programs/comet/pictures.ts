import { copyFile, mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { AgentPicture, PageView } from "../program.ts";

/**
 * Copies the PNGs to `DIR/pictures/NAME/` and answers the same pictures with `file` relative to DIR, with forward slashes:
 * as a report beside them names them. Can be done again. Throws what copying throws.
 */
export async function placePictures(
  pictures: readonly AgentPicture[],
  dir: string,
  name: string,
): Promise<readonly AgentPicture[]> {
  const folder = name.replaceAll(/[^\w.-]+/g, "-").replace(/^\.+/, "");
  await mkdir(join(dir, "pictures", folder), { recursive: true });
  const place = async (view: PageView | null): Promise<PageView | null> => {
    if (view === null) return null;
    const file = `pictures/${folder}/${basename(view.file)}`;
    await copyFile(view.file, join(dir, file));
    return { ...view, file };
  };
  return Promise.all(
    pictures.map(async (picture) => ({
      ...picture,
      before: await place(picture.before),
      after: await place(picture.after),
    })),
  );
}

/** A table for a report in Markdown: each page before and after, with its errors. The files are named as they are. Pure. */
export function picturesMarkdown(pictures: readonly AgentPicture[]): string {
  const rows = pictures.map(({ page, before, after }) => {
    const name = page.replaceAll(/[|`\\\r\n\t]/g, (character) => encodeURIComponent(character));
    return `| \`${name}\` | ${cellOf(before, `${name} before`)} | ${cellOf(after, `${name} after`)} |`;
  });
  return ["| page | before | after |", "| --- | --- | --- |", ...rows].join("\n");
}

function cellOf(view: PageView | null, label: string): string {
  if (view === null) return "none";
  return `![${label.replaceAll(/[[\]]/g, "")}](${encodeURI(view.file)})<br>${errorsText(view)}`;
}

/** "no errors", "1 page error, 2 console errors". Pure. */
export function errorsText({ pageErrors, consoleErrors }: Pick<PageView, "pageErrors" | "consoleErrors">): string {
  const parts = [
    ...(pageErrors === 0 ? [] : [`${pageErrors} page error${pageErrors === 1 ? "" : "s"}`]),
    ...(consoleErrors === 0 ? [] : [`${consoleErrors} console error${consoleErrors === 1 ? "" : "s"}`]),
  ];
  return parts.length === 0 ? "no errors" : parts.join(", ");
}

/** One piece of work on the page of pictures. */
export interface PictureSection {
  readonly title: string;
  readonly pictures: readonly AgentPicture[];
}

/** A page that shows before and after side by side; needs nothing but the PNGs beside it. Pure. */
export function picturesPage(title: string, sections: readonly PictureSection[]): string {
  const body = sections.map(
    ({ title: name, pictures }) => `<h2>${escaped(name)}</h2>\n${pictures.map(pairOf).join("\n")}`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 96rem; padding: 0 1rem; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; align-items: start; }
figure { margin: 0; }
figcaption { padding: .25rem 0; }
img { width: 100%; border: 1px solid color-mix(in srgb, currentColor 30%, transparent); }
@media (max-width: 50rem) { .pair { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body.join("\n")}
</body>
</html>
`;
}

function pairOf({ page, before, after }: AgentPicture): string {
  return `<section>
<h3><code>${escaped(page)}</code></h3>
<div class="pair">
${figureOf(before, "before", page)}
${figureOf(after, "after", page)}
</div>
</section>`;
}

function figureOf(view: PageView | null, when: string, page: string): string {
  if (view === null) return `<figure><figcaption>${when}: none</figcaption></figure>`;
  const source = escaped(encodeURI(view.file));
  return `<figure><figcaption>${when}: ${errorsText(view)}</figcaption><a href="${source}"><img src="${source}" alt="${escaped(`${page} ${when}`)}"></a></figure>`;
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
