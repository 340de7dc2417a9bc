import type { BadUseCase } from "./use-cases.ts";

/** Words by which a goal shows what kind of work it is; data, so that they can be read and extended in one place. */
export const KIND_WORDS: Readonly<Record<Exclude<BadUseCase["id"], "quick-fix">, RegExp>> = {
  debugging:
    /\b(?:debug(?:ging)?|investigat\w+|diagnos\w+|root cause|troubleshoot\w*|(?:find|figure) out why|why (?:does|do|is|are|did|has|have)\b|track(?:ing)? down|intermittent(?:ly)?|flak(?:y|es|iness)|race conditions?|memory leaks?|deadlocks?|segfaults?|heisenbug|(?:crash|hang|fail|freez|time)(?:es|s|ing)?\b(?= (?:when|on|after|sometimes|randomly|under|every|in production|with))|fix (?:the |a |this |that |an? \w+ )?(?:\w+ ){0,2}(?:bugs?|crash(?:es)?|regression|issue|problem|failure)\b)/i,
  architecture:
    /\b(?:architect(?:ure|ural|ing)?|trade-?offs?|redesign|design (?:a|an|the|our|new|how)\b|which (?:\w+ ){0,2}(?:database|framework|approach|library|pattern|architecture|stack)|choose between|decid\w+ (?:whether|how|on|between|which|what)|should (?:we|i)\b|evaluat\w+ (?:whether|options|alternatives|the options)|propose (?:a|an|how)|pros and cons)/i,
  exploration:
    /\b(?:find (?:all|every|each|any|where|which|out|places|usages|uses)\b|where (?:is|are|do|does)\b|locate|list (?:all|every|the places|where)\b|explor\w+|understand(?:ing)?\b|explain|how (?:does|do|is|are)\b|what (?:does|do|is|are)\b|search (?:for|through)|audit|survey|map out|look (?:for|into|around)|which files\b|get to know|research)/i,
  interaction:
    /\b(?:ask me|check(?:ing)? with me|let me (?:choose|decide|pick|review|confirm)|with my (?:input|feedback|approval|help)|interactive(?:ly)?\b|my preferences?|as (?:i|we) go\b|discuss(?:ing)? (?:it |this )?with|together with me|i(?:'ll| will) (?:decide|choose|pick|tell)|confirm(?:ing)? with me|wait for my)/i,
};

/** A change of one place, said to be one. */
export const QUICK_WORDS =
  /\b(?:typos?|misspell\w*|one-?lin(?:e|er)|quick (?:fix|change)|tiny|trivial|bump (?:the )?version|a? ?(?:small|minor|simple|single) (?:fix|change|edit|tweak)|just (?:change|fix|rename|remove|add|set|bump))\b/i;

/** Words that say a wish and no change. */
export const VAGUE_WORDS =
  /\b(?:better|nicer|cleaner|improv\w+|clean ?up|enhanc\w+|moderni[sz]\w+|polish|optimi[sz]\w+|refactor(?:ing)?|fix (?:it|this|that|everything|stuff|things)|make (?:it|this|things|everything) (?:work|good|great|faster|pretty)|do (?:something|the thing|it)|update (?:it|this|things|stuff)|some(?:thing| stuff)|tidy|finish (?:it|this)|sort (?:it|this) out)\b/i;

/** Verbs by which a goal asks for a change. */
export const CHANGE_VERBS =
  /\b(?:add|append|apply|break|bump|change|clean|combin|compress|consolidat|convert|copy|creat|cut|decompos|delet|deprecat|disabl|divid|drop|enabl|exclud|export|extend|extract|fix|format|generat|implement|includ|inlin|insert|introduc|join|lint|make|merg|migrat|modulari[sz]|mov|normali[sz]|port|provid|put|refactor|remov|renam|reorder|reorgani[sz]|replac|rewrit|set|shorten|simplif|sort|split|standardi[sz]|strip|support|swap|switch|translat|turn|updat|upgrad|use|wrap|writ)\w*/i;

/** A goal about the whole of something. */
export const LARGE_WORDS =
  /\b(?:whole|entire|across (?:the|all|our)|throughout|everywhere|code ?base|repo(?:sitory)?-wide|all (?:the )?(?:files|modules|services|packages|endpoints|components|classes)|every (?:file|module|service|package|endpoint|component|class)|each (?:file|module|service|package|endpoint|component|class)|multiple|several|many)\b/i;

/** Things a goal counts or names in the plural; group "noun" says which. */
export const COUNTED =
  /\b(?<count>\d{1,5}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred|a dozen|dozens of)\+?\s+(?:[\w-]+\s+){0,3}?(?<noun>doc-?strings?|comments?|files?|methods?|functions?|tests?|test files?|call ?sites?|calls?|places?|occurrences?|endpoints?|routes?|handlers?|class(?:es)?|components?|strings?|keys?|entries|fields?|modules?|services?|packages?|pages?|queries|models?|schemas?|configs?|configurations?|manifests?|imports?|edits?|items?|commands?|scripts?|tables?|migrations?|views?|templates?|documents?|docs|guides?|sections?|usages?|constants?|variables?|parts?|pieces?)\b/gi;

/** "all docstrings", "every config file", "each module". */
export const QUANTIFIED =
  /\b(?:all|every|each)\s+(?:(?:of\s+)?(?:the|our|these|its)\s+)?(?:[\w-]+\s+){0,3}?(?<noun>doc-?strings?|comments?|files?|methods?|functions?|tests?|call ?sites?|calls?|places?|occurrences?|endpoints?|routes?|handlers?|class(?:es)?|components?|strings?|keys?|entries|fields?|modules?|services?|packages?|pages?|queries|models?|schemas?|configs?|configurations?|manifests?|imports?|commands?|scripts?|tables?|views?|templates?|documents?|docs|guides?|usages?|constants?|variables?)\b/gi;

/** Families of goals for which delegation is known to pay, beside splitting and plain repetition. */
export const FAMILY_WORDS = {
  documentation:
    /\b(?:consolidat\w+|merg\w+|combin\w+|unif\w+|de-?duplicat\w+|reorgani[sz]\w+)\b.*\b(?:docs?|documents?|documentation|readmes?|guides?|manuals?|markdown|wiki|\S+\.md)\b/i,
  tests:
    /\b(?:write|writing|add|adding|create|creating|generate|generating|increase|extend)\b.{0,40}\b(?:unit |integration )?(?:tests?|test (?:cases|suites?)|test coverage|coverage)\b/i,
  schema:
    /\b(?:updat\w+|chang\w+|migrat\w+|add(?:ing)?|renam\w+|set(?:ting)?|convert\w*|bump\w*|appl\w+)\b.*\b(?:schemas?|configs?|configuration|config files?|settings|manifests?|ya?ml|toml|json|\.env|package\.json|openapi|protobuf|\.proto)\b/i,
} as const;

/** "12 callbacks": any plural that is counted, units of measure apart. */
export const COUNTED_PLURAL =
  /\b(?<count>\d{1,4})\s+(?:[a-z-]+\s+)?(?!(?:lines?|seconds?|secs|minutes?|mins|hours?|days?|weeks?|months?|years?|ms|tokens|users|characters|chars|spaces|columns|percents?|times|bytes|kilobytes|megabytes|retries|attempts|requests|pixels|steps|workers|threads|processes|levels|decimals|digits|bits|versions?|is|as|was|has)\b)(?<noun>[a-z-]{3,}s)\b/gi;

/** A change that is to be made wherever its object occurs. */
export const EVERYWHERE =
  /\b(?:everywhere|throughout|wherever|across (?:the|our|all)|in (?:the )?(?:whole|entire|all of the) (?:code ?base|repo(?:sitory)?|project|tree)|all over)\b/i;

/** The project as a whole, as the thing to be changed. */
export const WHOLE_PROJECT =
  /\b(?:whole|entire|complete)\s+(?:code ?base|repo(?:sitory)?|project|application|app|source)\b|\ball (?:of )?(?:the |our )?(?:source|code)\b/i;

/** Words that name nothing one could look for. */
export const EMPTY_WORDS = new Set(
  (
    "a an the whole entire it its this that these those them they everything something anything nothing all thing things stuff code codebase project program app application repo repository " +
    "software work works working quality more much very really good better best nice nicer clean cleaner great faster please can could you i we me my our your us to of in on for with and or so be is are do does " +
    "make get fix improve update refactor change optimize optimise enhance polish modernize modernise tidy clean up sort out finish complete just some any here there now also not don't"
  ).split(" "),
);
