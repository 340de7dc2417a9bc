import { expect, test } from "vitest";
import { displayWidth } from "../../../foundation/table.ts";
import { sampleCodebase } from "../../../../test/support/sample-codebase.ts";
import { paint } from "../colour.ts";
import { codebaseTree, leftOutText } from "./codebase-tree.ts";
import { listScreen, modulesByWeight } from "./list-screen.ts";
import { mapPage } from "./map-page.ts";
import { mapScreen } from "./map-screen.ts";

const SHOP = sampleCodebase(
  [
    {
      path: "src/main/java/shop/Core.java",
      tokens: 4000,
      score: 0.8,
      critical: true,
      why: "imported by 7 of 9 modules",
    },
    { path: "src/main/java/shop/Cart.java", tokens: 900, score: 0.2 },
    { path: "src/main/java/shop/pay/Pay.java", tokens: 2500, score: 0.4, entry: "func main" },
    { path: "README.md", tokens: 300 },
  ],
  [
    { path: "dist/a.min.js", bytes: 90_000, reason: "minified", detail: "a line of 40,000 characters" },
    { path: "package-lock.json", bytes: 200_000, reason: "lock-file", detail: "by its name" },
    { path: "yarn.lock", bytes: 10, reason: "lock-file", detail: "by its name" },
  ],
);
const PLAIN = paint(false);

test("the tree sums tokens and files, draws single folders together, and stands by weight", () => {
  const tree = codebaseTree(SHOP);
  expect([tree.tokens, tree.files, tree.score, tree.isCritical]).toEqual([7700, 4, 0.8, true]);
  expect(tree.children?.map(({ name, tokens, files }) => [name, tokens, files])).toEqual([
    ["src/main/java/shop", 7400, 3],
    ["README.md", 300, 1],
  ]);
  expect(tree.children?.[0]?.children?.map(({ name }) => name)).toEqual(["pay", "Core.java", "Cart.java"]);
  expect(tree.children?.[0]?.children?.[1]?.module).toBe("src.main.java.shop.Core");
});

test("what was left out is counted by reason, most bytes first", () => {
  expect(leftOutText(SHOP.leftOut)).toBe("2 lock-file, 1 minified");
});

test("the map shows tokens, criticality and where programs start", () => {
  expect(mapScreen(SHOP, { paint: PLAIN, columns: 100, most: 80 }).split("\n")).toEqual([
    "/repo/shop",
    "4 files, 7,700 tokens, 3 modules, 1 of them critical",
    "",
    "                     tokens  criticality",
    "src/main/java/shop/   7,400  ██████ 0.80  3 files",
    "  pay/                2,500  ███░░░ 0.40  1 file",
    "    Pay.java          2,500  ███░░░ 0.40  starts here: func main",
    "  Core.java           4,000  ██████ 0.80  critical",
    "  Cart.java             900  █▌░░░░ 0.20",
    "README.md               300",
    "",
    "Left out: 2 lock-file, 1 minified. --json names each with its reason.",
    "",
  ]);
});

test("a map that is too long keeps light folders shut, and a full folder's rest in one line", () => {
  const files = Array.from({ length: 200 }, (_, index) => ({
    path: index < 150 ? `big/f${index}.ts` : `small/f${index}.ts`,
    tokens: 10 + index,
    score: 0.1,
  }));
  const lines = mapScreen(sampleCodebase(files), { paint: PLAIN, columns: 80, most: 20 }).split("\n");
  expect(lines.length).toBeLessThanOrEqual(26);
  expect(lines.some((line) => line.includes("… 139 more"))).toBe(true);
});

test("modules stand in the order of what depends on them; only critical ones where asked", () => {
  expect(modulesByWeight(SHOP, false).map(({ name }) => name)).toEqual([
    "src.main.java.shop.Core",
    "src.main.java.shop.pay.Pay",
    "src.main.java.shop.Cart",
  ]);
  expect(modulesByWeight(SHOP, true)).toHaveLength(1);
});

test("the list fits the screen and says what made each score", () => {
  const wide = listScreen(SHOP, modulesByWeight(SHOP, false), { paint: PLAIN, columns: 130 });
  expect(wide).toContain("imported by 7 of 9 modules");
  expect(wide).not.toContain("never changed");
  const narrow = listScreen(SHOP, modulesByWeight(SHOP, false), { paint: PLAIN, columns: 60 });
  expect(Math.max(...narrow.split("\n").map(displayWidth))).toBeLessThanOrEqual(60);
});

test("the page loads nothing, escapes every name, and is the same for the same facts", () => {
  const odd = sampleCodebase([{ path: "a</script><img src=x onerror=alert(1)>&.ts", tokens: 5, score: 0.3 }]);
  const page = mapPage(odd, `<b>"odd"</b>`);
  expect(page).not.toMatch(/<img|<b>"odd"/);
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page).not.toMatch(/https?:\/\//);
  expect(mapPage(odd, `<b>"odd"</b>`)).toBe(page);
  const data = /<script id="tree" type="application\/json">(.*)<\/script>/.exec(page)?.[1] ?? "";
  expect(JSON.parse(data)).toEqual({
    n: "",
    t: 5,
    s: 0.3,
    f: 1,
    k: [
      { n: "script><img src=x onerror=alert(1)>&.ts", t: 5, s: 0.3, m: expect.any(String), w: expect.any(String) },
    ].map((file) => ({ n: "a<", t: 5, s: 0.3, f: 1, k: [file] })),
  });
});
