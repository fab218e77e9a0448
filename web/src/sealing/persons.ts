// Keys of staff: wrapped under a passphrase that is never sent, and unwrapped into keys that no script can read.

import { argon2id } from "./argon2";
import { type Bytes, concat, random, type Rng, utf8 } from "./bytes";
import { below } from "./codes";
import { fail } from "./errors";

export const MEMORY = 131_072;
export const PASSES = 3;

const WORDS = 6;

/** A new passphrase: six uniform words. */
export const newPassphrase = (words: readonly string[], rng: Rng = random): string =>
  Array.from({ length: WORDS }, () => words[below(words.length, rng)]!).join(" ");

export type Purpose = "x25519" | "ed25519";
const ALGORITHM = { x25519: "X25519", ed25519: "Ed25519" } as const;
const USES: { [purpose in Purpose]: KeyUsage[] } = { x25519: ["deriveBits"], ed25519: ["sign"] };

/** A passphrase as it counts: NFKC, lower case, one space between words. */
export const canonicalPassphrase = (passphrase: string): Bytes =>
  utf8(passphrase.normalize("NFKC").toLowerCase().trim().split(/\s+/u).join(" "));

/** The 32 bytes from a passphrase: 128 MiB and three passes, so in a worker. */
export const kekBytes = (passphrase: string, salt: Bytes, progress?: (done: number) => void): Promise<Bytes> =>
  argon2id(canonicalPassphrase(passphrase), salt, MEMORY, PASSES, progress);

const aad = (purpose: Purpose, salt: Bytes): Bytes => concat(utf8(`answerable/person/${purpose}/v1\0`), salt);

/** Unwraps a private key, non-extractable, with a key-encryption key that allows `unwrapKey`. */
export async function openPersonKey(
  kek: CryptoKey,
  purpose: Purpose,
  salt: Bytes,
  wrapped: Bytes,
  extractable = false,
): Promise<CryptoKey> {
  const algorithm = { name: "AES-GCM", iv: wrapped.slice(0, 12), additionalData: aad(purpose, salt) };
  try {
    return await crypto.subtle.unwrapKey(
      "pkcs8",
      wrapped.slice(12),
      kek,
      algorithm,
      ALGORITHM[purpose],
      extractable,
      USES[purpose],
    );
  } catch {
    return fail("altered", "this passphrase does not open this key");
  }
}

/** Wraps a private key in PKCS#8 (48 bytes): nonce and ciphertext, 76 bytes. */
export async function wrapPersonKey(
  kek: CryptoKey,
  purpose: Purpose,
  salt: Bytes,
  pkcs8: Bytes,
  rng: Rng = random,
): Promise<Bytes> {
  const iv = rng(12);
  const algorithm = { name: "AES-GCM", iv, additionalData: aad(purpose, salt) };
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(algorithm, kek, pkcs8)));
}

/** A key-encryption key from its bytes. */
export const importKek = (bytes: Bytes, uses: KeyUsage[] = ["unwrapKey"]): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", bytes, "AES-GCM", false, uses);
