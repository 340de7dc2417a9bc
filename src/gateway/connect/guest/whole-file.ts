import type { TextForm } from "../text-form.ts";

/** A file that is all ours, such as a skill: its whole text is the one value, at the empty place. */
export const WHOLE_FILE: TextForm = {
  empty: "",
  read: (text) => (text === "" ? undefined : text),
  write: (_text, _place, value) => value,
  remove: () => "",
  parents: () => 0,
};
