import { expect, test } from "vitest";
import type { Component } from "../run.ts";
import { ownerOf } from "./contract-check.ts";

const part = (name: string, task: number, side: Component["side"]): Component => ({
  name,
  task,
  side,
  folders: [name],
});
const missing = (path: string) => ({ side: "server" as const, code: null, closest: null, path });

test("a finding with a place goes to the component whose folder holds it", () => {
  const parts = [part("backend", 1, "server"), part("frontend", 2, "client")];
  const place = { file: "frontend/src/api.js", line: 3 };
  expect(ownerOf({ ...missing("/x"), side: "client", code: place }, { routes: [] }, parts)?.name).toBe("frontend");
});

test("what is missing goes to the only component of its side", () => {
  const parts = [part("frontend", 1, "client"), part("backend", 2, "server")];
  expect(ownerOf(missing("/api/posts/"), { routes: [] }, parts)?.name).toBe("backend");
});

test("of several servers the one has it that the path names, else the one that serves the closest route", () => {
  const parts = [part("posts", 1, "server"), part("comments", 2, "server")];
  expect(ownerOf(missing("/api/posts/{id}/comments/"), { routes: [] }, parts)?.name).toBe("comments");
  const routes = [{ method: "GET", path: "/api/tags/", framework: "FastAPI", file: "comments/tags.py", line: 1 }];
  const closest = { method: "GET", path: "/api/tags/" };
  expect(ownerOf({ ...missing("/api/tags/{id}/"), closest }, { routes }, parts)?.name).toBe("comments");
});
