// Compartment keys. Their bytes exist only inside `unwrap`, `grant` and `create`, which overwrite them.

import { type Bytes, random } from "../sealing/bytes";
import { type Secret, generate, secretFromKey, toPkcs8 } from "../sealing/curves";
import { type Compartment, Field, type Place, type Record } from "../sealing/place";
import { openWrap, sealWrap } from "../sealing/values";
import type { Keys } from "./keys";

/** Which compartment of which record: what a wrap and every value in it are bound to. */
export interface Where {
  deployment: Bytes;
  recordKind: Record;
  record: Bytes;
  compartment: Compartment;
}

/** A person or the recovery key, to whom a compartment's key is wrapped. */
export interface Holder {
  id: Bytes;
  publicKey: Bytes;
}

export interface Wrapped {
  holder: Bytes;
  wrap: Bytes;
}

export const placeOf = (where: Where, field: Field = Field.None, version = 0): Place => ({ ...where, field, version });

/** A version that nobody else will choose: a random number of 32 bits, never 0, which is the first form's. */
export const newVersion = (): number => new DataView(random(4).buffer).getUint32(0) || 1;

/** Takes 32 bytes into WebCrypto, not extractable, and overwrites them. */
async function taken(raw: Bytes): Promise<Secret> {
  const pkcs8 = toPkcs8(raw);
  try {
    return await secretFromKey(await crypto.subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]));
  } finally {
    raw.fill(0);
    pkcs8.fill(0);
  }
}

/** The key of a compartment, from a wrap made for this person. Refuses a wrap of another place or holder. */
export const unwrap = async (keys: Keys, where: Where, wrap: Bytes): Promise<Secret> =>
  taken(await openWrap(placeOf(where), keys.id, keys.x, wrap));

/** Takes bytes that recovery combined; overwrites them. */
export const recovered = taken;

/** Wraps the key in `wrap`, which is this person's own, for others as well. The epoch stays. */
export async function grant(
  keys: Keys,
  where: Where,
  wrap: Bytes,
  holders: readonly Holder[],
  epoch: number,
): Promise<Wrapped[]> {
  const raw = await openWrap(placeOf(where), keys.id, keys.x, wrap);
  return wrapFor(raw, where, holders, epoch);
}

/** Wraps 32 bytes for holders, in the order of their ids, and overwrites them. */
export async function wrapFor(raw: Bytes, where: Where, holders: readonly Holder[], epoch: number): Promise<Wrapped[]> {
  try {
    const wraps: Wrapped[] = [];
    for (const { id, publicKey } of holders)
      wraps.push({ holder: id, wrap: await sealWrap(placeOf(where), id, publicKey, raw, { epoch }) });
    return wraps;
  } finally {
    raw.fill(0);
  }
}

export interface Created {
  compartment: Compartment;
  epoch: number;
  publicKey: Bytes;
  wraps: Wrapped[];
}

/** A new key for a compartment, or its next epoch: wrapped for those who may hold it, kept by nobody else. */
export async function create(where: Where, holders: readonly Holder[], epoch = 0): Promise<Created> {
  const { raw, publicKey } = await generate();
  return { compartment: where.compartment, epoch, publicKey, wraps: await wrapFor(raw, where, holders, epoch) };
}
