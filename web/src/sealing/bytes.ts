// Bytes as the sealed formats write them: big-endian, bounded, read once from front to back.

import { fail } from "./errors";

export type Bytes = Uint8Array<ArrayBuffer>;

/** n random bytes. Passed in where a test must know them. */
export type Rng = (n: number) => Bytes;

export const random: Rng = (n) => {
  const out = new Uint8Array(n);
  // The browser gives at most 65,536 bytes at once.
  for (let at = 0; at < n; at += 65_536) crypto.getRandomValues(out.subarray(at, at + 65_536));
  return out;
};

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;

/** Strict UTF-8. A byte order mark is a character like any other. */
export function fromUtf8(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail("altered", "these bytes are not UTF-8");
  }
}

export function concat(...parts: (Bytes | readonly number[])[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** `value` in `width` bytes, big-endian; exact up to 2^53. */
export function uint(value: number, width: number): Bytes {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** width)
    fail("rejected", `${value} does not fit into ${width} bytes`);
  const out = new Uint8Array(width);
  for (let i = width - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
  return out;
}

export const hex = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Lower-case hexadecimal digits of exactly `length` bytes. */
export function unhex(digits: string, length = digits.length / 2): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(digits) || digits.length !== length * 2)
    fail("altered", `${length} bytes in lower-case hexadecimal digits are wanted`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Standard base64 with padding. */
export function toBase64(bytes: Bytes): string {
  let octets = "";
  for (let at = 0; at < bytes.length; at += 32_768) octets += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(octets);
}

export function fromBase64(line: string): Bytes {
  let octets = "";
  try {
    octets = atob(line);
  } catch {
    fail("altered", "this is not base64");
  }
  if (btoa(octets) !== line) fail("altered", "this base64 has another form than the standard one");
  return Uint8Array.from(octets, (char) => char.charCodeAt(0));
}

/** Equal length and content. For public values: its time depends on them. */
export const same = (a: Bytes, b: Bytes): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** -1, 0 or 1, as bytes are ordered in every sorted list of the formats. */
export function order(a: Bytes, b: Bytes): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return Math.sign(a.length - b.length);
}

export const sha256 = async (...parts: Bytes[]): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", parts.length === 1 ? parts[0]! : concat(...parts)));

/** Reads bytes from front to back; reading past the end, or leaving a rest, is a refusal. */
export class Reader {
  #at = 0;

  constructor(
    readonly bytes: Bytes,
    readonly what: string,
  ) {}

  take(n: number): Bytes {
    if (n > this.bytes.length - this.#at) fail("altered", `${this.what} ends too early`);
    const out = this.bytes.slice(this.#at, this.#at + n);
    this.#at += n;
    return out;
  }

  /** An unsigned number of `width` bytes, at most 2^53 - 1. */
  uint(width: number): number {
    const value = this.take(width).reduce((sum, byte) => sum * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : fail("altered", `${this.what} holds a number that is too large`);
  }

  /** A length of `width` bytes, and as many bytes after it. */
  sized(width: number): Bytes {
    return this.take(this.uint(width));
  }

  rest(): Bytes {
    return this.take(this.bytes.length - this.#at);
  }

  end(): void {
    if (this.#at !== this.bytes.length) fail("altered", `${this.what} has bytes after its end`);
  }
}
