// What a mailbox stores of its owner: enough to find it and to give her key back to her, and nothing to read with.

import { type Bytes, Reader, concat, random, type Rng, utf8 } from "./bytes";
import { lookupOf, wrapKey } from "./codes";
import { fromPkcs8, publicOf, toPkcs8 } from "./curves";
import { fail } from "./errors";
import { aesOpen } from "./hpke";

export const CREDENTIALS = 178;
const KEY = utf8("answerable/code/key/v1\0");
const ZERO_NONCE = new Uint8Array(12);

export interface Credentials {
  box: number;
  oneTime: boolean;
  l: Bytes;
  auth: Bytes;
  salt: Bytes;
  wrapped: Bytes;
  publicKey: Bytes;
}

const aad = (deployment: Bytes, box: number, salt: Bytes): Bytes => concat(KEY, deployment, [box], salt);

/** The private key goes under a key used this once, since every change draws a new salt. */
export async function makeCredentials(
  k: Bytes,
  deployment: Bytes,
  box: number,
  raw: Bytes,
  { oneTime = false, rng = random as Rng } = {},
): Promise<Credentials> {
  const salt = rng(16);
  const key = await crypto.subtle.importKey("raw", await wrapKey(k, box, salt), "AES-GCM", false, ["encrypt"]);
  const algorithm = { name: "AES-GCM", iv: ZERO_NONCE, additionalData: aad(deployment, box, salt) };
  const wrapped = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, toPkcs8(raw)));
  return { box, oneTime, ...(await lookupOf(k, box)), salt, wrapped, publicKey: await publicOf(raw) };
}

/** The reporter's private key, 32 bytes. */
export async function openPrivate(
  k: Bytes,
  deployment: Bytes,
  box: number,
  salt: Bytes,
  wrapped: Bytes,
): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", await wrapKey(k, box, salt), "AES-GCM", false, ["decrypt"]);
  return fromPkcs8(await aesOpen(key, ZERO_NONCE, aad(deployment, box, salt), wrapped));
}

export const encodeCredentials = (c: Credentials): Bytes =>
  concat([c.box, c.oneTime ? 1 : 0], c.l, c.auth, c.salt, c.wrapped, c.publicKey);

export function decodeCredentials(bytes: Bytes): Credentials {
  const reader = new Reader(bytes, "the credentials of a mailbox");
  const [box, once] = [reader.uint(1), reader.uint(1)];
  if (box > 1 || once > 1) fail("altered", "the credentials of a mailbox have a flag that is not known");
  const out = {
    box,
    oneTime: once === 1,
    l: reader.take(32),
    auth: reader.take(32),
    salt: reader.take(16),
    wrapped: reader.take(64),
    publicKey: reader.take(32),
  };
  reader.end();
  return out;
}
