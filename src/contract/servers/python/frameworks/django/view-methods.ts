import { externalBases, lineage, member } from "../../running/classes.ts";
import { itemsOf } from "../../running/expressions.ts";
import type { Machine } from "../../running/machine.ts";
import {
  alternatives,
  argument,
  type ClassValue,
  type FunctionValue,
  isKind,
  listOf,
  type Value,
} from "../../values/values.ts";
import { classOfView, declaredTexts, handlersOf, unwrapped } from "../views.ts";

/** What classes of Django and its REST framework answer, by their names. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  CreateAPIView: ["POST"],
  ListAPIView: ["GET"],
  RetrieveAPIView: ["GET"],
  DestroyAPIView: ["DELETE"],
  UpdateAPIView: ["PUT", "PATCH"],
  ListCreateAPIView: ["GET", "POST"],
  RetrieveUpdateAPIView: ["GET", "PUT", "PATCH"],
  RetrieveDestroyAPIView: ["GET", "DELETE"],
  RetrieveUpdateDestroyAPIView: ["GET", "PUT", "PATCH", "DELETE"],
  TemplateView: ["GET"],
  ListView: ["GET"],
  DetailView: ["GET"],
  FormView: ["GET", "POST"],
  CreateView: ["GET", "POST"],
  UpdateView: ["GET", "POST"],
  DeleteView: ["GET", "POST"],
  LoginView: ["GET", "POST"],
  LogoutView: ["POST"],
  JavaScriptCatalog: ["GET"],
  SpectacularAPIView: ["GET"],
  SpectacularJSONAPIView: ["GET"],
  SpectacularYAMLAPIView: ["GET"],
  SpectacularSwaggerView: ["GET"],
  SpectacularRedocView: ["GET"],
  SpectacularSwaggerSplitView: ["GET"],
  TokenObtainPairView: ["POST"],
  TokenObtainSlidingView: ["POST"],
  TokenRefreshView: ["POST"],
  TokenRefreshSlidingView: ["POST"],
  TokenVerifyView: ["POST"],
  TokenBlacklistView: ["POST"],
  ObtainAuthToken: ["POST"],
  obtain_auth_token: ["POST"],
  serve: ["GET"],
};

/** The methods that a view answers; "ALL" where it takes any, or where that is not known. */
export function methodsOfView(machine: Machine, wrapped: Value): readonly string[] {
  const view = unwrapped(wrapped);
  const made = classOfView(view);
  if (made !== undefined) {
    const actions = argument(made.args, "actions", 0);
    if (isKind(actions, "dict")) return [...actions.entries.keys()].map((method) => method.toUpperCase());
    const methods = alternatives(made.of).flatMap((of) => methodsOfClass(machine, of));
    const only = textsOf(made.args.named.get("http_method_names"));
    if (only.length === 0) return methods;
    return methods.includes("ALL") ? only : methods.filter((method) => only.includes(method));
  }
  if (isKind(view, "function")) return methodsOfFunction(view);
  if (isKind(view, "union")) return methodsOfView(machine, view.values[0] ?? null);
  if (isKind(view, "external")) return ANSWERS[lastOf(view.path)] ?? ["ALL"];
  return ["ALL"];
}

function textsOf(value: Value | undefined): readonly string[] {
  return itemsOf(value).items.flatMap((item) => (typeof item === "string" ? [item.toUpperCase()] : []));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function methodsOfClass(machine: Machine, of: Value): readonly string[] {
  if (isKind(of, "external")) return ANSWERS[lastOf(of.path)] ?? ["ALL"];
  if (!isKind(of, "class")) return ["ALL"];
  const inherited = externalBases(of).flatMap((path) => ANSWERS[lastOf(path)] ?? []);
  const methods = [...new Set([...handlersOf(of), ...inherited])].filter((method) => !isSwitchedOff(of, method));
  const allowed = declaredTexts(machine, of, "http_method_names");
  const answered = allowed === undefined ? methods : methods.filter((method) => allowed.includes(method));
  return answered.length > 0 ? answered : ["ALL"];
}

/** "put = None" takes away what a class inherits. */
function isSwitchedOff(of: ClassValue, method: string): boolean {
  return (
    lineage(of).some((each) => isKind(each, "class") && each.members.has(method.toLowerCase())) &&
    member(of, method.toLowerCase()) === null
  );
}

function methodsOfFunction(view: FunctionValue): readonly string[] {
  for (const { value, args } of view.decorations) {
    if (!isKind(value, "external")) continue;
    const name = lastOf(value.path);
    if (name === "api_view" || name === "require_http_methods") {
      const given = itemsOf(argument(args, name === "api_view" ? "http_method_names" : "request_method_list", 0)).items;
      const methods = textsOf(listOf(given));
      return methods.length > 0 ? methods : ["GET"];
    }
    if (name === "require_POST") return ["POST"];
    if (name === "require_GET" || name === "require_safe") return ["GET"];
  }
  return ["ALL"];
}
