import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A back end, a front end and their contract, which differ in one endpoint on each side. */
export const SHOP: Readonly<Record<string, string>> = {
  "API_CONTRACT.md": `# Shop

| Method | Path |
|--------|------|
| GET | /api/carts |
| POST | /api/carts |
| GET | /api/carts/{cartId}/items |
`,
  "backend/package.json": '{ "dependencies": { "express": "5.0.0" } }\n',
  "backend/server.js": `import express from "express";
const app = express();
const carts = express.Router();
carts.get("/", (request, response) => response.json([]));
carts.post("/", (request, response) => response.json({}));
app.use("/api/carts", carts);
app.listen(3000);
`,
  "frontend/package.json": '{ "dependencies": { "react": "19.0.0" } }\n',
  "frontend/src/api.tsx": `import { useState } from "react";
export const carts = () => fetch("/api/carts");
export const fill = (id) => fetch(\`/api/cart/\${id}/items\`, { method: "PUT" });
`,
};

/** A temporary folder with these files, gone when the test is over; without links in its path. */
export function contractProject(files: Readonly<Record<string, string>> = SHOP): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "allot-contract-")));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}
