/** Where something stands in a text, in UTF-16 units, half open; and which rule says so. */
export interface Spot {
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** One rule of the preset: what it looks for, and how to look. */
export interface PresetRule {
  readonly name: string;
  /** One of these stands in every text in which the rule can find something; null where that is not known. */
  readonly anchors: readonly string[] | null;
  find(path: string, text: string): readonly Spot[];
}

/**
 * What each rule of the preset looks for. A rule that is not named here (a newer preset) runs on every text, which is
 * slow and right. Left out: the rule of comments that switch others off, since what a file says decides nothing here; the
 * rule of service accounts, which marks whole files where the rule of private keys marks the key.
 */
const KNOWN: Readonly<Record<string, { readonly name: string; readonly anchors: readonly string[] } | "left-out">> = {
  aws: {
    name: "aws-secret-key",
    anchors: ["CCESS_KEY", "ccess_key", "CCESSKEY", "ccesskey", "ccessKey", "ccess_Key", "ccessKEY", "CCESSkey"],
  },
  gcp: "left-out",
  "filter-comments": "left-out",
  privatekey: { name: "private-key", anchors: ["PRIVATE KEY"] },
  npm: { name: "npm-token", anchors: ["npm_", "_authToken", "x-oauth-basic"] },
  basicauth: { name: "url-password", anchors: ["://"] },
  slack: {
    name: "slack-token",
    anchors: ["xoxb-", "xoxp-", "xapp-", "xoxa-", "xoxo-", "xoxr-", "hooks.slack", "HOOKS.SLACK"],
  },
  sendgrid: { name: "sendgrid-key", anchors: ["SG."] },
  shopify: { name: "shopify-token", anchors: ["shppa_", "shpca_", "shpat_", "shpss_"] },
  stripe: { name: "stripe-key", anchors: ["sk_live", "sk_test", "rk_live", "rk_test"] },
  github: { name: "github-token", anchors: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat"] },
  gitlab: { name: "gitlab-token", anchors: ["glpat-"] },
  grafana: { name: "grafana-token", anchors: ["glc_", "glsa_"] },
  openai: { name: "openai-key", anchors: ["sk-"] },
  anthropic: { name: "anthropic-key", anchors: ["sk-ant-"] },
  groq: { name: "groq-key", anchors: ["gsk_"] },
  huggingface: { name: "huggingface-token", anchors: ["hf_"] },
  linear: { name: "linear-key", anchors: ["lin_api_"] },
  notion: { name: "notion-token", anchors: ["ntn_"] },
  "1password": { name: "1password-token", anchors: ["ops_ey"] },
  "database-connection-string": { name: "url-password", anchors: ["://"] },
  "hashicorp-vault": { name: "vault-token", anchors: ["hvs.", "hvb.", "hvr."] },
  vercel: { name: "vercel-token", anchors: ["vcp_", "vci_", "vca_", "vcr_", "vck_"] },
  databricks: { name: "databricks-token", anchors: ["dapi"] },
  docker: { name: "docker-token", anchors: ["dckr_pat_"] },
  figma: { name: "figma-token", anchors: ["figd_"] },
  cloudflare: { name: "cloudflare-token", anchors: ["cfk_", "cfut_", "cfat_"] },
  tailscale: { name: "tailscale-key", anchors: ["tskey-"] },
};

/** What of the preset's own types is used here. */
interface ForeignRule {
  readonly meta: { readonly id: string };
  create(context: object, options: object): { file?(source: object): unknown };
}

/** The preset's rules, ready to be asked. They are called by themselves: its runner would index every text by lines first. */
export async function loadPresetRules(): Promise<readonly PresetRule[]> {
  const { rules } = (await import("@secretlint/secretlint-rule-preset-recommend")) as { rules: readonly ForeignRule[] };
  return rules.flatMap((rule) => {
    const id = rule.meta.id.replace("@secretlint/secretlint-rule-", "");
    const known = Object.hasOwn(KNOWN, id) ? KNOWN[id] : undefined;
    if (known === "left-out") return [];
    return [presetRule(rule, known?.name ?? id, known?.anchors ?? null)];
  });
}

function presetRule(rule: ForeignRule, name: string, anchors: readonly string[] | null): PresetRule {
  let found: { readonly value: unknown; readonly range: readonly [number, number] }[] = [];
  const handler = rule.create(
    {
      sharedOptions: {},
      createTranslator: () => (_message: string, said: object) => Object.values(said)[0] as unknown,
      report: ({ message, range }: { message: unknown; range: readonly [number, number] }) =>
        found.push({ value: message, range }),
      ignore: () => {},
    },
    {},
  );
  return {
    name,
    anchors,
    find(path, text) {
      found = [];
      // No physical path and no ending: a rule that would read the file by itself does not.
      void handler.file?.({ content: text, filePath: path, ext: "", contentType: "text", hasBOM: false });
      return found.map(({ value, range }) => ({ rule: name, ...spotOf(text, value, range) }));
    },
  };
}

/** Some rules give the length of the value at the place of its name: the value is looked for from there on. */
function spotOf(text: string, value: unknown, [start, end]: readonly [number, number]): { start: number; end: number } {
  if (typeof value !== "string" || value === "") return { start, end };
  const at = text.indexOf(value, start);
  return at === -1 ? { start, end } : { start: at, end: at + value.length };
}
