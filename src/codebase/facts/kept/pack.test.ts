import { expect, test } from "vitest";
import { readPack, writePack } from "./pack.ts";

function samplePack(): Buffer {
  const pack = writePack();
  pack.text("naïve 漢字 😀");
  pack.int(-7);
  pack.float(1_700_000_000_000.125);
  pack.text("");
  pack.int(2 ** 31 - 1);
  pack.text("last\0one");
  return pack.end();
}

test("what is written is read in the same order, wherever in memory the bytes lie", () => {
  const shifted = new Uint8Array(samplePack().length + 3);
  shifted.set(samplePack(), 3);
  for (const bytes of [samplePack(), shifted.subarray(3)]) {
    const pack = readPack(bytes);
    const read = [pack?.text(), pack?.int(), pack?.float(), pack?.text(), pack?.int(), pack?.text()];
    expect(read).toEqual(["naïve 漢字 😀", -7, 1_700_000_000_000.125, "", 2_147_483_647, "last\0one"]);
  }
});

test("bytes that are cut, longer, changed or something else are no pack", () => {
  const good = samplePack();
  const changed = Buffer.from(good);
  changed[40] = (changed[40] ?? 0) ^ 1;
  const counts = Buffer.from(good);
  counts.writeUInt32LE(0xffffffff, 8);
  const bad = [
    good.subarray(0, -1),
    Buffer.concat([good, Buffer.from([0])]),
    changed,
    counts,
    Buffer.alloc(0),
    Buffer.alloc(24),
  ];
  expect(bad.map((bytes) => readPack(bytes))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("reading behind the end gives nothing, not a fault", () => {
  const pack = readPack(writePack().end());
  expect([pack?.int(), pack?.float(), pack?.text()]).toEqual([0, 0, ""]);
});
