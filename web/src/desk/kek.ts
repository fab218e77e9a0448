// From a passphrase to a key that only WebCrypto can use. What sees its bytes runs in a worker, which then ends.

import { type Bytes, concat, random } from "../sealing/bytes";
import { type Purpose, importKek, kekBytes, wrapPersonKey } from "../sealing/persons";

const NONCE = 12;

/** New keys of a person: public halves of 32 bytes, private ones wrapped. */
export interface Made {
  x25519: Bytes;
  ed25519: Bytes;
  wrappedX: Bytes;
  wrappedEd: Bytes;
}

export interface Derived {
  /** Unwraps private keys; cannot be exported. */
  kek: CryptoKey;
  /** nonce | AES-256-GCM(half, kek): what session storage keeps. Only the server session's half opens it. */
  kept: Bytes;
  made?: Made;
}

/**
 * The key under which a person's private keys lie, from the passphrase and their salt (16 bytes), and the same sealed
 * under `half` (32 bytes); with `make`, new keys as well. The key's bytes are overwritten before this returns.
 */
export async function derive(
  passphrase: string,
  salt: Bytes,
  half: Bytes,
  make = false,
  progress?: (done: number) => void,
): Promise<Derived> {
  const bytes = await kekBytes(passphrase, salt, progress);
  try {
    const kept = await sealUnder(half, bytes);
    const kek = await importKek(bytes, ["unwrapKey"]);
    return make ? { kek, kept, made: await makeKeys(await importKek(bytes, ["encrypt"]), salt) } : { kek, kept };
  } finally {
    bytes.fill(0);
  }
}

async function sealUnder(half: Bytes, bytes: Bytes): Promise<Bytes> {
  const iv = random(NONCE);
  const under = await importKek(half, ["encrypt"]);
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, under, bytes)));
}

/** The same key again, from what session storage kept and the session's half. Throws when they do not belong together. */
export async function restore(kept: Bytes, half: Bytes): Promise<CryptoKey> {
  const under = await importKek(half, ["unwrapKey"]);
  const algorithm = { name: "AES-GCM", iv: kept.slice(0, NONCE) };
  return crypto.subtle.unwrapKey("raw", kept.slice(NONCE), under, algorithm, "AES-GCM", false, ["unwrapKey"]);
}

/** New keys, wrapped under a key that encrypts. Private keys are extractable only until this returns. */
async function makeKeys(kek: CryptoKey, salt: Bytes): Promise<Made> {
  const wrapped = async (purpose: Purpose, key: CryptoKey): Promise<Bytes> => {
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
    try {
      return await wrapPersonKey(kek, purpose, salt, pkcs8);
    } finally {
      pkcs8.fill(0);
    }
  };
  const raw = async (key: CryptoKey): Promise<Bytes> => new Uint8Array(await crypto.subtle.exportKey("raw", key));
  const x = (await crypto.subtle.generateKey("X25519", true, ["deriveBits"])) as CryptoKeyPair;
  const ed = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  return {
    x25519: await raw(x.publicKey),
    ed25519: await raw(ed.publicKey),
    wrappedX: await wrapped("x25519", x.privateKey),
    wrappedEd: await wrapped("ed25519", ed.privateKey),
  };
}

/** Whether this browser has both kinds of key. There is no fallback: without them the desk opens nothing. */
export async function hasKeyTypes(): Promise<boolean> {
  try {
    await crypto.subtle.generateKey("X25519", false, ["deriveBits"]);
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}
