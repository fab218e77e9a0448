// Bytes, and the strict ways in which the record writes them as text.

import { Say } from "./why";

export type Bytes = Uint8Array<ArrayBuffer>;

/** A finding: the sentence that says it, and the place or word it is about. */
export class Refusal {
  constructor(
    readonly why: Say,
    readonly about = "",
    /** Whether it is of this browser, which then can neither pass nor refuse what it was shown. */
    readonly unable = false,
  ) {}
}

export function refuse(why: Say, about?: string, unable?: boolean): never {
  throw new Refusal(why, about, unable);
}

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text) as Bytes;

/** Strict UTF-8: a byte order mark is a character like any other, a malformed byte is a refusal. */
export function text(bytes: Bytes): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse(Say.Utf8);
  }
}

export const join = (...parts: (Bytes | number[])[]): Bytes => Uint8Array.from(parts.flatMap((part) => [...part]));

export const hex = (bytes: Bytes): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const unhex = (digits: string): Bytes => Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));

/** One character for each byte, so that octets without a meaning as text can be cut into lines and words. */
export const octets = (bytes: Bytes): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

export const fromOctets = (line: string): Bytes => Uint8Array.from(line, (char) => char.charCodeAt(0));

/** Standard base64, padded and canonical: decoded, encoded again and compared. */
export function base64(line: string): Bytes {
  try {
    const bytes = atob(line);
    if (btoa(bytes) === line) return fromOctets(bytes);
  } catch {
    // Not base64 at all; the forms that only atob forgives end below too.
  }
  return refuse(Say.Base64, line);
}

/** The base64 of a hash of 32 bytes. */
export function hash(line: string): Bytes {
  const bytes = base64(line);
  return bytes.length === 32 ? bytes : refuse(Say.Hash, line);
}

/** A decimal without leading zeros, below 2^63. */
export function decimal(line: string): bigint {
  const value = /^(0|[1-9]\d{0,18})$/.test(line) ? BigInt(line) : -1n;
  return value >> 63n ? refuse(Say.Decimal, line) : value;
}

export const sha256 = async (...parts: (Bytes | number[])[]): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

/** HMAC (RFC 2104) with SHA-256, for keys of at most one block (64 bytes). */
export async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  const pad = (byte: number): Bytes => Uint8Array.from({ length: 64 }, (_, i) => key[i]! ^ byte);
  return sha256(pad(0x5c), await sha256(pad(0x36), message));
}
