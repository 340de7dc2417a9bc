import { entropyPerSign } from "./placeholders.ts";

/** A kind of key that can be told by its own shape. */
export interface KeyShape {
  readonly rule: string;
  /** One of these stands in every text that holds such a key. */
  readonly anchors: readonly string[];
  /** Global; every repetition is bounded, so that a hostile text costs what its length says. */
  readonly pattern: RegExp;
  /** What the shape alone does not show. */
  readonly isReal?: (value: string) => boolean;
}

/** Letters and digits mixed as chance mixes them; words and names are not. */
const isMixed = (value: string): boolean =>
  /[0-9]/.test(value) && /[A-Za-z]/.test(value) && entropyPerSign(value) > 3.2;

/**
 * Keys that the scanner's preset lacks or knows in one form only. Shapes are as the providers document them, or as the keys
 * that they hand out show. A group named `secret` is what is redacted; without one the whole match.
 */
export const KEY_SHAPES: readonly KeyShape[] = [
  {
    rule: "aws-access-key",
    anchors: ["AKIA", "ASIA"],
    pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g,
    isReal: (value) => entropyPerSign(value) > 2.8,
  },
  {
    rule: "anthropic-key",
    anchors: ["sk-ant-"],
    pattern: /\bsk-ant-[a-z0-9]{3,12}-[A-Za-z0-9_-]{24,256}/g,
    isReal: isMixed,
  },
  {
    rule: "openai-key",
    anchors: ["sk-"],
    pattern:
      /(?<![A-Za-z0-9_-])sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{24,256}|[A-Za-z0-9]{32,64}(?![A-Za-z0-9_-]))/g,
    isReal: isMixed,
  },
  {
    rule: "openrouter-key",
    anchors: ["sk-or-"],
    pattern: /\bsk-or-v\d-[0-9a-f]{48,80}\b/g,
    isReal: isMixed,
  },
  { rule: "xai-key", anchors: ["xai-"], pattern: /(?<![A-Za-z0-9_-])xai-[A-Za-z0-9]{40,120}\b/g, isReal: isMixed },
  {
    rule: "google-api-key",
    anchors: ["AIza"],
    pattern: /(?<![A-Za-z0-9_-])AIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])/g,
    isReal: isMixed,
  },
  {
    rule: "google-oauth-secret",
    anchors: ["GOCSPX-"],
    pattern: /\bGOCSPX-[0-9A-Za-z_-]{28}(?![0-9A-Za-z_-])/g,
    isReal: isMixed,
  },
  { rule: "google-oauth-token", anchors: ["ya29."], pattern: /\bya29\.[0-9A-Za-z_-]{40,512}/g, isReal: isMixed },
  { rule: "perplexity-key", anchors: ["pplx-"], pattern: /\bpplx-[A-Za-z0-9]{40,64}\b/g, isReal: isMixed },
  { rule: "replicate-token", anchors: ["r8_"], pattern: /\br8_[A-Za-z0-9]{37}\b/g, isReal: isMixed },
  {
    rule: "gitlab-token",
    anchors: ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-"],
    pattern: /\bgl(?:pat|dt|rt|ptt|cbt|soat)-[A-Za-z0-9_-]{20,128}/g,
    isReal: isMixed,
  },
  { rule: "digitalocean-token", anchors: ["_v1_"], pattern: /\bdo[opr]_v1_[a-f0-9]{64}\b/g, isReal: isMixed },
  { rule: "pypi-token", anchors: ["pypi-"], pattern: /\bpypi-AgE[A-Za-z0-9_-]{50,1000}/g, isReal: isMixed },
  {
    rule: "telegram-token",
    anchors: [":AA"],
    pattern: /\b\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g,
    isReal: isMixed,
  },
  {
    rule: "azure-storage-key",
    anchors: ["AccountKey="],
    pattern: /AccountKey=(?<secret>[A-Za-z0-9+/]{86}==)/g,
    isReal: isMixed,
  },
  {
    rule: "discord-webhook",
    anchors: ["/api/webhooks/"],
    pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{15,22}\/(?<secret>[A-Za-z0-9_-]{60,80})/g,
    isReal: isMixed,
  },
  {
    rule: "json-web-token",
    anchors: ["eyJ"],
    pattern: /\beyJ[A-Za-z0-9_-]{14,1000}\.eyJ[A-Za-z0-9_-]{14,4000}\.[A-Za-z0-9_-]{20,1000}/g,
    isReal: isMixed,
  },
  {
    rule: "url-password",
    anchors: ["://"],
    pattern:
      /\b(?:https?|ftps?|rediss?|amqps?|mongodb(?:\+srv)?|postgres(?:ql)?|mysqlx?|mariadb|mssql|sqlserver|clickhouse|nats|smtps?|imaps?|ldaps?|git|ssh):\/\/(?<user>[^\s:/@"'`<>{}$()[\]]{0,100}):(?<secret>[^\s:/@"'`<>{}$()[\]]{6,200})@(?<host>[A-Za-z0-9.-]{1,253})/g,
    isReal: (value) =>
      !/^(?:[a-z_-]*pass(?:word|wd)?\d{0,4}|[a-z_-]*(?:secret|token)\d{0,4}|user\w*|admin\w*|guest|root|test\w*|postgres|mysql|mongo|redis|s3cr\W?\w{0,4})$/i.test(
        value,
      ),
  },
];
