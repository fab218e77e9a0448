// Sealed values, and wraps of the keys that open them.

import { type Bytes, Reader, concat, random, type Rng, uint, utf8 } from "./bytes";
import { type Secret, fromPkcs8, toPkcs8 } from "./curves";
import { fail } from "./errors";
import * as hpke from "./hpke";
import { pad, unpad } from "./pad";
import { type Place, encodePlace, Field } from "./place";

export const enum Type {
  Value = 1,
  Wrap = 2,
  File = 3,
}

const MAGIC = [0x41, 0x4e, 0x53, 1];
const SUITE = 1;
const VALUE_INFO = utf8("answerable/value/v1");
const WRAP_INFO = utf8("answerable/wrap/v1");
export const HEADER = 10;
export const WRAP_LENGTH = HEADER + 32 + 48 + 16;

const header = (type: Type, epoch: number): Bytes => concat(MAGIC, [type, SUITE], uint(epoch, 4));

interface Parts {
  head: Bytes;
  enc: Bytes;
  ct: Bytes;
}

function parts(sealed: Bytes, type: Type): Parts {
  const reader = new Reader(sealed, "a sealed value");
  const head = reader.take(HEADER);
  if (!MAGIC.every((byte, i) => head[i] === byte)) fail("altered", "these bytes are not a sealed value");
  if (head[4] !== type) fail("altered", "this sealed value is of another type");
  if (head[5] !== SUITE) fail("altered", "this sealed value is of a suite that is not known here");
  return { head, enc: reader.take(32), ct: reader.rest() };
}

/** The epoch that a sealed value, wrap or file names. */
export function epochOf(sealed: Bytes): number {
  const type = sealed[4];
  if (type !== Type.Value && type !== Type.Wrap && type !== Type.File)
    fail("altered", "these bytes are not a sealed value");
  return new DataView(parts(sealed, type).head.buffer).getUint32(6);
}

const valuePlace = (place: Place): Bytes =>
  place.field === Field.None ? fail("rejected", "a value has a field") : encodePlace(place);

/** Seals padded bytes at a place; used by values and by the heads of files. */
export async function sealBytes(
  type: Type,
  place: Place,
  publicKey: Bytes,
  padded: Bytes,
  epoch: number,
  rng: Rng,
): Promise<Bytes> {
  const head = header(type, epoch);
  const { enc, ct } = await hpke.seal(publicKey, VALUE_INFO, concat(head, valuePlace(place)), padded, rng);
  return concat(head, enc, ct);
}

export async function openBytes(type: Type, place: Place, secret: Secret, sealed: Bytes): Promise<Bytes> {
  const { head, enc, ct } = parts(sealed, type);
  return hpke.open(secret, enc, VALUE_INFO, concat(head, valuePlace(place)), ct);
}

export interface SealOptions {
  epoch?: number;
  least?: number;
  rng?: Rng;
}

/** Seals at most 65,532 bytes at a place. Anyone may; only a holder of the compartment's key opens. */
export const sealValue = (
  place: Place,
  publicKey: Bytes,
  data: Bytes,
  { epoch = 0, least = 512, rng = random }: SealOptions = {},
): Promise<Bytes> => sealBytes(Type.Value, place, publicKey, pad(data, least), epoch, rng);

export const openValue = async (place: Place, secret: Secret, sealed: Bytes): Promise<Bytes> =>
  unpad(await openBytes(Type.Value, place, secret, sealed));

const wrapAad = (head: Bytes, place: Place, holder: Bytes): Bytes => {
  if (holder.length !== 16) fail("rejected", "a holder is named by 16 bytes");
  // A wrap is of the whole compartment: its place has no field and no version.
  return concat(head, encodePlace({ ...place, field: Field.None, version: 0 }), holder);
};

/** Wraps a compartment's private key of 32 bytes to a holder's public key: 106 bytes. */
export async function sealWrap(
  place: Place,
  holder: Bytes,
  holderPublic: Bytes,
  raw: Bytes,
  { epoch = 0, rng = random }: SealOptions = {},
): Promise<Bytes> {
  const head = header(Type.Wrap, epoch);
  const pkcs8 = toPkcs8(raw);
  const { enc, ct } = await hpke.seal(holderPublic, WRAP_INFO, wrapAad(head, place, holder), pkcs8, rng);
  pkcs8.fill(0);
  return concat(head, enc, ct);
}

/** The compartment's private key, 32 bytes: to be overwritten by the caller as soon as it is imported. */
export async function openWrap(place: Place, holder: Bytes, secret: Secret, wrap: Bytes): Promise<Bytes> {
  const { head, enc, ct } = parts(wrap, Type.Wrap);
  return unwrapped(await hpke.open(secret, enc, WRAP_INFO, wrapAad(head, place, holder), ct));
}

/** As `openWrap`, from the Diffie-Hellman value that the panel's partial results combine to. */
export async function openWrapWithDh(
  place: Place,
  holder: Bytes,
  dh: Bytes,
  holderPublic: Bytes,
  wrap: Bytes,
): Promise<Bytes> {
  const { head, enc, ct } = parts(wrap, Type.Wrap);
  return unwrapped(await hpke.openWithDh(dh, enc, holderPublic, WRAP_INFO, wrapAad(head, place, holder), ct));
}

function unwrapped(pkcs8: Bytes): Bytes {
  try {
    return fromPkcs8(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}
