import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AgentPicture } from "../program.ts";
import { errorsText, picturesMarkdown, picturesPage, placePictures } from "./pictures.ts";

const placed: readonly AgentPicture[] = [
  {
    page: "/cart.html",
    before: { file: "pictures/03/1-before.png", pageErrors: 1, consoleErrors: 2 },
    after: { file: "pictures/03/1-after.png", pageErrors: 0, consoleErrors: 0 },
  },
  { page: "/a|b`<c>", before: null, after: { file: "pictures/03/2-after.png", pageErrors: 0, consoleErrors: 1 } },
];

test("the table of a report links the pictures and counts the errors of both", () => {
  expect(picturesMarkdown(placed)).toBe(
    [
      "| page | before | after |",
      "| --- | --- | --- |",
      "| `/cart.html` | ![/cart.html before](pictures/03/1-before.png)<br>1 page error, 2 console errors | ![/cart.html after](pictures/03/1-after.png)<br>no errors |",
      "| `/a%7Cb%60<c>` | none | ![/a%7Cb%60<c> after](pictures/03/2-after.png)<br>1 console error |",
    ].join("\n"),
  );
});

test("the page of pictures shows both side by side; what a page is called stays text", () => {
  const html = picturesPage("Run <1>", [{ title: "03 Basket & more", pictures: placed }]);
  expect(html).toContain("<h1>Run &lt;1&gt;</h1>");
  expect(html).toContain("<h2>03 Basket &amp; more</h2>");
  expect(html).toContain(
    '<figure><figcaption>before: 1 page error, 2 console errors</figcaption><a href="pictures/03/1-before.png"><img src="pictures/03/1-before.png" alt="/cart.html before"></a></figure>',
  );
  expect(html).toContain("<code>/a|b`&lt;c&gt;</code>");
  expect(html).toContain("<figure><figcaption>before: none</figcaption></figure>");
  expect(html).not.toContain("<c>");
});

test("pictures are copied beside a report, under a name that stays in its folder, and again over themselves", async () => {
  const dir = await mkdtemp(join(tmpdir(), "allot-pictures-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, "1-before.png");
  await writeFile(file, "png");
  const pictures = [{ page: "/", before: { file, pageErrors: 0, consoleErrors: 0 }, after: null }];
  for (let round = 0; round < 2; round += 1) {
    const [first] = await placePictures(pictures, join(dir, "run"), "../03 Basket");
    expect(first).toEqual({
      page: "/",
      before: { file: "pictures/-03-Basket/1-before.png", pageErrors: 0, consoleErrors: 0 },
      after: null,
    });
  }
  expect(await readFile(join(dir, "run/pictures/-03-Basket/1-before.png"), "utf8")).toBe("png");
});

test("no errors are said as such, one and many in their number", () => {
  expect(errorsText({ pageErrors: 0, consoleErrors: 0 })).toBe("no errors");
  expect(errorsText({ pageErrors: 2, consoleErrors: 1 })).toBe("2 page errors, 1 console error");
});
