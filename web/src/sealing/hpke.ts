// HPKE (RFC 9180), base mode, one message: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.

import { type Bytes, concat, random, type Rng, uint, utf8 } from "./bytes";
import { type Secret, secretFrom } from "./curves";
import { fail } from "./errors";

const VERSION = utf8("HPKE-v1");
const KEM = concat(utf8("KEM"), uint(0x0020, 2));
const SUITE = concat(utf8("HPKE"), uint(0x0020, 2), uint(0x0001, 2), uint(0x0002, 2));
const NONE = new Uint8Array(0);

export async function hmac(key: Bytes, message: Bytes): Promise<Bytes> {
  // Web Crypto refuses an empty key; HMAC fills a short key with zeros, so one zero is the same key.
  const imported = await crypto.subtle.importKey(
    "raw",
    key.length ? key : new Uint8Array(1),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

/** HKDF-Expand (RFC 5869) with SHA-256, to at most 32 bytes. */
export const expand = async (key: Bytes, info: Bytes, length = 32): Promise<Bytes> =>
  (await hmac(key, concat(info, [1]))).slice(0, length);

/** RFC 9180, section 4: LabeledExtract and LabeledExpand. */
const labeledExtract = (suite: Bytes, salt: Bytes, label: string, ikm: Bytes): Promise<Bytes> =>
  hmac(salt, concat(VERSION, suite, utf8(label), ikm));

const labeledExpand = (suite: Bytes, prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> =>
  expand(prk, concat(uint(length, 2), VERSION, suite, utf8(label), info), length);

/** RFC 9180, section 4.1: the shared secret of Encap and Decap. */
async function sharedSecret(dh: Bytes, enc: Bytes, publicKey: Bytes): Promise<Bytes> {
  const prk = await labeledExtract(KEM, NONE, "eae_prk", dh);
  return labeledExpand(KEM, prk, "shared_secret", concat(enc, publicKey), 32);
}

/** RFC 9180, section 5.1: the key and nonce of the first message. */
async function schedule(
  shared: Bytes,
  info: Bytes,
  use: "encrypt" | "decrypt",
): Promise<{ key: CryptoKey; iv: Bytes }> {
  const context = concat(
    [0],
    await labeledExtract(SUITE, NONE, "psk_id_hash", NONE),
    await labeledExtract(SUITE, NONE, "info_hash", info),
  );
  const secret = await labeledExtract(SUITE, shared, "secret", NONE);
  const raw = await labeledExpand(SUITE, secret, "key", context, 32);
  const iv = await labeledExpand(SUITE, secret, "base_nonce", context, 12);
  return { key: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]), iv };
}

export interface Sent {
  enc: Bytes;
  ct: Bytes;
}

/** Seals to an X25519 public key of 32 bytes. `rng` gives the ephemeral private key. */
export async function seal(
  publicKey: Bytes,
  info: Bytes,
  aad: Bytes,
  plaintext: Bytes,
  rng: Rng = random,
): Promise<Sent> {
  if (publicKey.length !== 32) fail("altered", "an X25519 public key has 32 bytes");
  const ephemeral = await secretFrom(rng(32));
  const shared = await sharedSecret(await ephemeral.dh(publicKey), ephemeral.publicKey, publicKey);
  const { key, iv } = await schedule(shared, info, "encrypt");
  const ct = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad }, key, plaintext);
  return { enc: ephemeral.publicKey, ct: new Uint8Array(ct) };
}

/** Opens what `seal` gave, or refuses. */
export const open = async (secret: Secret, enc: Bytes, info: Bytes, aad: Bytes, ct: Bytes): Promise<Bytes> =>
  openWithDh(await secret.dh(enc), enc, secret.publicKey, info, aad, ct);

/** Opens with the Diffie-Hellman value alone: recovery combines it from the panel's partial results. */
export async function openWithDh(
  dh: Bytes,
  enc: Bytes,
  publicKey: Bytes,
  info: Bytes,
  aad: Bytes,
  ct: Bytes,
): Promise<Bytes> {
  const { key, iv } = await schedule(await sharedSecret(dh, enc, publicKey), info, "decrypt");
  return aesOpen(key, iv, aad, ct);
}

/** AES-256-GCM with a refusal in our words. */
export async function aesOpen(key: CryptoKey, iv: Bytes, aad: Bytes, ct: Bytes): Promise<Bytes> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: aad }, key, ct));
  } catch {
    return fail("altered", "this does not open: it was altered, misplaced, or is not sealed to this key");
  }
}
