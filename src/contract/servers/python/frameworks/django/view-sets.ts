import type { Place } from "../../../../contract.ts";
import { externalBases, lineage, member } from "../../running/classes.ts";
import { itemsOf } from "../../running/expressions.ts";
import type { Machine } from "../../running/machine.ts";
import { textOf } from "../../values/texts.ts";
import { argument, type ClassValue, type FunctionValue, isKind, type Value } from "../../values/values.ts";
import { declaredTexts } from "../views.ts";

/** What view sets of the REST framework can do, by the classes they inherit from. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  ModelViewSet: ["list", "create", "retrieve", "update", "partial_update", "destroy"],
  ReadOnlyModelViewSet: ["list", "retrieve"],
  ListModelMixin: ["list"],
  CreateModelMixin: ["create"],
  RetrieveModelMixin: ["retrieve"],
  UpdateModelMixin: ["update", "partial_update"],
  DestroyModelMixin: ["destroy"],
  ListAPIView: ["list"],
  CreateAPIView: ["create"],
  RetrieveAPIView: ["retrieve"],
  ListCreateAPIView: ["list", "create"],
  RetrieveUpdateDestroyAPIView: ["retrieve", "update", "partial_update", "destroy"],
  RetrieveUpdateAPIView: ["retrieve", "update", "partial_update"],
  RetrieveDestroyAPIView: ["retrieve", "destroy"],
  UpdateAPIView: ["update", "partial_update"],
  DestroyAPIView: ["destroy"],
};

export interface ExtraAction extends Place {
  readonly methods: readonly string[];
  readonly urlPath: string;
  /** Undefined: it is not known whether it is about one object. */
  readonly isDetail: boolean | undefined;
}

/** Methods that were added to an action: "@archive.mapping.delete". */
export type AddedMethods = WeakMap<FunctionValue, Set<string>>;

/** Whether a view set has an action of that name, its own or inherited. */
export function hasAction(of: ClassValue, name: string): boolean {
  for (const each of lineage(of)) {
    if (isKind(each, "class")) {
      const value = each.members.get(name);
      if (value !== undefined) return value !== null;
    } else if (ACTIONS[each.path.slice(each.path.lastIndexOf(".") + 1)]?.includes(name) === true) return true;
  }
  return false;
}

/** Where an action, or else the view set, stands. */
export function placeOfAction(of: ClassValue, name: string): Place {
  const found = member(of, name);
  return isKind(found, "function") && found.owner === of ? found.place : of.place;
}

/** Libraries' view sets of which it is not known what they can do. */
export function unknownBases(of: ClassValue): readonly string[] {
  return externalBases(of).filter(
    (path) => /ViewSet\w*$/.test(path) && !/^rest_framework\.(?:viewsets|mixins|generics)\./.test(path),
  );
}

/** The actions that a view set adds to the usual ones. */
export function extraActions(machine: Machine, of: ClassValue, added: AddedMethods): readonly ExtraAction[] {
  const names = new Set(lineage(of).flatMap((each) => (isKind(each, "class") ? [...each.members.keys()] : [])));
  return [...names].flatMap((name) => {
    const value = member(of, name);
    return isKind(value, "function") ? (extraAction(machine, value, added) ?? []) : [];
  });
}

function extraAction(machine: Machine, value: FunctionValue, added: AddedMethods): ExtraAction | undefined {
  const decoration = value.decorations.find(
    ({ value: by }) => isKind(by, "external") && /\.(?:action|detail_route|list_route|link)$/.test(by.path),
  );
  if (decoration === undefined) return undefined;
  const kind = isKind(decoration.value, "external") ? decoration.value.path : "";
  const { args } = decoration;
  const listed = itemsOf(argument(args, "methods", 0)).items.flatMap((item) =>
    typeof item === "string" ? [item.toUpperCase()] : [],
  );
  const path = textOf(argument(args, "url_path"));
  if (path.missing !== undefined) {
    machine.unresolved(value.place, `the path of an action is not known: ${path.missing}`);
    return undefined;
  }
  const detail = argument(args, "detail", 1);
  const isDetail = kind.endsWith("detail_route") ? true : kind.endsWith("list_route") ? false : detail;
  return {
    ...value.place,
    methods: [...new Set([...(listed.length > 0 ? listed : ["GET"]), ...(added.get(value) ?? [])])],
    urlPath: path.text === "" ? value.name : path.text,
    isDetail: typeof isDetail === "boolean" ? isDetail : undefined,
  };
}

/** The name of the parameter that says which object is meant. */
export function lookupName(machine: Machine, of: ClassValue): string {
  const text = (value: Value | undefined): string => textOf(machine.resolve(value ?? null)).text;
  return text(member(of, "lookup_url_kwarg")) || text(member(of, "lookup_field")) || "pk";
}

/** The methods that a view set lets through, in capitals; undefined: all. */
export function allowedMethods(machine: Machine, of: ClassValue): readonly string[] | undefined {
  return declaredTexts(machine, of, "http_method_names");
}
