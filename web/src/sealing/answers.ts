// What the office answers, signed: values for a reporter's mailbox, and new keys of her compartments. Anybody can seal to
// a public key; only the office signs under a key that the note of readers names.

import { type Bytes, concat, sha256, uint, utf8 } from "./bytes";
import { verifies } from "./curves";
import { Field, type Place, encodePlace } from "./place";

const VALUE = utf8("answerable/answer/v1\0");
const EPOCH = utf8("answerable/answer-epoch/v1\0");

/** What is signed of a value: its place, and the hash of its sealed bytes. */
const valueMessage = async (place: Place, sealed: Bytes): Promise<Bytes> =>
  concat(VALUE, encodePlace(place), await sha256(sealed));

/** What is signed of a compartment's epoch: deployment, kind of record, record, compartment; epoch and public key. */
const epochMessage = (place: Place, epoch: number, publicKey: Bytes): Bytes =>
  concat(EPOCH, encodePlace({ ...place, field: Field.None, version: 0 }).slice(0, 50), uint(epoch, 4), publicKey);

async function signedBy(office: readonly Bytes[], message: Bytes, signature: Bytes | null): Promise<boolean> {
  if (signature?.length !== 64) return false;
  for (const key of office) if (await verifies(key, message, signature)) return true;
  return false;
}

/** Whether one of the office's keys signed this value for this place. */
export const verifyValue = async (
  office: readonly Bytes[],
  place: Place,
  sealed: Bytes,
  signature: Bytes | null,
): Promise<boolean> => signedBy(office, await valueMessage(place, sealed), signature);

/** Whether one of the office's keys signed this epoch of this compartment. Of the place, only the compartment counts. */
export const verifyEpoch = (
  office: readonly Bytes[],
  place: Place,
  epoch: number,
  publicKey: Bytes,
  signature: Bytes | null,
): Promise<boolean> =>
  publicKey.length === 32 ? signedBy(office, epochMessage(place, epoch, publicKey), signature) : Promise.resolve(false);
