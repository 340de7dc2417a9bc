import type { wrapLanguageModel } from "ai";

/** The AI SDK's language model (specification v4); `ai` does not export the type by its name. */
export type SdkModel = ReturnType<typeof wrapLanguageModel>;
export type SdkCallOptions = Parameters<SdkModel["doGenerate"]>[0];
export type SdkMessage = SdkCallOptions["prompt"][number];
export type SdkContent = Awaited<ReturnType<SdkModel["doGenerate"]>>["content"][number];
export type SdkStreamPart =
  Awaited<ReturnType<SdkModel["doStream"]>>["stream"] extends ReadableStream<infer Part> ? Part : never;
export type SdkProviderOptions = NonNullable<SdkCallOptions["providerOptions"]>;
export type SdkTool = NonNullable<SdkCallOptions["tools"]>[number];
