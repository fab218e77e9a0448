// Keys that the reporter made herself, known again by her own key. Anybody can wrap to her public key; but the ephemeral
// key of a wrap that she makes for herself follows from her private key and from all keys that she begins with it.

import { type Bytes, concat, same, uint, utf8 } from "./bytes";
import { publicOf, secretFrom } from "./curves";
import type { Sealed } from "./envelope";
import { fail } from "./errors";
import { expand } from "./hpke";
import { type Compartment, Field, type Place, REPORTER, encodePlace } from "./place";
import { HEADER, openWrap, sealWrap } from "./values";

const CONTEXT = utf8("answerable/own-wrap/v1\0");

/** The public keys of compartments that begin together at one epoch. */
export type Together = readonly { compartment: Compartment; publicKey: Bytes }[];

const ephemeral = (place: Place, raw: Bytes, epoch: number, together: Together): Promise<Bytes> => {
  const where = encodePlace({ ...place, field: Field.None, version: 0 }).slice(0, 50);
  const keys = [...together]
    .sort((a, b) => a.compartment - b.compartment)
    .flatMap(({ compartment, publicKey }) => [[compartment], publicKey]);
  return expand(raw, concat(CONTEXT, where, uint(epoch, 4), ...keys));
};

/** A compartment's private key, wrapped by the reporter to her own key: it vouches for all keys of `together`. */
export async function sealOwnWrap(
  place: Place,
  reporter: Bytes,
  raw: Bytes,
  epoch: number,
  together: Together,
): Promise<Bytes> {
  const key = await ephemeral(place, reporter, epoch, together);
  return sealWrap(place, REPORTER, await publicOf(reporter), raw, { epoch, rng: () => key });
}

/** Whether the reporter with this private key made this wrap, and vouched in it for exactly `together`. */
export const isOwn = async (
  place: Place,
  reporter: Bytes,
  wrap: Bytes,
  epoch: number,
  together: Together,
): Promise<boolean> =>
  same(wrap.slice(HEADER, HEADER + 32), await publicOf(await ephemeral(place, reporter, epoch, together)));

/** Compartments that begin together, her wraps among them made anew so that she knows them again. */
export async function marked(
  compartments: readonly Sealed[],
  placeOf: (compartment: Compartment) => Place,
  reporter: Bytes,
): Promise<Sealed[]> {
  const epochs = new Set(compartments.map(({ epoch }) => epoch));
  if (epochs.size > 1) fail("rejected", "what begins together has one epoch");
  const secret = await secretFrom(reporter);
  const out: Sealed[] = [];
  for (const one of compartments) {
    const wraps = [];
    for (const each of one.wraps) {
      if (!same(each.holder, REPORTER)) {
        wraps.push(each);
        continue;
      }
      const place = placeOf(one.compartment);
      const raw = await openWrap(place, REPORTER, secret, each.wrap);
      const wrap = await sealOwnWrap(place, reporter, raw, one.epoch, compartments);
      raw.fill(0);
      wraps.push({ holder: each.holder, wrap });
    }
    out.push({ ...one, wraps });
  }
  return out;
}
