// Beyond the guide: a streamed answer, and a tool that the model may call; the same for every provider.
import { createClient, type MessageParam } from "allot";

await using client = createClient();
const request = {
  model: "sonnet-4-5",
  max_tokens: 1024,
  tools: [
    {
      name: "weather",
      description: "The weather of a town",
      input_schema: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
    },
  ],
} as const;
const messages: MessageParam[] = [{ role: "user", content: "How is the weather in Bern?" }];

for (;;) {
  const stream = client.messages.stream({ ...request, messages });
  for await (const event of stream) {
    if (event.type === "content_block_delta" && event.delta.type === "text_delta")
      process.stdout.write(event.delta.text);
  }
  const message = await stream.finalMessage();
  const calls = message.content.filter((block) => block.type === "tool_use");
  if (calls.length === 0) break;
  messages.push(
    // As it came: what the provider wants back travels in it.
    { role: "assistant", content: message.content },
    {
      role: "user",
      content: calls.map(({ id, input }) => ({
        type: "tool_result" as const,
        tool_use_id: id,
        content: `21 °C and sunny in ${String(input["town"])}`,
      })),
    },
  );
}
console.log();
