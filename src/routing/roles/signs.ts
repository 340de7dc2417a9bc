import type { RoleRule } from "./roles.ts";

/** Work that wants thought: where the strong agent writes itself. First that fits decides what is said. */
const DEEP: readonly { readonly sign: RegExp; readonly rule: RoleRule; readonly why: string }[] = [
  {
    sign: /\b(?:algorithms?|algorithmic|time complexity|space complexity|big[- ]o|o\(n|dynamic programming|heuristics?|solver|parser|interpreter|lexer|tokenizer|rate limiter|load balancer|scheduler|cache invalidation|distributed|replication|crdts?|hash function|data structures?|sorting|shortest path|scheduling problem|numerical|cryptograph\w*|consensus)\b/i,
    rule: "deep-reasoning",
    why: "requires deep algorithmic thinking",
  },
  {
    sign: /\b(?:race conditions?|deadlocks?|concurrency|thread[- ]safe\w*|lock[- ]free|memory leaks?|undefined behaviou?r|heisenbug|flaky|intermittent\w*)\b/i,
    rule: "deep-reasoning",
    why: "requires deep reasoning about what happens at the same time",
  },
  {
    sign: /\b(?:debug|diagnose|investigate|root[- ]cause|find out why|figure out|why (?:does|do|is|are|did)|track down|reproduce|hunt down|crash(?:es|ing)?)\b/i,
    rule: "deep-reasoning",
    why: "requires deep reasoning about a cause nobody knows yet",
  },
  {
    sign: /\b(?:security (?:audit|review|model)|threat model\w*|vulnerabilit\w+|exploit\w*|harden\w*|auth(?:entication|orization) (?:model|design|scheme))\b/i,
    rule: "deep-reasoning",
    why: "requires deep reasoning about attacks",
  },
  {
    sign: /\b(?:optimi[sz]e|optimi[sz]ation|speed up|make .{0,40}\bfaster|performance|bottlenecks?|profile|profiling|tune|tuning|latency|throughput)\b/i,
    rule: "deep-reasoning",
    why: "requires deep reasoning about performance",
  },
  {
    sign: /\b(?:architect(?:ure|ural)?|design (?:a|an|the|our|how|and)\b|system design|redesign|re-?architect|decide (?:how|which|whether|on)|choose (?:a|an|between|the)|evaluate|trade-?offs?|strategy|migration plan|plan (?:the|how|a)|proposal|rfc for|domain model|restructure|decouple)\b/i,
    rule: "architecture",
    why: "requires system design",
  },
  {
    sign: /\b(?:prove|proof|formal(?:ly)?|invariants?|semantics|compiler|type system|query planner|protocol design|state machine)\b/i,
    rule: "deep-reasoning",
    why: "requires deep reasoning",
  },
  {
    sign: /\b(?:review|audit|assess|critique|explain|analy[sz]e|summari[sz]e|compare)\b/i,
    rule: "deep-reasoning",
    why: "requires judgement",
  },
];

/** Words that say that what is wanted is written down somewhere. */
const SPEC =
  /\b(?:open-?api|swagger|api[_ -]?contracts?(?:\.md)?|contracts?\.(?:md|ya?ml|json)|json[- ]schemas?|graphql schema|schema\.graphql|\.proto\b|protobuf|protocol buffers|asyncapi|wsdl|raml|interface definitions?|type definitions?|figma|wireframes?|mock-?ups?|data dictionary|specs?\b|specifications?|(?:the|this|our|existing|attached|given) (?:contract|schema|interface|types?|template|design))/i;
const BY_SPEC =
  /\b(?:match(?:es|ing)?|per|by|from|following|follows?|according to|based on|conform(?:s|ing)? to|as (?:defined|described|specified|documented|laid out) (?:in|by)|implement(?:s|ing)?|against|to spec|in line with|generated? from)\b/i;
/** Making the specification is no work by a specification. */
const MAKES_SPEC =
  /\b(?:write|draft|define|design|create|propose|author|extract|document|prepare)\b[^.;]{0,30}\b(?:open-?api|swagger|contract|schema|spec|specification|interface)\b/i;

const REPETITIVE =
  /\b(?:crud|boilerplate|scaffold\w*|for (?:each|every|all)|every (?:model|table|entity|endpoint|component|module|page|file)|all (?:of )?(?:the |our )?(?:functions|classes|methods|tests|strings|models|tables|entities|endpoints|components|modules|pages|files|routes|dtos)|stubs?|bindings|fixtures|docstrings?|translat(?:e|ions?)|locali[sz]ation|getters|setters|dtos?|serializers?|mappers?|migrations?|wrappers|seed data|mock data|form fields|repetitive|bulk|same pattern|same way|in the same style)\b/i;

const VAGUE =
  /\b(?:somehow|something|someway|better|nicer|cleaner|more (?:modern|robust|professional|user-friendly)|improve|enhance|polish|clean ?up|make it (?:work|good|great|nice|pop)|fix (?:it|this|that|everything|stuff|things)|the usual|as you see fit|whatever|maybe|perhaps|not sure|some kind of|etc|and so on|and stuff|or similar)\b/i;

const SMALL =
  /\b(?:typos?|one[- ]liner?s?|one line|single line|a line|rename|bump|a comment|a (?:label|constant|flag|colou?r|margin|padding|tooltip|placeholder|link|icon|log line|null check|default value|import|type annotation)|the (?:label|colou?r|margin|padding|tooltip|placeholder|title|timeout|version|default|copyright|port)|null check|off[- ]by[- ]one|change .{0,30} to ["'\w])\b/i;

/** Code that has to have a shape which stands somewhere already. */
const INTERFACE =
  /\b(?:implement\w*|satisf\w+|conform\w*|following|against|matching|per)\b[^.;]{0,40}\b(?:interfaces?|type definitions?|abstract (?:base )?class(?:es)?|protocol class(?:es)?|traits?|headers?|signatures?)\b/i;

/** What the words of one request say, as far as the rules ask. Pure. */
export interface Signs {
  readonly deep: { readonly rule: RoleRule; readonly why: string } | undefined;
  /** What is wanted is written down. */
  readonly spec: boolean;
  readonly makesSpec: boolean;
  /** What is wanted implements an interface that is there. */
  readonly defined: boolean;
  readonly repetitive: boolean;
  readonly vague: boolean;
  readonly small: boolean;
}

export function signsOf(text: string): Signs {
  const makesSpec = MAKES_SPEC.test(text) && !/\b(?:match(?:es|ing)?|per|according to|following)\b/i.test(text);
  const deep = DEEP.find(({ sign }) => sign.test(text));
  return {
    deep: deep === undefined ? undefined : { rule: deep.rule, why: deep.why },
    spec: !makesSpec && SPEC.test(text) && BY_SPEC.test(text),
    makesSpec,
    defined: !makesSpec && INTERFACE.test(text),
    repetitive: REPETITIVE.test(text),
    vague: VAGUE.test(text),
    small: SMALL.test(text),
  };
}
