import { expect, test } from "vitest";
import { mayReach, reachOf, resolverRules } from "./reach.ts";

const nothingElse = reachOf([], undefined);

test.each([
  "http://127.0.0.1:4000/a",
  "http://localhost/",
  "https://shop.localhost:8443/",
  "http://127.9.9.9/",
  "http://[::1]:3000/",
  "ws://localhost:3000/hot",
  "data:text/html,x",
  "blob:http://127.0.0.1:1/x",
  "about:blank",
])("loopback and what is no address on a network is reached: %s", (address) => {
  expect(mayReach(address, nothingElse)).toBe(true);
});

test.each([
  "http://example.com/",
  "https://127.0.0.1.example.com/",
  "http://localhost.example.com/",
  "http://192.168.1.1/",
  "http://0.0.0.0/",
  "http://[::ffff:10.0.0.1]/",
  "wss://example.com/",
  "file:///etc/passwd",
  "chrome://settings",
  "view-source:http://example.com/",
  "ftp://127.0.0.1/",
  "javascript:alert(1)",
  "no address",
])("everything else is not: %s", (address) => {
  expect(mayReach(address, nothingElse)).toBe(false);
});

test("numbers that mean loopback are read as the address they are, others as what they are", () => {
  expect(mayReach("http://2130706433/", nothingElse)).toBe(true);
  expect(mayReach("http://0x7f.1/", nothingElse)).toBe(true);
  expect(mayReach("http://3232235777/", nothingElse)).toBe(false);
});

test("an allowed origin is reached with its scheme and port only, over sockets too", () => {
  const reach = reachOf(
    ["https://cdn.example.com/some/path", "no address", "javascript:1"],
    "http://dev.example.com:3000/app",
  );
  expect(reach.allowed).toEqual(["https://cdn.example.com", "http://dev.example.com:3000"]);
  expect(mayReach("https://cdn.example.com/other.css", reach)).toBe(true);
  expect(mayReach("wss://cdn.example.com/live", reach)).toBe(true);
  expect(mayReach("http://cdn.example.com/other.css", reach)).toBe(false);
  expect(mayReach("http://dev.example.com:3001/", reach)).toBe(false);
  expect(resolverRules(reach)).toBe(
    "MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE *.localhost , EXCLUDE 127.* , EXCLUDE [::1] , EXCLUDE cdn.example.com , EXCLUDE dev.example.com",
  );
});
