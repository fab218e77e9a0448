// A receipt under a policy: verified; not verified, because…; or cannot be checked here.

import { type Bytes, Refusal, hex, refuse } from "./bytes";
import { type Json, isObject, parseCanonical } from "./json";
import { Type, checkNote } from "./note";
import { type Entry, checkOpening } from "./opening";
import { parsePolicy, quorumTime } from "./policy";
import { parseReceipt } from "./proof";
import { checkInclusion, leafHash } from "./tree";
import { Say } from "./why";

/** What a verified receipt says. */
export interface Facts {
  origin: string;
  index: bigint;
  size: bigint;
  leaf: string;
  /** A public entry, a sealed one, or a sealed one opened in part or in full. */
  shown: Say;
  fields: [string, Json][];
  /** The entry existed not later than this, in POSIX seconds; 0 under `quorum none`. */
  time: bigint;
  /** Names of the witnesses whose cosignatures were checked. */
  witnesses: string[];
  /** ML-DSA-44 lines of known keys, not checked here. */
  unchecked: number;
}

export interface Result {
  answer: Say.Verified | Say.Refused | Say.Unable;
  why: Say;
  about: string;
  facts?: Facts;
}

/** An entry, or an opening that commits to one: told apart by the first byte, then by the members. */
async function entryOf(bytes: Bytes): Promise<Entry> {
  if (bytes[0] === 1 && bytes.length === 33) return { bytes, fields: [], shown: Say.Sealed };
  const value = parseCanonical(bytes);
  if (!isObject(value)) return refuse(Say.Entry);
  if ("digests" in value || "event" in value) return checkOpening(value);
  return typeof value.kind === "string" ? { bytes, fields: Object.entries(value), shown: Say.Open } : refuse(Say.Entry);
}

async function check(receipt: Bytes, policyFile: Bytes, opening: Bytes | null): Promise<Facts> {
  // Limits on size come before parsing.
  if ([receipt, policyFile, opening].some((bytes) => bytes && bytes.length > 1 << 20)) refuse(Say.Long);
  const policy = await parsePolicy(policyFile);
  const { extra, index, size, hashes, root, note, origin } = parseReceipt(receipt);
  const within = extra && (await entryOf(extra));
  const beside = opening && (await entryOf(opening));
  if (beside && (beside.shown === Say.Open || (within && hex(within.bytes) !== hex(beside.bytes))))
    refuse(Say.OtherOpening);
  const { bytes, fields, shown } = beside ?? within ?? refuse(Say.Entry);
  const leaf = await leafHash(bytes);
  await checkInclusion(leaf, index, size, hashes, root);

  const logs = policy.logs.filter(({ name }) => name === origin);
  const lines = await checkNote(note, [...logs, ...policy.witnesses]);
  const checked = lines.filter(({ signer }) => signer.type !== Type.Mldsa44);
  const byLog = lines.filter(({ signer }) => logs.includes(signer));
  if (!byLog.length) refuse(Say.NoLog, origin);
  const time = quorumTime(policy, checked);
  if (time === undefined && quorumTime(policy, lines) === undefined) refuse(Say.Quorum);
  if (!byLog.some((line) => checked.includes(line))) refuse(Say.LogMldsa, origin, true);
  if (time === undefined) return refuse(Say.QuorumMldsa, "", true);
  return {
    origin,
    index,
    size,
    leaf: hex(leaf),
    shown,
    fields,
    time,
    witnesses: checked.filter(({ time }) => time).map(({ signer }) => signer.name),
    unchecked: lines.length - checked.length,
  };
}

/** Checks a receipt. Any bytes give one of the three answers; nothing is asked of any server. */
export async function verify(receipt: Bytes, policy: Bytes, opening: Bytes | null = null): Promise<Result> {
  try {
    return { answer: Say.Verified, why: Say.InLog, about: "", facts: await check(receipt, policy, opening) };
  } catch (error) {
    // What is not a finding is a lack or a fault of this browser: whatever it is, it is not a pass.
    const { why, about, unable } = error instanceof Refusal ? error : new Refusal(Say.Browser, String(error), true);
    return { answer: unable ? Say.Unable : Say.Refused, why, about };
  }
}
