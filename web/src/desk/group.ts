// edwards25519 as recovery needs it: canonical points of prime order, and the proof that two points share one secret.

import { ed25519 } from "@noble/curves/ed25519.js";
import { expand_message_xmd } from "@noble/curves/abstract/hash-to-curve.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, uint, utf8 } from "../sealing/bytes";
import { fail } from "../sealing/errors";

export type Point = InstanceType<typeof ed25519.Point>;
const { Fp, Fn, BASE, ZERO } = ed25519.Point;

const little = (bytes: Bytes): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function toLittle(value: bigint): Bytes {
  const out = new Uint8Array(32);
  for (let i = 0, rest = value; i < 32; i++, rest >>= 8n) out[i] = Number(rest & 255n);
  return out;
}

/** A point of 32 bytes: canonical, of prime order, not the identity. Refuses any other. */
export function point(bytes: Bytes, what: string): Point {
  let found: Point;
  try {
    found = ed25519.Point.fromBytes(bytes);
  } catch {
    return fail("altered", `${what} is not a point`);
  }
  if (found.is0() || !found.isTorsionFree()) fail("altered", `${what} is not of prime order`);
  return found;
}

/** A scalar of 32 bytes, little-endian, below the group's order. */
export function scalar(bytes: Bytes, what: string): bigint {
  const value = little(bytes);
  return bytes.length === 32 && value < Fn.ORDER ? value : fail("altered", `${what} is not a scalar`);
}

/** The X25519 form of a point: u = (1 + y) / (1 - y), 32 bytes little-endian (RFC 7748, section 4.1). */
export function montgomery(of: Point): Bytes {
  const { y } = of.toAffine();
  return toLittle(Fp.div(Fp.add(1n, y), Fp.sub(1n, y)));
}

/** The point with sign bit 0 whose X25519 form is `enc`. Refuses what is not canonical or not of prime order. */
export function edwards(enc: Bytes): Point {
  const u = little(enc);
  if (enc.length !== 32 || u >= Fp.ORDER || u === Fp.ORDER - 1n)
    fail("altered", "an encapsulated key is not canonical");
  return point(toLittle(Fp.div(Fp.sub(u, 1n), Fp.add(u, 1n))), "an encapsulated key");
}

/** The sum of points, each multiplied by its scalar. Public values only: its time depends on them. */
export const sum = (...terms: [bigint, Point][]): Point =>
  terms.reduce((total, [factor, of]) => total.add(of.multiplyUnsafe(Fn.create(factor))), ZERO);

/** Lagrange's coefficients at 0 for the members `at`, numbers from 1, each once. */
export function lagrange(at: readonly number[]): bigint[] {
  if (new Set(at).size !== at.length || at.some((i) => !Number.isInteger(i) || i < 1))
    fail("rejected", "a member is named twice");
  return at.map((i) =>
    at
      .filter((j) => j !== i)
      .reduce((product, j) => Fn.mul(product, Fn.div(Fn.create(BigInt(j)), Fn.create(BigInt(j - i)))), 1n),
  );
}

/** Adds up members' points at 0: the point that the whole key would give. */
export const interpolate = (parts: readonly { member: number; of: Point }[]): Point => {
  const factors = lagrange(parts.map(({ member }) => member));
  return sum(...parts.map(({ of }, i): [bigint, Point] => [factors[i]!, of]));
};

const sized = (bytes: Bytes): Bytes => concat(uint(bytes.length, 2), bytes);

function hashToScalar(message: Bytes, context: Bytes): bigint {
  const uniform = expand_message_xmd(message, concat(utf8("HashToScalar-"), context), 64, sha512) as Bytes;
  return Fn.create(little(uniform));
}

export interface Proof {
  c: bigint;
  s: bigint;
}

/**
 * Whether the secret behind `key` (times the base point) is the one behind `result` (times `of`): VerifyProof of RFC 9497,
 * section 2.2.2, for one pair, over edwards25519 with SHA-512. `context` is the whole context string.
 */
export function proves(key: Point, of: Point, result: Point, { c, s }: Proof, context: Bytes): boolean {
  const bytes = (one: Point): Bytes => one.toBytes() as Bytes;
  const seed = sha512(concat(sized(bytes(key)), sized(concat(utf8("Seed-"), context)))) as Bytes;
  const composite = concat(sized(seed), uint(0, 2), sized(bytes(of)), sized(bytes(result)), utf8("Composite"));
  const weight = hashToScalar(composite, context);
  const [m, z] = [sum([weight, of]), sum([weight, result])];
  const t2 = sum([s, BASE], [c, key]);
  const t3 = sum([s, m], [c, z]);
  const transcript = concat(...[key, m, z, t2, t3].map((one) => sized(bytes(one))), utf8("Challenge"));
  return hashToScalar(transcript, context) === c;
}

export const sha512Of = (...parts: Bytes[]): Bytes => sha512(concat(...parts)) as Bytes;
