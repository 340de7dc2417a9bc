/** Escape sequences of terminals, whole, then any other sign that moves a cursor or turns a line around. */
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;
const SIGNS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** What a model said, without what would do something to a terminal or a reader; line ends and tabs stay. Pure. */
export function printable(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll(SEQUENCES, "").replaceAll(SIGNS, "");
}
