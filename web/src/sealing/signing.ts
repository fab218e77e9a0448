// Signing with the key of a code: envelopes, by the old words' key where the words change, and each epoch she begins.

import { type Bytes, concat, uint, utf8 } from "./bytes";
import { type Signing, signingFrom, verifies } from "./curves";
import { type Envelope, type Sealed, type Unsigned, encode, unsigned } from "./envelope";
import type { Place } from "./place";

const CONTEXT = utf8("answerable/envelope/v1\0");
const EPOCH = utf8("answerable/own-epoch/v1\0");

/** Where an epoch is: any place in its compartment. */
type Where = Pick<Place, "deployment" | "recordKind" | "record" | "compartment">;

const epochBytes = ({ deployment, recordKind, record, compartment }: Where, epoch: number, publicKey: Bytes): Bytes =>
  concat(EPOCH, deployment, [recordKind], record, [compartment], uint(epoch, 4), publicKey);

/**
 * The envelope signed with `seed`; `following` is the seed that signs from then on, where that is another. Epochs without
 * a signature are signed with the seed that signs from then on.
 */
export async function sign(envelope: Unsigned, seed: Bytes, following: Bytes = seed): Promise<Envelope> {
  const after = await signingFrom(following);
  const compartments = await Promise.all(envelope.compartments.map((one) => signedEpoch(envelope, one, after)));
  const whole = { ...envelope, compartments };
  const signature = await (await signingFrom(seed)).sign(concat(CONTEXT, unsigned(whole), after.publicKey));
  return { ...whole, signer: after.publicKey, signature };
}

async function signedEpoch(envelope: Unsigned, one: Sealed, key: Signing): Promise<Sealed> {
  const where = { ...envelope, compartment: one.compartment };
  return { ...one, signature: one.signature ?? (await key.sign(epochBytes(where, one.epoch, one.publicKey))) };
}

/** The public half of a seed's key. */
export const signerOf = async (seed: Bytes): Promise<Bytes> => (await signingFrom(seed)).publicKey;

/** Whether an envelope was signed by this key. */
export const signedBy = (envelope: Envelope, publicKey: Bytes): Promise<boolean> =>
  verifies(publicKey, concat(CONTEXT, encode(envelope).slice(0, -64)), envelope.signature);

/** Whether an epoch of a compartment was begun under the code whose public key is `signer`. */
export const epochSignedBy = (
  signer: Bytes,
  where: Where,
  epoch: number,
  publicKey: Bytes,
  signature: Bytes,
): Promise<boolean> => verifies(signer, epochBytes(where, epoch, publicKey), signature);
