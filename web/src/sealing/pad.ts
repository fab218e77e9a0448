// Padding: sizes say little about what was sealed.

import { type Bytes, Reader, concat, uint } from "./bytes";
import { fail } from "./errors";

/** The largest padded text, and so the most that one value holds: 4 bytes less. */
export const MOST = 65_536;

/** `uint32 length | data | zeros` to 512 · 2^k bytes, at least `least`, at most 65,536. */
export function pad(data: Bytes, least = 512): Bytes {
  let size = 512;
  while (size < least || size < data.length + 4) size *= 2;
  if (size > MOST) fail("large", `${data.length} bytes are more than one sealed value holds (${MOST - 4})`);
  return concat(uint(data.length, 4), data, new Uint8Array(size - 4 - data.length));
}

/** The data that `pad` padded: the size must be one it gives, and the rest zeros. */
export function unpad(padded: Bytes): Bytes {
  const size = padded.length / 512;
  if (padded.length > MOST || !Number.isInteger(size) || !size || size & (size - 1))
    fail("altered", "the padded length is none that padding gives");
  const reader = new Reader(padded, "padded text");
  const data = reader.sized(4);
  if (reader.rest().some((byte) => byte)) fail("altered", "the padding is not zeros");
  return data;
}

/** Padmé (PURBs, PoPETs 2019): the length to which a file of `n` bytes is filled; at most 12 % more. */
export function padme(n: number): number {
  if (n < 2) return n;
  const exponent = Math.floor(Math.log2(n));
  // log2 of a number just below a power of two may round up to it.
  const e = 2 ** exponent > n ? exponent - 1 : exponent;
  const step = 2 ** (e - (Math.floor(Math.log2(e)) + 1));
  return step < 1 ? n : Math.ceil(n / step) * step;
}
