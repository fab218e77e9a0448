// Recovery: panel members' partial results, each proved, combined in the browser of whoever the panel lets in.
// Fewer than k give nothing; a wrong one is refused by its proof, and the wrap's own tag has the last word.

import { type Bytes, concat, fromBase64, fromUtf8, hex, same, sha256, uint, unhex, utf8 } from "../sealing/bytes";
import type { Secret } from "../sealing/curves";
import { SealingError, fail } from "../sealing/errors";
import * as hpke from "../sealing/hpke";
import { COMPARTMENT_CODES, Field, RECORD_CODES, RECOVERY, type Place } from "../sealing/place";
import { HEADER, openWrapWithDh } from "../sealing/values";
import { type Point, type Proof, edwards, interpolate, montgomery, point, proves, scalar, sha512Of } from "./group";

const PARTIAL_INFO = utf8("answerable/recovery/partial/v1");

/** The recovery key as its ceremony made it: any k of the n public shares give the whole. */
export interface RecoveryKey {
  deployment: Bytes;
  k: number;
  n: number;
  publicKey: Bytes;
  shares: Point[];
}

/** A request as members are given it, and the hash that binds their answers to it. */
export interface Request {
  hash: Bytes;
  id: Bytes;
  place: Place;
  holder: Bytes;
  wrap: Bytes;
}

/** One member's verified result. */
export interface Partial {
  member: number;
  of: Point;
}

function fields(text: string, kind: string, names: string): Record<string, unknown> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    fail("altered", "this file is not JSON");
  }
  const data = found as Record<string, unknown>;
  if (typeof data !== "object" || data === null || data["kind"] !== kind || data["v"] !== 1)
    fail("altered", `this file is not of the kind ${kind}`);
  if (Object.keys(data).sort().join(" ") !== names) fail("altered", "this file has other parts than it must have");
  return data;
}

const string = (value: unknown): string => (typeof value === "string" ? value : fail("altered", "a text is missing"));
const count = (value: unknown): number =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) < 256
    ? (value as number)
    : fail("altered", "a number is missing");

/** Reads the public part of the recovery key, and holds it to the key that the readers' note names. */
export function readKey(text: string, noted: { publicKey: Bytes; k: number; n: number }): RecoveryKey {
  const data = fields(text, "answerable/recovery/key@v1", "deployment how k kind n point public shares v");
  const [k, n] = [count(data["k"]), count(data["n"])];
  const publicKey = unhex(string(data["public"]), 32);
  const shares = Array.isArray(data["shares"]) ? data["shares"] : fail("altered", "the shares are missing");
  const points = shares.map((one, i) => point(unhex(string(one), 32), `share ${i + 1}`));
  if (k !== noted.k || n !== noted.n || !same(publicKey, noted.publicKey))
    fail("readers", "this recovery key is not the one in the readers’ note");
  if (points.length !== n || k > n) fail("altered", "the recovery key has another number of shares");
  for (let first = 0; first + k <= n; first++) {
    const some = points.slice(first, first + k).map((of, i) => ({ member: first + i + 1, of }));
    if (!same(montgomery(interpolate(some)), publicKey)) fail("altered", "the shares do not make up the recovery key");
  }
  return { deployment: unhex(string(data["deployment"]), 32), k, n, publicKey, shares: points };
}

/** Reads a request; `bytes` exactly as members were given it. */
export async function readRequest(bytes: Bytes): Promise<Request> {
  const data = fields(
    fromUtf8(bytes),
    "answerable/recovery/request@v1",
    "compartment day deployment holder id kind opening reason record record_kind source stage v wrap x25519",
  );
  const recordKind = RECORD_CODES.indexOf(string(data["record_kind"]));
  const compartment = COMPARTMENT_CODES.indexOf(string(data["compartment"]));
  const deployment = unhex(string(data["deployment"]), 32);
  const record = unhex(string(data["record"]), 16);
  if (recordKind < 1 || compartment < 1) fail("altered", "the request names no compartment");
  return {
    hash: await sha256(bytes),
    id: unhex(string(data["id"]), 16),
    place: { deployment, recordKind, record, compartment, field: Field.None, version: 0 },
    holder: unhex(string(data["holder"]), 16),
    wrap: fromBase64(string(data["wrap"])),
  };
}

const encOf = (request: Request): Bytes => request.wrap.slice(HEADER, HEADER + 32);

/** The context string of member `i`'s proof. */
async function contextOf(request: Request, share: Point, of: Point, result: Point, i: number) {
  const binding = concat(
    utf8("answerable/recovery/open/v1\0"),
    request.place.deployment,
    await sha256(request.wrap),
    request.id,
    request.holder,
    [i],
  );
  const bytes = (one: Point): Bytes => one.toBytes() as Bytes;
  return concat(
    utf8("answerable/dleq/v1-edwards25519-SHA512-"),
    sha512Of(binding, bytes(share), uint(1, 4), bytes(of), bytes(result)),
  );
}

/** Opens and checks one member's file. Refuses one of another request, person or member, and one that proves nothing. */
export async function readPartial(text: string, key: RecoveryKey, request: Request, secret: Secret): Promise<Partial> {
  const data = fields(text, "answerable/recovery/partial@v1", "id kind member request sealed v");
  const member = count(data["member"]);
  if (!same(key.deployment, request.place.deployment)) fail("rejected", "the request is of another deployment");
  if (member > key.n) fail("altered", `there is no member ${member}`);
  if (string(data["request"]) !== hex(request.hash) || string(data["id"]) !== hex(request.id))
    fail("rejected", "this file answers another request");
  const sealed = fromBase64(string(data["sealed"]));
  const plain = await hpke.open(
    secret,
    sealed.slice(0, 32),
    PARTIAL_INFO,
    concat(request.hash, [member]),
    sealed.slice(32),
  );
  if (plain.length !== 97 || plain[0] !== member) fail("altered", "this file holds another member’s result");
  const result = point(plain.slice(1, 33), "the result");
  const proof: Proof = { c: scalar(plain.slice(33, 65), "the proof"), s: scalar(plain.slice(65), "the proof") };
  const share = key.shares[member - 1]!;
  const of = edwards(encOf(request));
  if (!proves(share, of, result, proof, await contextOf(request, share, of, result, member)))
    fail("altered", `the result of member ${member} proves nothing: ask that member for another`);
  return { member, of: result };
}

/**
 * The compartment's private key (32 bytes, for the caller to overwrite) from k verified results of different members.
 * Any k are as good as any other. Refuses fewer, and results that do not open the wrap.
 */
export async function combine(key: RecoveryKey, request: Request, partials: readonly Partial[]): Promise<Bytes> {
  const known = [...new Map(partials.map((one) => [one.member, one])).values()];
  if (known.length < key.k) fail("count", `${key.k} members’ results are needed; ${known.length} are here`);
  const dh = montgomery(interpolate(known.slice(0, key.k)));
  try {
    return await openWrapWithDh(request.place, RECOVERY, dh, key.publicKey, request.wrap);
  } catch (error) {
    throw error instanceof SealingError ? new SealingError("altered", "the results do not open this wrap") : error;
  } finally {
    dh.fill(0);
  }
}
