import type { Locator } from "playwright-core";
import { ACT_MS } from "./live-page.ts";

/**
 * How an element is drawn, as lines of text. It is what a tree of names and roles cannot say: colours and their contrast
 * (by WCAG 2), place and size, what lies over it, what cuts it off.
 */
export async function readElement(element: Locator, signal: AbortSignal): Promise<string> {
  const facts = await element.evaluate(IN_PAGE, undefined, { timeout: ACT_MS, signal });
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
}

/** Compiled and run in the page, where nothing of ours is in reach; a text, so that no build step adds anything of its own. */
const FACTS = `
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const round = (value) => Math.round(value * 10) / 10;
  const rgba = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  };
  const over = (top, below) => [0, 1, 2].map((part) => top[part] * top[3] + below[part] * (1 - top[3])).concat(1);
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.unshift(rgba(getComputedStyle(at).backgroundColor));
  const ground = layers.reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  const light = (colour) => {
    const [red, green, blue] = colour.slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [one, two] = [light(over(rgba(style.color), ground)), light(ground)];
  const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  const hex = (colour) => "#" + colour.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("");
  const middle = [box.x + box.width / 2, box.y + box.height / 2];
  const top = document.elementFromPoint(middle[0], middle[1]);
  const name = (node) => node.tagName.toLowerCase() + (node.id ? "#" + node.id : "") + [...node.classList].map((part) => "." + part).join("");
  const covered = top && top !== element && !element.contains(top) && !top.contains(element);
  const cut = (over) => over !== "visible";
  const facts = {
    element: name(element),
    box: round(box.x) + "," + round(box.y) + " " + round(box.width) + "x" + round(box.height) + " in a window of " + innerWidth + "x" + innerHeight,
    text: JSON.stringify((element.innerText ?? element.textContent ?? "").trim().slice(0, 200)),
    colour: hex(over(rgba(style.color), ground)) + " on " + hex(ground) + ", contrast " + contrast.toFixed(2) + " (4.5 is the least for text)",
    font: style.fontSize + " " + style.fontWeight + " " + style.fontFamily,
    layout: "display " + style.display + ", position " + style.position + ", margin " + style.margin + ", padding " + style.padding,
    shown: "visibility " + style.visibility + ", opacity " + style.opacity + ", z-index " + style.zIndex + ", overflow " + style.overflow,
  };
  if (covered) facts["covered by"] = name(top);
  if (box.x < 0 || box.right > document.documentElement.clientWidth) facts["beside the window"] = "yes, by " + round(Math.max(-box.x, box.right - document.documentElement.clientWidth)) + " px";
  if (element.scrollWidth > element.clientWidth + 1 && cut(style.overflowX)) facts["cut off"] = "its content is " + element.scrollWidth + " px wide";
  else if (element.scrollHeight > element.clientHeight + 1 && cut(style.overflowY)) facts["cut off"] = "its content is " + element.scrollHeight + " px high";
  return facts;`;

// oxlint-disable-next-line typescript/no-implied-eval -- a constant of ours; it is never called here, only printed and sent
const IN_PAGE = new Function("element", FACTS) as (element: unknown) => Record<string, string>;
