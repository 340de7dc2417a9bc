import type { Locator } from "playwright-core";
import { done, failed, type ToolOutcome } from "../../agent-tool.ts";
import { plainMessage } from "./browser/driver-message.ts";
import type { LivePage } from "./live-page.ts";
import { errorsText } from "./pictures.ts";

/** Acts on the element of a reference; one that is none, or is gone, is a failed result that says so. */
export async function onElement(
  live: LivePage,
  ref: string,
  act: (element: Locator) => Promise<ToolOutcome>,
): Promise<ToolOutcome> {
  const element = live.element(ref);
  if (element === undefined)
    return failed(`${JSON.stringify(ref)} is no reference of an element; read_page gives them, like e12.`);
  return acting(async () => {
    if ((await live.answerOf(element.count())) > 0) return act(element);
    return failed(`There is no ${ref} on the page any more; read_page gives the references of now.`);
  });
}

/** What a page does not let happen is a failed result, in one sentence. */
export async function acting(act: () => Promise<ToolOutcome>): Promise<ToolOutcome> {
  try {
    return await act();
  } catch (error) {
    return failed(plainMessage(error));
  }
}

/** What was done, once the page has come to rest, and where that has led. */
export async function doneAfter(live: LivePage, what: string): Promise<ToolOutcome> {
  await live.settle();
  return done(`${what} ${await whereWeAre(live)}`);
}

/** Address, title and errors of the page that is shown. */
export async function whereWeAre(live: LivePage): Promise<string> {
  const { pageErrors, consoleErrors, refused } = live.watch;
  const title = await live.answerOf(live.page.title()).catch(() => "");
  const some = pageErrors + consoleErrors === 0 ? "No errors." : `${errorsText(live.watch)}: see read_console.`;
  const away = refused.length === 0 ? "" : ` Not loaded, being outside of what may be reached: ${refused.length}.`;
  return `Shown: ${live.page.url()}, title ${JSON.stringify(title.slice(0, 200))}. ${some}${away}`;
}
