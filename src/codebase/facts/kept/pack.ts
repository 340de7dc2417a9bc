import { crc32 } from "node:zlib";

/**
 * A pack: numbers and texts in the order in which they were written, to be read in the same order. One block of bytes, so
 * that facts of thousands of files go between threads and to disk without an object for each.
 */
export interface PackWriter {
  /** A whole number of 32 bits. */
  int(value: number): void;
  float(value: number): void;
  text(value: string): void;
  /** The bytes of the whole pack. */
  end(): Buffer<ArrayBuffer>;
}

export interface PackReader {
  int(): number;
  float(): number;
  text(): string;
}

/** Bytes before the columns: mark, number of floats, of ints, bytes of text, check sum of all behind. */
const HEAD_BYTES = 24;
const MARK = 0x6b636170;

export function writePack(): PackWriter {
  const floats: number[] = [];
  const ints: number[] = [];
  const texts: string[] = [];
  return {
    int: (value) => void ints.push(value),
    float: (value) => void floats.push(value),
    text: (value) => {
      ints.push(value.length);
      texts.push(value);
    },
    end: () => {
      const text = Buffer.from(texts.join(""), "utf8");
      const intsAt = HEAD_BYTES + floats.length * 8;
      const textAt = intsAt + ints.length * 4;
      const bytes = Buffer.from(new ArrayBuffer(textAt + text.length));
      new Float64Array(bytes.buffer, HEAD_BYTES, floats.length).set(floats);
      new Int32Array(bytes.buffer, intsAt, ints.length).set(ints);
      text.copy(bytes, textAt);
      bytes.writeUInt32LE(MARK, 0);
      bytes.writeUInt32LE(floats.length, 4);
      bytes.writeUInt32LE(ints.length, 8);
      bytes.writeUInt32LE(text.length, 12);
      bytes.writeUInt32LE(crc32(bytes.subarray(HEAD_BYTES)), 16);
      return bytes;
    },
  };
}

/** Reads a pack; undefined where the bytes are none, or were cut or damaged. Reading past its end gives 0 and "". */
export function readPack(given: Uint8Array): PackReader | undefined {
  // The columns are read in place, which needs them at a multiple of eight.
  const bytes = given.byteOffset % 8 === 0 ? Buffer.from(given.buffer, given.byteOffset, given.length) : aligned(given);
  if (bytes.length < HEAD_BYTES || bytes.readUInt32LE(0) !== MARK) return undefined;
  const [floatCount, intCount, textBytes] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const intsAt = HEAD_BYTES + floatCount * 8;
  const textAt = intsAt + intCount * 4;
  if (textAt + textBytes !== bytes.length || bytes.readUInt32LE(16) !== crc32(bytes.subarray(HEAD_BYTES)))
    return undefined;
  const floats = new Float64Array(bytes.buffer, bytes.byteOffset + HEAD_BYTES, floatCount);
  const ints = new Int32Array(bytes.buffer, bytes.byteOffset + intsAt, intCount);
  const text = bytes.toString("utf8", textAt);
  let float = 0;
  let int = 0;
  let at = 0;
  return {
    int: () => ints[int++] ?? 0,
    float: () => floats[float++] ?? 0,
    text: () => {
      const from = at;
      at += ints[int++] ?? 0;
      return text.slice(from, at);
    },
  };
}

function aligned(bytes: Uint8Array): Buffer<ArrayBuffer> {
  const copy = Buffer.from(new ArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
