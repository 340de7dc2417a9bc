/** Verbs that begin a request of their own behind "and" or a comma. */
const VERBS =
  "add|build|create|make|implement|write|generate|design|define|draft|refactor|optimi[sz]e|fix|debug|investigate|test|document|review|analy[sz]e|migrate|port|convert|replace|remove|rename|update|upgrade|set up|scaffold|integrate|deploy|plan|decide|choose|extract|translate|validate|check|explain|improve|tune|find|mend|wire|connect|split";
const BETWEEN = new RegExp(
  String.raw`(?<=[.;!?])\s+|\n+|,?\s+(?:and\s+)?then\s+|,?\s+and\s+(?=(?:also\s+)?(?:${VERBS})\b)|,\s+(?=(?:${VERBS})\b)`,
  "i",
);

/** Runs of white space as one line break or one space: expressions that look for some stay quick on any text. Pure. */
export function tidied(text: string): string {
  return text.replaceAll(/\s+/g, (run) => (run.includes("\n") ? "\n" : " ")).trim();
}

/** What a text asks for, one request after the other: "Design the cache and add 12 endpoints" are two. Pure. */
export function requestsIn(text: string): readonly string[] {
  return tidied(text)
    .split(BETWEEN)
    .map((part) => withoutEnd(part.replace(/^[\s\-*\d.)]+(?=[A-Za-z])/, "")).replaceAll(/\s/g, " "))
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
}

/** Without the signs that end a sentence. */
function withoutEnd(part: string): string {
  let end = part.length;
  while (end > 0 && /[\s.;!]/.test(part.charAt(end - 1))) end -= 1;
  return part.slice(0, end).trimStart();
}

const MAKES = /\b(?:build|create|make|develop|implement|write|set up|scaffold|bootstrap|code|need|want)\b/i;
/** Things of two sides, and things of one: the one that comes first is what is built, the others tell of it. */
const WHOLE =
  /\b(?:systems?|apps?|applications?|platforms?|websites?|sites?|portals?|shops?|stores?|marketplaces?|dashboards?|clones?|saas|cms|crm|erp|blogs?|forums?|wikis?|full-?stack|product)\b/i;
const BACK = /\b(?:back-?ends?|server|rest(?:ful)? api|web api|graphql api|http api|microservices?|api)\b/i;
const FRONT =
  /\b(?:front-?ends?|single[- ]page app(?:lication)?|spa|mobile app|(?:react|vue|svelte|angular|next\.js) (?:app|frontend|client)|landing page|ui|gui)\b/i;
const PART_OF_ONE =
  /\b(?:in|to|for|of|into|on) (?:the|our|my|this|an existing) (?:[\w-]+ ){0,3}(?:system|app|application|platform|site|website|portal|shop|store|dashboard|api|back-?end|front-?end)\b/i;

/** Which sides of a system a request asks to build; undefined where it builds none, but a thing in one. Pure. */
export function systemIn(request: string): { readonly back: boolean; readonly front: boolean } | undefined {
  if (!MAKES.test(request) || PART_OF_ONE.test(request)) return undefined;
  if (/\b(?:cli|command[- ]line|library|script|package|plugin|extension|compiler|game|bot)\b/i.test(request))
    return undefined;
  const [whole, back, front] = [WHOLE, BACK, FRONT].map((noun) => noun.exec(request)?.index ?? Infinity);
  if (whole === undefined || back === undefined || front === undefined) return undefined;
  const first = Math.min(whole, back, front);
  if (first === Infinity) return undefined;
  const joined =
    /\b(?:back-?end|server|api)\b[^.]{0,20}\band\b[^.]{0,20}\b(?:front-?end|client|ui)\b|\b(?:front-?end|client|ui)\b[^.]{0,20}\band\b[^.]{0,20}\b(?:back-?end|server|api)\b/i;
  if (joined.test(request)) return { back: true, front: true };
  if (front === first) return { back: false, front: true };
  return back === first ? { back: true, front: false } : { back: true, front: true };
}
