// X25519 and Ed25519: the browser's own, or, where it has none, those of @noble/curves, which a page may bring.

import { type Bytes, concat, fromBase64, random, type Rng, unhex } from "./bytes";
import { fail } from "./errors";

/** What a page brings for browsers without these curves. Shapes: 32-byte keys, 64-byte signatures. */
export interface Curves {
  x25519(scalar: Bytes, point: Bytes): Bytes;
  verify(publicKey: Bytes, message: Bytes, signature: Bytes): boolean;
  sign(seed: Bytes, message: Bytes): Bytes;
  signer(seed: Bytes): Bytes;
}

/** A private key that opens: kept as bytes or, where the browser can, as a key that no script can read. */
export interface Secret {
  readonly publicKey: Bytes;
  dh(point: Bytes): Promise<Bytes>;
}

let bring: (() => Promise<Curves>) | undefined;
let brought: Promise<Curves> | undefined;
let native: Promise<boolean> | undefined;

/** Names where the curves come from when the browser has none. They are fetched when first needed. */
export function bringCurves(from: (() => Promise<Curves>) | undefined): void {
  bring = from;
  brought = undefined;
}

const ours = (): Promise<Curves> =>
  (brought ??= bring ? bring() : fail("browser", "this browser has no X25519 or Ed25519"));

/** RFC 8410: the sixteen bytes before an X25519 private key of 32 bytes. */
const PKCS8_X25519 = unhex("302e020100300506032b656e04220420");
const PKCS8_ED25519 = unhex("302e020100300506032b657004220420");
const BASE = Uint8Array.from({ length: 32 }, (_, i) => (i ? 0 : 9));

/** PKCS#8 (RFC 8410) of a raw X25519 private key: 48 bytes. */
export const toPkcs8 = (raw: Bytes): Bytes => concat(PKCS8_X25519, raw);

/** The raw key in a PKCS#8 of exactly the form that `toPkcs8` writes. */
export function fromPkcs8(pkcs8: Bytes): Bytes {
  if (pkcs8.length !== 48 || !PKCS8_X25519.every((byte, i) => pkcs8[i] === byte))
    fail("altered", "what was wrapped is not an X25519 key in PKCS#8");
  return pkcs8.slice(16);
}

/** Whether the browser itself does X25519. */
export const hasX25519 = (): Promise<boolean> =>
  (native ??= crypto.subtle.generateKey("X25519", false, ["deriveBits"]).then(
    () => true,
    () => false,
  ));

const bits = async (key: CryptoKey, point: Bytes): Promise<Bytes> => {
  const publicKey = await crypto.subtle.importKey("raw", point, "X25519", true, []);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: publicKey }, key, 256));
};

/** RFC 7748, section 6.1: a point of small order gives zeros, which no key may rest on. */
const checked = async (dh: () => Promise<Bytes> | Bytes): Promise<Bytes> => {
  try {
    const out = await dh();
    if (out.some((byte) => byte)) return out;
  } catch (error) {
    if (error instanceof Error && error.name === "SealingError") throw error;
    // Browsers refuse such a point by an error of their own.
  }
  return fail("altered", "a public key is not a key: its point has small order");
};

const wrapped = (key: CryptoKey, publicKey: Bytes): Secret => ({
  publicKey,
  dh: (point) => checked(() => bits(key, point)),
});

/** A secret from the browser's own key, extractable or not; needs the use `deriveBits`. */
export const secretFromKey = async (key: CryptoKey): Promise<Secret> => wrapped(key, await bits(key, BASE));

/** A secret from 32 bytes. With the browser's own X25519 the bytes can be overwritten afterwards. */
export async function secretFrom(raw: Bytes): Promise<Secret> {
  if (raw.length !== 32) fail("altered", "an X25519 key has 32 bytes");
  if (await hasX25519())
    return secretFromKey(await crypto.subtle.importKey("pkcs8", toPkcs8(raw), "X25519", false, ["deriveBits"]));
  const { x25519 } = await ours();
  const scalar = raw.slice();
  return { publicKey: x25519(scalar, BASE), dh: (point) => checked(() => x25519(scalar, point)) };
}

/** A new key pair: (private key as 32 bytes, public key). */
export async function generate(rng: Rng = random): Promise<{ raw: Bytes; publicKey: Bytes }> {
  const raw = rng(32);
  return { raw, publicKey: await publicOf(raw) };
}

export const publicOf = async (raw: Bytes): Promise<Bytes> => (await secretFrom(raw)).publicKey;

/** Whether an Ed25519 signature (RFC 8032) of 64 bytes is this key's. */
export async function verifies(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  let key;
  try {
    key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
  } catch {
    return (await ours()).verify(publicKey, message, signature);
  }
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

/** A key that signs: its public half, and signatures (RFC 8032) of 64 bytes. */
export interface Signing {
  readonly publicKey: Bytes;
  sign(message: Bytes): Promise<Bytes>;
}

/** The Ed25519 key of a seed of 32 bytes. */
export async function signingFrom(seed: Bytes): Promise<Signing> {
  if (seed.length !== 32) fail("altered", "an Ed25519 seed has 32 bytes");
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("pkcs8", concat(PKCS8_ED25519, seed), "Ed25519", true, ["sign"]);
  } catch {
    const curves = await ours();
    return { publicKey: curves.signer(seed), sign: (message) => Promise.resolve(curves.sign(seed, message)) };
  }
  // A browser gives the public half of a key it was brought only with the key itself (RFC 8037).
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = fromBase64(`${x!.replace(/-/g, "+").replace(/_/g, "/")}=`);
  return {
    publicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign("Ed25519", key, message)),
  };
}
