import type { AnthropicProvider } from "@ai-sdk/anthropic";

/** The AI SDK's language model (specification v4), named through a package that is a declared dependency. */
export type SdkModel = ReturnType<AnthropicProvider["languageModel"]>;
export type SdkCallOptions = Parameters<SdkModel["doGenerate"]>[0];
export type SdkMessage = SdkCallOptions["prompt"][number];
export type SdkContent = Awaited<ReturnType<SdkModel["doGenerate"]>>["content"][number];
export type SdkStreamPart =
  Awaited<ReturnType<SdkModel["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;
export type SdkProviderOptions = NonNullable<SdkCallOptions["providerOptions"]>;
export type SdkTool = NonNullable<SdkCallOptions["tools"]>[number];
