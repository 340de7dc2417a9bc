import { styleText } from "node:util";

/** Colours by meaning, so that a screen without colour is the same code. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
  readonly cyan: (text: string) => string;
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
