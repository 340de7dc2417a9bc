/** Words that say on which side of an API something stands; as names of components, and in what is asked of them. */
const SERVER =
  /\b(?:back-?ends?|servers?|api|apis|routers?|endpoints?|controllers?|services?|microservices?|handlers?)\b/i;
const CLIENT =
  /\b(?:front-?ends?|clients?|web|ui|spa|gui|mobile|app|pages?|components?|screens?|dashboard|react|vue|svelte|angular|browser|ios|android|sdk)\b/i;

/** What is named so in the end serves nothing and calls nothing by itself, whatever it is about. */
const NEITHER =
  /\b(?:docs?|documentation|readme|manuals?|guides?|infra|infrastructure|deploy|deployments?|terraform|ansible|helm|k8s|kubernetes|docker|ci|tests?|e2e|migrations?|database|db|sql|styles?|css|assets?|fixtures?)$/i;

/**
 * Which side of a contract a component keeps, by its name, else by what is asked of it; "neither" where its name says that it is
 * no program (docs, infrastructure, tests); undefined where the words do not say, or say both: then its code will. Pure.
 */
export function sideOf(name: string, text: string): "server" | "client" | "neither" | undefined {
  const words = name.replaceAll(/[._-]+/g, " ").replaceAll(/([a-z])([A-Z])/g, "$1 $2");
  if (NEITHER.test(words)) return "neither";
  return sideIn(words) ?? sideIn(text);
}

function sideIn(words: string): "server" | "client" | undefined {
  const [server, client] = [SERVER.test(words), CLIENT.test(words)];
  return server === client ? undefined : server ? "server" : "client";
}
