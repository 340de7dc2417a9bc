import { expect, test } from "vitest";
import { withTree } from "../../../test/support/script-servers.ts";
import { given } from "./builtins/globals.ts";
import { openScripts } from "./scripts.ts";
import { text, type Value } from "./values.ts";
import { visitCalls, visitCallsOf } from "./visit-calls.ts";

function parts(value: Value | undefined): unknown {
  if (value?.kind !== "text") return value?.kind;
  return value.parts.map((part) =>
    typeof part === "string"
      ? part
      : part.kind === "unknown" && part.why.kind === "parameter"
        ? part.why.path.concat(part.name)
        : part.kind,
  );
}

const isFetch = (callee: Value): boolean =>
  callee.kind === "foreign" && callee.package === "" && callee.steps.length === 1;

test("calls are seen in functions that nobody calls, with parameters that name where they come from", async () => {
  const seen = await withTree(
    {
      "a.vue":
        '<template><b @click="go" /></template>\n<script setup lang="ts">\nconst BASE = "/api";\nfunction go({ id }: { id: string }) {\n  return fetch(`${BASE}/x/${id}`);\n}\n</script>\n',
    },
    (tree) => {
      const found: unknown[] = [];
      const scripts = openScripts(tree);
      const module = scripts.module("a.vue");
      if (module !== undefined)
        visitCalls(scripts.machine, module, (call) => {
          if (isFetch(call.callee()))
            found.push([module.lineAt(call.node.start), parts(call.args()[0]?.value()), call.inside.length]);
        });
      return found;
    },
  );
  expect(seen).toEqual([[5, ["/api/x/", ["id", "id"]], 1]]);
});

test("a wrapper is read for one caller with what that one gives", async () => {
  const seen = await withTree(
    { "a.ts": 'const request = (path: string, method = "GET") => fetch(`/api${path}`, { method });\n' },
    (tree) => {
      const found: unknown[] = [];
      const scripts = openScripts(tree);
      const wrapper = scripts.module("a.ts")?.scope.names.get("request")?.value();
      if (wrapper?.kind === "function")
        visitCallsOf(scripts.machine, wrapper, given(text("/users")), (call) => {
          const [url, init] = call.args().map((argument) => argument.value());
          found.push(parts(url), init?.kind === "fields" ? parts(init.fields.get("method")?.value()) : undefined);
        });
      return found;
    },
  );
  expect(seen).toEqual([["/api/users"], ["GET"]]);
});
