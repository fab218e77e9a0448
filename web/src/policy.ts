// Trust policies (C2SP tlog-policy): whose signatures are asked for, and how many of whom are enough.

import { type Bytes, Refusal, decimal, fromOctets, octets, refuse, text } from "./bytes";
import { type Key, type Signed, Type, parseKey } from "./note";
import { Say } from "./why";

/** Whether a witness or group has witnessed, given the keys that cosigned. */
type Rule = (cosigned: Key[]) => boolean;

export interface Policy {
  logs: Key[];
  witnesses: Key[];
  /** Null for `quorum none`. */
  quorum: Rule | null;
}

/** Reads a policy from its octets; refusals name the line. */
export async function parsePolicy(bytes: Bytes): Promise<Policy> {
  const logs: Key[] = [];
  const witnesses: Key[] = [];
  const rules = new Map<string, Rule>();
  const members = new Set<string>();
  let quorum: Rule | null | undefined;

  const no = (): never => refuse(Say.Policy);
  const define = (name: string, rule: Rule): unknown =>
    name === "none" || rules.has(name) ? no() : rules.set(name, rule);
  const known = (name: string): Rule => rules.get(name) ?? no();
  const keyOf = async (vkey: string, among: Key[], type: Type): Promise<Key> => {
    const key = await parseKey(text(fromOctets(vkey)));
    const twice = among.some((other) => octets(other.raw) === octets(key.raw));
    if (twice || (key.type !== type && key.type !== Type.Mldsa44)) no();
    among.push(key);
    return key;
  };

  const read = async (word: string, a?: string, b?: string, ...rest: string[]): Promise<unknown> => {
    if (!a) return no();
    if (word === "log" && !rest.length) return keyOf(a, logs, Type.Ed25519);
    if (word === "quorum" && !b && quorum === undefined) return (quorum = a === "none" ? null : known(a));
    if (!b) return no();
    if (word === "witness" && rest.length < 2) {
      const key = await keyOf(b, witnesses, Type.Cosignature);
      return define(a, (cosigned) => cosigned.includes(key));
    }
    const parts = rest.map((name) => (members.has(name) ? no() : members.add(name), known(name)));
    const need = b === "all" ? parts.length : b === "any" ? 1 : decimal(b);
    if (word !== "group" || need < 1 || need > parts.length) return no();
    return define(a, (cosigned) => parts.filter((part) => part(cosigned)).length >= need);
  };

  for (const [i, line] of octets(bytes).split("\n").entries())
    try {
      const words = line.split(/[ \t]+/).filter(Boolean) as [string];
      if (/[^\t\x20-\x7e\x80-\xff]/.test(line)) no();
      if (words.length && !words[0].startsWith("#")) await read(...words);
    } catch (error) {
      if (error instanceof Refusal) refuse(Say.Policy, i + 1 + ": " + line);
      throw error;
    }
  return { logs, witnesses, quorum: quorum === undefined ? no() : quorum };
}

/**
 * The quorum time: the smallest T at which the cosigners up to T meet the policy; undefined when all of them do not.
 * Time 0 does not count. Under `quorum none` there is nothing to wait for and no time: 0.
 */
export function quorumTime({ quorum, witnesses }: Policy, lines: Signed[]): bigint | undefined {
  if (!quorum) return 0n;
  const counted = lines
    .filter(({ signer, time }) => time && witnesses.includes(signer))
    .sort((a, b) => (a.time < b.time ? -1 : 1));
  const at = counted.find((_, i) => quorum(counted.slice(0, i + 1).map(({ signer }) => signer)));
  return at?.time;
}
