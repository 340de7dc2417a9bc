import { NUMBER_WORDS } from "../../foundation/number-words.ts";

/** So many of a thing as a text asks for. */
export interface Amount {
  readonly count: number;
  /** As written: "endpoints". */
  readonly noun: string;
  readonly linesEach: number;
}

/** Lines that one of each usually takes: medians of small web projects, rounded; only their order of magnitude decides. */
const THINGS: readonly { readonly noun: RegExp; readonly lines: number }[] = [
  { noun: /^(?:routers?|controllers?|resources?|viewsets?|modules?|services?|repositor(?:y|ies))$/i, lines: 60 },
  { noun: /^(?:components?|screens?|pages?|views?|forms?|dialogs?|widgets?|templates?)$/i, lines: 60 },
  { noun: /^(?:endpoints?|routes?|handlers?|resolvers?|mutations?|queries|commands?|hooks?)$/i, lines: 25 },
  {
    noun: /^(?:models?|entit(?:y|ies)|tables?|schemas?|dtos?|types?|interfaces?|serializers?|mappers?|migrations?)$/i,
    lines: 20,
  },
  { noun: /^(?:tests?|test cases|specs|unit tests|integration tests)$/i, lines: 15 },
  {
    noun: /^(?:functions?|methods?|classes|class|scripts?|files?|parsers?|validators?|adapters?|clients?|jobs?|workers?)$/i,
    lines: 30,
  },
  { noun: /^(?:fields?|columns?|flags?|options?|strings?|translations?|icons?|buttons?|lines?)$/i, lines: 3 },
];

const NUMBERS: Readonly<Record<string, number>> = {
  ...NUMBER_WORDS,
  dozen: 12,
  dozens: 24,
  couple: 2,
  several: 5,
  many: 10,
};
const COUNTED = new RegExp(
  String.raw`\b(\d{1,4}|${Object.keys(NUMBERS).join("|")})\s+(?:of\s+)?((?:[\w-]+\s+){0,3}?)([a-z]+)\b`,
  "gi",
);

/** Everything that a text counts: "8 endpoints", "five React components". Pure. */
export function amountsIn(text: string): readonly Amount[] {
  const found: Amount[] = [];
  for (const match of text.matchAll(COUNTED)) {
    const count = NUMBERS[(match[1] ?? "").toLowerCase()] ?? Number(match[1]);
    const words = [...(match[2] ?? "").trim().split(/\s+/), match[3] ?? ""].filter((word) => word !== "");
    // "5 new React components": the first word that names a thing.
    const rest =
      text
        .slice((match.index ?? 0) + match[0].length)
        .match(/^(?:\s+[a-z-]+){0,3}/i)?.[0]
        .trim()
        .split(/\s+/) ?? [];
    const noun = [...words, ...rest].find((word) => thing(word) !== undefined);
    const known = noun === undefined ? undefined : thing(noun);
    if (noun !== undefined && known !== undefined && count > 0) found.push({ count, noun, linesEach: known.lines });
  }
  return found;
}

function thing(word: string) {
  return THINGS.find(({ noun }) => noun.test(word));
}

/** What systems of a kind keep records of; the list decides how many routers such a one has. */
const DOMAINS: readonly { readonly kind: RegExp; readonly resources: readonly string[] }[] = [
  {
    kind: /\bblog|\bcms\b|magazine|publishing|newsletter/i,
    resources: ["posts", "comments", "users", "categories", "tags"],
  },
  {
    kind: /\bshop\b|store|e-?commerce|marketplace|checkout/i,
    resources: ["products", "categories", "carts", "orders", "customers", "payments", "reviews"],
  },
  {
    kind: /\bto-?do|\btasks? (?:manager|tracker|board|app|management)|kanban|project management|issue tracker/i,
    resources: ["tasks", "lists", "labels", "users"],
  },
  {
    kind: /\bchat|messenger|messaging|forum|social/i,
    resources: ["users", "rooms", "messages", "reactions", "notifications"],
  },
  { kind: /\bcrm\b|sales/i, resources: ["contacts", "companies", "deals", "activities", "users", "notes"] },
  {
    kind: /\bbooking|reservation|appointments?|calendar|hotel|clinic/i,
    resources: ["bookings", "resources", "customers", "slots", "payments"],
  },
  {
    kind: /\bschool|course|learning|lms\b|student/i,
    resources: ["courses", "lessons", "students", "enrolments", "grades"],
  },
  { kind: /\binventory|warehouse|erp\b/i, resources: ["items", "suppliers", "locations", "movements", "orders"] },
];
/** A list and a form or a page for each. */
const COMPONENTS_EACH = 2;
const ROUTER_LINES = 60;
const COMPONENT_LINES = 60;

/** How large one side of a system is. */
export interface SideSize {
  /** "5 routers", "40 endpoints"; "" where nothing is known of it. */
  readonly detail: string;
  readonly lines: number;
  /** What is reckoned with where the words say nothing: "1 router"; "" where they do. */
  readonly assumed: string;
}

const ROUTERS = /^(?:routers?|controllers?|services?|modules?)$/i;
const ENDPOINTS = /^(?:endpoints?|routes?|handlers?|resolvers?|mutations?|queries)$/i;
const RECORDS = /^(?:resources?|entit(?:y|ies)|models?|tables?)$/i;
const COMPONENTS = /^(?:components?|pages?|screens?|views?|widgets?|forms?|dialogs?)$/i;
/** What stands in components, and is too little for one each. */
const IN_COMPONENTS = /^(?:fields?|icons?|buttons?)$/i;

/**
 * How large the two sides of a system are: as the text counts, else by what such systems keep records of. Where neither says
 * anything, no figure is named, and what is reckoned with is told as assumed. Pure.
 */
export function sizeOfSystem(text: string): { readonly back: SideSize; readonly front: SideSize } {
  const amounts = amountsIn(text);
  const of = (noun: RegExp): Amount | undefined => amounts.find((amount) => noun.test(amount.noun));
  const records =
    of(RECORDS)?.count ?? (listedAfterWith(text) || DOMAINS.find(({ kind }) => kind.test(text))?.resources.length);
  return { back: backOf(of, records), front: frontOf(of, records) };
}

type Find = (noun: RegExp) => Amount | undefined;

function backOf(of: Find, records: number | undefined): SideSize {
  const endpoints = of(ROUTERS) === undefined ? of(ENDPOINTS) : undefined;
  if (endpoints !== undefined) {
    const lines = endpoints.count * endpoints.linesEach;
    return { detail: counted(endpoints.count, "endpoint"), lines, assumed: "" };
  }
  const routers = of(ROUTERS)?.count ?? records;
  if (routers === undefined) return { detail: "", lines: ROUTER_LINES, assumed: counted(1, "router") };
  return { detail: counted(routers, "router"), lines: routers * ROUTER_LINES, assumed: "" };
}

function frontOf(of: Find, records: number | undefined): SideSize {
  const components = of(COMPONENTS)?.count ?? (records === undefined ? undefined : records * COMPONENTS_EACH);
  if (components !== undefined)
    return { detail: counted(components, "component"), lines: components * COMPONENT_LINES, assumed: "" };
  const small = of(IN_COMPONENTS);
  if (small === undefined) {
    const lines = COMPONENTS_EACH * COMPONENT_LINES;
    return { detail: "", lines, assumed: counted(COMPONENTS_EACH, "component") };
  }
  // They stand in one component at least.
  const lines = Math.max(COMPONENT_LINES, small.count * small.linesEach);
  return { detail: `${small.count} ${small.noun}`, lines, assumed: "" };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** "with users, posts and tags": 3; 0 where no list of at least two stands there. */
function listedAfterWith(text: string): number {
  const list =
    /\b(?:with|for|of|including)\s+((?:[\w-]+(?:\s+[\w-]+)?,\s*)+(?:and\s+)?[\w-]+(?:\s+and\s+[\w-]+)?|[\w-]+\s+and\s+[\w-]+)/i.exec(
      text,
    )?.[1];
  if (list === undefined) return 0;
  const items = list.split(/,\s*(?:and\s+)?|\s+and\s+/).filter((item) => item.trim() !== "");
  const nouns = items.filter((item) => /s$/i.test(item.trim()) && !/\b(?:tests?|docs|css|https?)$/i.test(item.trim()));
  return nouns.length >= 2 ? nouns.length : 0;
}
