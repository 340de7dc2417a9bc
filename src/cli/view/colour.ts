import { styleText } from "node:util";

/** Colours by meaning, so that a screen without colour is the same code. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
}

export function paint(enabled: boolean): Paint {
  const style = (format: "bold" | "dim" | "green" | "yellow" | "red" | "cyan") => (text: string) =>
    enabled && text !== "" ? styleText(format, text, { validateStream: false }) : text;
  return {
    bold: style("bold"),
    dim: style("dim"),
    green: style("green"),
    yellow: style("yellow"),
    red: style("red"),
    cyan: style("cyan"),
  };
}
