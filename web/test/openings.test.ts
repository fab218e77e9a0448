// Openings and policies at their edges: out of order, repeated, too many, too few, one thing under another's name.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { Refusal, hex, utf8 } from "../src/bytes";
import type { Fields, Json } from "../src/json";
import { checkOpening } from "../src/opening";
import { fieldsOf } from "../src/kinds";
import type { Signed } from "../src/note";
import { type Policy, parsePolicy, quorumTime } from "../src/policy";
import { Say } from "../src/why";

const refuses = (why: Say, act: Promise<unknown>, what?: string): Promise<void> =>
  assert.rejects(act, (error) => error instanceof Refusal && error.why === why, what);

// A pad, and its digests by the rule that the record states, computed here by other means.
const KEY = "d8b659dd63a9193c6dfe14f214b09904e21b9daf39cb1fbfcca12e34b80f86b8";
const PAD: Fields = { "kind": "pad", "ordinal": 0, "tick": 1966080, "v": 1 };
const NAMES = ["kind", "ordinal", "tick", "v"];
const salt = (name: string): string =>
  createHmac("sha256", Buffer.from(KEY, "hex")).update(`salt\0${name}`).digest("hex");
const digest = (name: string, value: Json = PAD[name]!): string =>
  createHash("sha256")
    .update("answerable/commit/v1\0field\0")
    .update(Buffer.from(salt(name), "hex"))
    .update(JSON.stringify([name, value]))
    .digest("hex");
const DIGESTS = NAMES.map((name) => digest(name));
const show = (name: string): Json => [name, PAD[name] ?? 0, salt(name)];
const part = (names: string[], digests: Json = DIGESTS): Fields => ({ digests, "open": names.map(show), "v": 1 });

test("any part of an event that begins with its kind opens it, and says no more than it shows", async () => {
  const whole = await checkOpening({ "event": PAD, "key": KEY, "v": 1 });
  for (const names of [["kind"], ["kind", "tick"], ["kind", "ordinal", "v"], NAMES]) {
    const opened = await checkOpening(part(names));
    assert.equal(hex(opened.bytes), hex(whole.bytes));
    assert.deepEqual(
      opened.fields.map(([name]) => name),
      names,
    );
    assert.equal(opened.shown, names.length < 4 ? Say.Part : Say.Full);
  }
});

test("fields out of order, repeated, or without the kind before them", async () => {
  for (const names of [
    ["kind", "tick", "ordinal"],
    ["kind", "v", "tick"],
    ["kind", "tick", "tick"],
    ["kind", "kind"],
    ["kind", "unheard"],
    ["kind", "ordinal", "tick", "v", "v"],
  ])
    await refuses(Say.Opening, checkOpening(part(names)), names.join());
  for (const names of [[], ["ordinal"], ["tick", "kind"], ["ordinal", "kind", "tick"]])
    await refuses(Say.Kind, checkOpening(part(names)), names.join());
});

test("one digest for each field of the kind, no more and no fewer", async () => {
  const more = [...DIGESTS, digest("v")];
  for (const digests of [[], DIGESTS.slice(1), DIGESTS.slice(0, 3), more, [...DIGESTS, ...DIGESTS]])
    await refuses(Say.Opening, checkOpening(part(["kind"], digests)), String(digests.length));
  for (const digests of [null, "", DIGESTS.join(), { "0": DIGESTS[0]! }, [...DIGESTS.slice(0, 3), null]])
    await refuses(Say.Opening, checkOpening(part(["kind"], digests)));
  for (const digests of [DIGESTS.map((one) => one.toUpperCase()), DIGESTS.map((one) => one.slice(2))])
    await refuses(Say.Opening, checkOpening(part(["kind"], digests)));
});

test("a value stands under the digest of its own place", async () => {
  const [kind, ordinal, tick, v] = DIGESTS as [string, string, string, string];
  await refuses(Say.Digest, checkOpening(part(["kind", "tick"], [kind, tick, ordinal, v])));
  await refuses(Say.Digest, checkOpening(part(["kind"], [ordinal, kind, tick, v])));
  // Another value, another salt: neither is what was committed to.
  const shown = (...one: Json[]): Fields => ({ "digests": DIGESTS, "open": [show("kind"), one], "v": 1 });
  await checkOpening(shown("tick", 1966080, salt("tick")));
  await refuses(Say.Digest, checkOpening(shown("tick", 1966081, salt("tick"))));
  await refuses(Say.Digest, checkOpening(shown("tick", 1966080, salt("v"))));
  // A digest that nothing is shown for is not checked, but it is part of the entry.
  const other = await checkOpening(part(["kind"], [kind, ordinal, tick, kind]));
  assert.notEqual(hex(other.bytes), hex((await checkOpening(part(["kind"]))).bytes));
});

test("a shown field is a name, a value and a salt", async () => {
  const open = (...shows: Json[]): Fields => ({ "digests": DIGESTS, "open": [show("kind"), ...shows], "v": 1 });
  const good = salt("tick");
  for (const bad of [
    ["tick", 1966080],
    ["tick", 1966080, good, good],
    ["tick", 1966080, good.toUpperCase()],
    ["tick", 1966080, good.slice(2)],
    ["tick", 1966080, null],
    "tick",
    null,
    [],
    { "0": "tick", "1": 1966080, "2": good },
  ])
    await refuses(Say.Opening, checkOpening(open(bad)), JSON.stringify(bad));
  await refuses(Say.Value, checkOpening(open(["tick", "1966080", good])));
  for (const shows of [null, "kind", {}])
    await refuses(Say.Opening, checkOpening({ "digests": DIGESTS, "open": shows, "v": 1 }));
});

test("an opening is of one of two forms, not between them", async () => {
  const some = part(["kind"]);
  for (const bad of [
    { ...some, "v": 2 },
    { ...some, "v": "1" },
    { ...some, "key": KEY },
    { "digests": DIGESTS, "v": 1 },
    { "open": some.open!, "v": 1 },
    { "event": PAD, "v": 1 },
    { "event": PAD, "key": KEY.toUpperCase(), "v": 1 },
    { "event": PAD, "key": KEY.slice(2), "v": 1 },
    { "event": [PAD], "key": KEY, "v": 1 },
    { "event": null, "key": KEY, "v": 1 },
  ] as Fields[])
    await refuses(Say.Opening, checkOpening(bad), JSON.stringify(bad).slice(0, 60));
  for (const name of NAMES.slice(1)) {
    const { [name]: _, ...rest } = PAD;
    await refuses(Say.Value, checkOpening({ "event": rest, "key": KEY, "v": 1 }), name);
  }
});

// Keys of our own making: a name, and 32 bytes under each type's byte.
const vkey = (name: string, type: number, fill: number): string => {
  const raw = Buffer.concat([Buffer.from([type]), Buffer.alloc(32, fill)]);
  const id = createHash("sha256").update(`${name}\n`).update(raw).digest("hex").slice(0, 8);
  return `${name}+${id}+${raw.toString("base64")}`;
};
const policy = (...lines: string[]): Promise<Policy> => parsePolicy(utf8(lines.map((line) => line + "\n").join("")));

test("no key, name or member of a group counts twice", async () => {
  const one = `witness one ${vkey("a.example", 4, 1)}`;
  const two = `witness two ${vkey("b.example", 4, 2)}`;
  const log = `log ${vkey("log.example", 1, 3)}`;
  await policy(log, one, two, "group g 2 one two", "quorum g");
  await policy(`${log} https://log.example/`, "quorum none");
  for (const [line, ...lines] of [
    ["2", one, `witness again ${vkey("a.example", 4, 1)}`, "quorum one"],
    ["2", log, log, "quorum none"],
    ["2", one, `witness one ${vkey("b.example", 4, 2)}`, "quorum one"],
    ["3", one, two, "group one 1 two", "quorum one"],
    ["2", one, "group g 2 one one", "quorum g"],
    ["4", one, two, "group g 1 one two", "group h 1 one", "quorum h"],
    ["3", one, two, "group g 3 one two", "quorum g"],
    ["3", one, two, "group g 0 one two", "quorum g"],
    ["2", one, "group none 1 one", "quorum none"],
    ["1", `witness none ${vkey("a.example", 4, 1)}`, "quorum none"],
    ["1", `witness log ${vkey("log.example", 1, 3)}`, "quorum log"],
    ["1", `log ${vkey("a.example", 4, 1)}`, "quorum none"],
    ["3", one, "quorum one", "quorum one"],
    ["2", one, "grouped g 1 one", "quorum g"],
    ["1", `${log} https://log.example/ more`, "quorum none"],
    ["2", one, `${two} https://b.example/ more`, "quorum one"],
  ] as [string, ...string[]][])
    await assert.rejects(
      policy(...lines),
      (error) => error instanceof Refusal && error.why === Say.Policy && !!error.about?.startsWith(line + ":"),
      lines.join(" | "),
    );
  await refuses(Say.Policy, policy(log, one));
});

test("the quorum time is the first at which enough have signed, whatever the order of their lines", async () => {
  const read = await policy(
    ...[1, 2, 3].map((n) => `witness w${n} ${vkey(`w${n}.example`, 4, n)}`),
    "group g 2 w1 w2 w3",
    "quorum g",
  );
  const at = (...times: [number, number][]): bigint | undefined =>
    quorumTime(
      read,
      times.map(([n, time]) => ({ signer: read.witnesses[n - 1]!, time: BigInt(time) }) as Signed),
    );
  assert.equal(at(), undefined);
  assert.equal(at([1, 10]), undefined);
  assert.equal(at([1, 10], [2, 20]), 20n);
  assert.equal(at([2, 20], [3, 30], [1, 10]), 20n);
  assert.equal(at([3, 5], [2, 20], [1, 10]), 10n);
  // One witness twice is one witness; a time of 0 is none.
  assert.equal(at([1, 10], [1, 20]), undefined);
  assert.equal(at([1, 0], [2, 20]), undefined);
  assert.equal(at([1, 0], [2, 20], [3, 30]), 30n);
  // A signature of somebody the policy does not name does not count.
  const stranger = (await policy(`witness s ${vkey("s.example", 4, 9)}`, "quorum s")).witnesses[0]!;
  assert.equal(
    quorumTime(read, [{ signer: stranger, time: 5n } as Signed, { signer: read.witnesses[0]!, time: 6n } as Signed]),
    undefined,
  );
});

// An event of a case: its digests by the same rule, for any values.
const opened = (event: Fields, names: string[]): Fields => {
  const open = names.map((name): Json => [name, event[name]!, salt(name)]);
  return { "digests": fieldsOf(event.kind).map(([name]) => digest(name, event[name]!)), open, "v": 1 };
};

test("the chain of a case begins at 0, and every later event names the one before", async () => {
  const event: Fields = {
    "kind": "owner.changed",
    "accepted": null,
    "after": { "root": "A".repeat(43) + "=", "size": 0 },
    "at": "2026-12-01",
    "by": "desk",
    "case": "0123456789abcdef".repeat(2),
    "from": "a",
    "prev": null,
    "procedure": null,
    "seq": 0,
    "to": "b",
    "v": 1,
  };
  const all = fieldsOf("owner.changed").map(([name]) => name);
  const later = { ...event, "prev": "0".repeat(64), "seq": 1 };
  for (const sound of [event, later]) {
    await checkOpening(opened(sound, all));
    await checkOpening({ "event": sound, "key": KEY, "v": 1 });
  }
  for (const broken of [
    { ...later, "seq": 0 },
    { ...event, "seq": 1 },
  ]) {
    await refuses(Say.Value, checkOpening(opened(broken, all)));
    await refuses(Say.Value, checkOpening({ "event": broken, "key": KEY, "v": 1 }));
    // Of a part nothing is asked that it does not show.
    for (const names of [["kind", "seq"], ["kind", "prev"], ["kind"]]) await checkOpening(opened(broken, names));
  }
  await checkOpening(opened(later, ["kind", "seq"]));
});
