/*
 * Names and values of OpenTelemetry's semantic conventions for generative AI, as of @opentelemetry/semantic-conventions
 * 1.45.0 (all of them still experimental there).
 */

/** `gen_ai.operation.name`: all that allot passes on are conversations. */
export const OPERATION = "chat";

const PROVIDER_NAMES: Readonly<Record<string, string>> = { xai: "x_ai", google: "gcp.gemini" };

/** `gen_ai.provider.name` of one of our providers; those that the conventions do not know keep their own name. Pure. */
export function genAiProvider(provider: string): string {
  return PROVIDER_NAMES[provider] ?? provider;
}

/** Bounds that the conventions ask for: gen_ai.client.operation.duration, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];

/** And gen_ai.client.token.usage. */
export const TOKEN_BOUNDS: readonly number[] = [
  1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
];
