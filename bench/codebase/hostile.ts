import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "../../test/support/seeded-random.ts";

/** Files in one folder, so that a folder does not become what is measured. */
const FILES_A_FOLDER = 500;

/** Fills a folder with what readers and token counters stumble over. No repository: there is nothing but files. */
export function hostileFolder(folder: string): string {
  const random = randomFrom(5);
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  write("one-line.js", `const text = "${"abc, def; (ghi) => jkl ".repeat(56_818)}";`);
  write("newlines.txt", "\n".repeat(200_000));
  write("blanks.txt", " ".repeat(200_000));
  write("blanks-and-newlines.py", " \n".repeat(100_000));
  write("no-spaces.txt", letters(random, 500_000));
  write("no-spaces-in-code.ts", `export const data =\n  "${letters(random, 200_000)}";\n`);
  write("cjk.md", "漢字仮名交文".repeat(10_000));
  write("special.md", `# Tokens\n\n${"<|endoftext|> and <|im_start|>user<|im_end|> <|fim_prefix|>\n".repeat(300)}`);
  write("special.py", 'END = "<|endoftext|>"\n\n\ndef ends(text):\n    return text.endswith(END)\n');
  write(
    "invalid.py",
    Buffer.concat([Buffer.from("NAME = b'"), Buffer.from([0xff, 0xfe, 0xc0, 0x80]), Buffer.from("'\n")]),
  );
  write("latin.c", Buffer.from("/* gr\xfc\xdfe */\nint main(void) { return 0; }\n".repeat(400), "latin1"));
  write("cut-short.txt", Buffer.concat([Buffer.from("ends in the midst of a letter: "), Buffer.from([0xe6, 0xbc])]));
  write("marks.ts", "\u{FEFF}export const a = 1;\r\nexport const b = 2;\r\n".repeat(500));
  write("emoji.ts", `export const family = "${"👩‍👩‍👧‍👦".repeat(2000)}";\n`);
  write("deep.json", `${"[".repeat(20_000)}${"]".repeat(20_000)}`);
  write("deep.ts", `export const deep = ${"(".repeat(5000)}1${")".repeat(5000)};\n`);
  write("broken.go", "package x\n\nfunc broken( {\n\tif (((\n".repeat(300));
  write(
    "large-function.ts",
    `export function large(): number {\n  let sum = 0;\n${"  sum += Math.abs(sum - 17);\n".repeat(6000)}  return sum;\n}\n`,
  );
  write("nested/names with spaces/ä ö.ts", "export const here = true;\n");
  write("nested/new\nline.ts", "export const strange = true;\n");
  write("empty.ts", "");
  write("--option.ts", "export const option = 1;\n");
  symlinkSync("b", join(folder, "a"));
  symlinkSync("a", join(folder, "b"));
  symlinkSync("..", join(folder, "nested", "up"));
  symlinkSync("/etc", join(folder, "outside"));
  symlinkSync("missing", join(folder, "dangling"));
  return folder;
}

/** As many small files as are wanted. */
export function manyFiles(folder: string, count: number): string {
  for (let at = 0; at < count; at += 1) {
    const own = join(folder, `d${Math.floor(at / FILES_A_FOLDER)}`);
    if (at % FILES_A_FOLDER === 0) mkdirSync(own, { recursive: true });
    writeFileSync(join(own, `f${at}.ts`), `export const value${at} = ${at};\n`);
  }
  return folder;
}

function letters(random: () => number, length: number): string {
  const codes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1) codes[at] = 97 + Math.floor(26 * random());
  return codes.toString("latin1");
}
