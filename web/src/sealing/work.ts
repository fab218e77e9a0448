// Proof of work in place of a CAPTCHA: a few seconds of a phone, minutes of a flood.

import { argon2id as once } from "@noble/hashes/argon2.js";
import { type Bytes, concat, random, type Rng, sha256 } from "./bytes";
import { fail } from "./errors";

export const CHALLENGE = 41;

/** How many tries there were, and how many are to be expected. */
export type Progress = (tries: number, expected: number) => void;

/** Whether a hash starts with so many zero bits. */
export function startsWithZeros(hash: Bytes, bits: number): boolean {
  const whole = bits >> 3;
  return !hash.subarray(0, whole).some((byte) => byte) && hash[whole]! >> (8 - (bits & 7)) === 0;
}

/**
 * Answers a challenge `nonce(16) | expiry(8) | bits(1) | HMAC(16)` for an envelope: 49 bytes. Works in slices of about
 * 30 ms, so that the page stays alive; `progress` is told the number of tries and how many are to be expected.
 */
export async function solve(
  challenge: Bytes,
  envelope: Bytes,
  progress: Progress = () => undefined,
  rng: Rng = random,
): Promise<Bytes> {
  if (challenge.length !== CHALLENGE) fail("altered", "the challenge has another length");
  const bits = challenge[24]!;
  if (bits > 24) fail("altered", "the challenge asks for more work than any page may");
  const digest = await sha256(envelope);
  const nonce = challenge.slice(0, 16);
  const answer = rng(8);
  for (let tries = 1, slice = Date.now(); ; tries++) {
    const hash = once(concat(digest, answer), nonce, { m: 1024, t: 1, p: 1, dkLen: 32 }) as Bytes;
    if (startsWithZeros(hash, bits)) return concat(challenge, answer);
    for (let i = 7; i >= 0 && !(answer[i] = (answer[i]! + 1) & 255); i--);
    if (Date.now() - slice > 30) {
      progress(tries, 2 ** bits);
      await new Promise((done) => setTimeout(done));
      slice = Date.now();
    }
  }
}
