import type { Json } from "../../../providers/json.ts";
import { sealAnswer } from "../seal.ts";
import type { Translation } from "../translation.ts";
import { readResponsesRequest } from "./read-request.ts";
import { callItem, messageItem, reasoningItem, responseEnd, responseObject } from "./response-items.ts";
import { responseTools } from "./response-tools.ts";
import { ResponsesStream } from "./responses-stream.ts";

/**
 * OpenAI's Responses API. A turn's own parts travel as the encrypted content of its reasoning, or of a further reasoning item
 * before the tool calls where the first had to be closed before the turn was whole.
 */
export const openaiResponses: Translation = {
  readRequest: readResponsesRequest,
  body: (answer, about) => {
    const { thinking = "", text, toolCalls } = answer;
    const seal = sealAnswer(answer);
    const { table } = responseTools(about.request);
    const output = [
      ...(thinking === "" && seal === undefined ? [] : [reasoningItem(`rs_${about.id}`, thinking, seal)]),
      ...(text === "" ? [] : [messageItem(`msg_${about.id}`, text)]),
      ...toolCalls.map((call, index): Json => ({ ...callItem(`${about.id}_${index}`, call, table) })),
    ];
    const { status, more } = responseEnd(answer);
    return responseObject(about, status, output, more);
  },
  stream: (about, write) => new ResponsesStream(about, write),
};
