import { expect, test } from "vitest";
import { readClientProject } from "../../../test/support/client-tree.ts";

test("fetch: the method out of its options, the query cut off, dynamic parts as they stand", () => {
  const { calls } = readClientProject({
    "api.ts": `
      export const list = (page: number) => fetch(\`/api/teams?page=\${page}\`);
      export const one = (id: string) => fetch("/api/teams/" + id);
      export const rename = (team: { id: string }) => fetch(\`/api/teams/\${team.id}/name\`, { headers: {}, method: "put" });
      export const search = (query: string) => window.fetch(\`/api/search\${query}\`);
      export const drop = (id: string) => fetch(new Request(\`/api/teams/\${id}\`, { method: "DELETE" }));
    `,
  });
  expect(calls).toEqual([
    "GET /api/teams",
    "GET /api/teams/{}",
    "PUT /api/teams/{}/name",
    "GET /api/search",
    "DELETE /api/teams/{}",
  ]);
});

test("axios: instances with a base address, also from another file, and every way to ask", () => {
  const { calls } = readClientProject({
    "http.ts": `
      import axios from "axios";
      export const http = axios.create({ baseURL: \`\${import.meta.env.VITE_HOST}/v2/\` });
    `,
    "users.ts": `
      import axios from "axios";
      import { http } from "./http";
      http.get("users");
      http.post("/users", {});
      http.request({ url: "/users/" + id, method: "patch" });
      http({ url: "/health" });
      axios.delete("/v2/users/1", { baseURL: "https://localhost:3000" });
      axios("/v2/ping", { method: "HEAD" });
    `,
  });
  expect(calls).toEqual([
    "GET /v2/users",
    "POST /v2/users",
    "PATCH /v2/users/{}",
    "GET /v2/health",
    "DELETE /v2/users/1",
    "HEAD /v2/ping",
  ]);
});

test("a base address that is set on the library later counts everywhere", () => {
  const { calls } = readClientProject({
    "main.ts": `import axios from "axios";\naxios.defaults.baseURL = "/api/v3";\n`,
    "teams.ts": `import axios from "axios";\nexport const teams = () => axios.get("/teams");\n`,
  });
  expect(calls).toEqual(["GET /api/v3/teams"]);
});

test("ky, ofetch, openapi-fetch and its hooks", () => {
  const { calls } = readClientProject({
    "api.ts": `
      import ky from "ky";
      import { ofetch } from "ofetch";
      import createClient from "openapi-fetch";
      import createHooks from "openapi-react-query";
      const api = ky.create({ prefixUrl: "/api" }).extend({ retry: 2 });
      api.post("teams").json();
      api("teams/1", { method: "delete" });
      ofetch("/api/teams/2", { method: "PATCH" });
      const client = createClient({ baseUrl: "https://localhost/api" });
      client.PUT("/teams/{teamId}/logo", {});
      createHooks(client).useMutation("post", "/teams/{teamId}/members");
    `,
  });
  expect(calls).toEqual([
    "POST /api/teams",
    "DELETE /api/teams/1",
    "PATCH /api/teams/2",
    "PUT /api/teams/{}/logo",
    "POST /api/teams/{}/members",
  ]);
});

test("SWR: a key is an address by itself, or what its fetcher makes of it; a name is no address", () => {
  const { calls, unresolved } = readClientProject({
    "hooks.ts": `
      import useSWR from "swr";
      import axios from "axios";
      const http = axios.create({ baseURL: "/v1" });
      const load = (path: string) => http.get(path).then((answer) => answer.data);
      export const useTeams = (ready: boolean) => useSWR(ready ? "teams" : null, load);
      export const useTeam = (id: string) => useSWR(["/plain/" + id, id]);
      export const useMe = () => useSWR("me", () => fetch("/v1/me"));
    `,
  });
  expect(calls).toEqual(["GET /v1/teams", "GET /plain/{}", "GET /v1/me"]);
  expect(unresolved).toEqual([]);
});

test("a fetcher that all of SWR is configured with says what keys mean", () => {
  const { calls, unresolved } = readClientProject({
    "app.tsx": `
      import { SWRConfig } from "swr";
      export const App = () => <SWRConfig value={{ fetcher: (key: string) => fetch("/api/" + key) }}><Teams /></SWRConfig>;
    `,
    "teams.tsx": `import useSWR from "swr";\nexport const Teams = () => <p>{useSWR("teams").data}</p>;\n`,
  });
  expect(calls).toEqual(["GET /api/teams"]);
  expect(unresolved).toEqual([]);
});

test("functions that wrap a request are followed to their callers, through files and through each other", () => {
  const { places, unresolved } = readClientProject({
    "request.ts": `
      const BASE = "/api";
      export default async function request(path: string, options: RequestInit = {}) {
        return fetch(BASE + path, { credentials: "include", ...options });
      }
      export const post = (path: string, body: unknown) => request(path, { method: "POST", body });
    `,
    "teams.ts": `
      import ask, { post as send } from "./request";
      export const teams = () => ask("/teams");
      export const join = (id: string) => send(\`/teams/\${id}/members\`, {});
    `,
  });
  expect(places).toEqual(["GET /api/teams teams.ts:3", "POST /api/teams/{}/members teams.ts:4"]);
  expect(unresolved).toEqual([]);
});

test("classes that wrap requests: bases out of constructors, methods of the class above", () => {
  const { calls } = readClientProject({
    "client.ts": `
      export class Client {
        constructor(private readonly base: string) {}
        health() { return fetch(this.base + "/health"); }
        protected send(method: string, path: string) { return fetch(this.base + path, { method }); }
        get(path: string) { return this.send("GET", path); }
      }
      export class TeamClient extends Client {
        remove(id: string) { return this.send("DELETE", \`/teams/\${id}\`); }
      }
    `,
    "app.ts": `
      import { TeamClient } from "./client";
      const teams = new TeamClient("/v9");
      teams.get("/teams");
      teams.remove("1");
    `,
  });
  expect(calls).toEqual(["GET /v9/teams", "GET /v9/health", "DELETE /v9/teams/{}"]);
});

test("a wrapper's branches are taken as its caller would take them", () => {
  const { calls } = readClientProject({
    "api.ts": `
      import axios from "axios";
      function send(method: string, path: string) {
        if (method === "GET") return axios.get(path);
        return axios.post(path);
      }
      send("GET", "/a");
      send("POST", "/b");
    `,
  });
  expect(calls).toEqual(["GET /a", "POST /b"]);
});

test("functions that come out of hooks and contexts are the ones their providers hold", () => {
  const { calls } = readClientProject({
    "auth.tsx": `
      import { createContext, useCallback, useContext } from "react";
      const Auth = createContext({ call: async (url: string) => {} });
      export const useAuth = () => useContext(Auth);
      export function AuthProvider({ children }) {
        const call = useCallback((url: string, init = {}) => fetch("/api" + url, init), []);
        return <Auth.Provider value={{ call }}>{children}</Auth.Provider>;
      }
    `,
    "teams.tsx": `
      import { useAuth } from "./auth";
      export function Teams() {
        const { call } = useAuth();
        return <button onClick={() => call("/teams", { method: "POST" })} />;
      }
    `,
  });
  expect(calls).toEqual(["POST /api/teams"]);
});

test("Angular's client is known by the type of a parameter and by its injector", () => {
  const { calls } = readClientProject({
    "team.service.ts": `
      import { HttpClient } from "@angular/common/http";
      import { inject } from "@angular/core";
      export class TeamService {
        private readonly other = inject(HttpClient);
        constructor(private http: HttpClient) {}
        all() { return this.http.get<Team[]>("/api/teams"); }
        drop(id: string) { return this.other.delete(\`/api/teams/\${id}\`); }
      }
    `,
  });
  expect(calls).toEqual(["GET /api/teams", "DELETE /api/teams/{}"]);
});

test("a component of Vue is read by its script, with lines as they stand", () => {
  const { places } = readClientProject({
    "Teams.vue": `<template><p /></template>\n<script setup lang="ts">\nawait fetch("/api/teams");\n</script>\n`,
  });
  expect(places).toEqual(["GET /api/teams Teams.vue:3"]);
});

test("what a condition chooses in a path is each choice, and a dynamic part", () => {
  const { calls } = readClientProject({
    "api.ts": 'export const turn = (on: boolean) => fetch(`/plugin/1/${on ? "enable" : "disable"}`);\n',
  });
  expect(calls.toSorted()).toEqual(["GET /plugin/1/disable", "GET /plugin/1/enable", "GET /plugin/1/{}"]);
});

test("one condition that chooses method and path chooses them together", () => {
  const { calls } = readClientProject({
    "api.ts": `
      import axios from "axios";
      export function save(id?: string) {
        const send = id ? axios.put : axios.post;
        return send(id ? \`/teams/\${id}\` : "/teams", {});
      }
    `,
  });
  expect(calls).toEqual(["POST /teams", "PUT /teams/{}"]);
});

test("an address that nobody in the code knows is unresolved, once", () => {
  const { calls, unresolved } = readClientProject({
    "api.ts": `export const any = (path: string) => fetch(path);\nexport const env = () => fetch(import.meta.env.VITE_HOOK);\n`,
  });
  expect(calls).toEqual([]);
  expect(unresolved).toEqual(["api.ts:1", "api.ts:2"]);
});

test("tests, comments, look-alikes and generated clients make no calls", () => {
  const { calls, unresolved } = readClientProject({
    "api.test.ts": 'fetch("/only/in/a/test");\n',
    "cypress/e2e/login.ts": 'fetch("/only/in/cypress");\n',
    "sdk.ts": '// This file is auto-generated by a tool\nfetch("/generated");\n',
    "map.ts": 'const cache = new Map(); cache.get("/not/a/call"); // fetch("/commented")\n',
    "own.ts": 'const fetch = (path: string) => path; fetch("/not/the/real/one");\n',
  });
  expect(calls).toEqual([]);
  expect(unresolved).toEqual([]);
});

test("an address with a host is the client's own where its path begins as the others do", () => {
  const { calls } = readClientProject({
    "api.ts": `
      fetch("/api/v1/teams");
      fetch("/api/v1/users");
      fetch("https://shop.example.com/api/v1/tags");
      fetch("https://weather.example.org/v2/today");
    `,
  });
  expect(calls).toEqual([
    "GET /api/v1/teams",
    "GET /api/v1/users",
    "GET /api/v1/tags",
    "GET https://weather.example.org/v2/today",
  ]);
});

test("what a factory makes asks for what its callers named", () => {
  const { places } = readClientProject({
    "crud.ts": `
      import ky from "ky";
      const api = ky.extend({ prefixUrl: "/api" });
      export const crud = (resource: string) => ({ list: () => api.get(resource), one: (id: string) => api.get(\`\${resource}/\${id}\`) });
    `,
    "cats.ts": `import { crud } from "./crud";\nexport const cats = crud("cats");\n`,
  });
  expect(places).toEqual(["GET /api/cats cats.ts:2", "GET /api/cats/{} cats.ts:2"]);
});

test("a component that is given an address asks for it", () => {
  const { places } = readClientProject({
    "table.tsx": `
      import useSWR from "swr";
      const load = (url: string) => fetch(url).then((answer) => answer.json());
      export const Table = ({ endpoint }) => <p>{useSWR(\`\${endpoint}?limit=1\`, load).data}</p>;
    `,
    "page.tsx": `import { Table } from "./table";\nexport const Page = () => <Table endpoint="/api/cats" />;\n`,
  });
  expect(places).toEqual(["GET /api/cats page.tsx:2"]);
});

test("a variable that is added to on one way is both addresses", () => {
  const { calls } = readClientProject({
    "api.ts": `
      export function late(id?: string) {
        let url = "/api/late";
        if (id) url += \`/\${id}\`;
        return fetch(url);
      }
    `,
  });
  expect(calls.toSorted()).toEqual(["GET /api/late", "GET /api/late/{}"]);
});

test("a method that only a parameter's type tells is each that it allows", () => {
  const { calls } = readClientProject({
    "api.ts": `export const save = (method: "PUT" | "POST") => fetch("/api/teams", { method });\n`,
  });
  expect(calls).toEqual(["POST /api/teams", "PUT /api/teams"]);
});
