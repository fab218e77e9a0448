// The desk's keys, wraps, thread and recovery, apart from its pages. Recovery is tried against files that Python made.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Holder, create, grant, placeOf, unwrap, wrapFor } from "../src/desk/compartments";
import { derive, hasKeyTypes, restore } from "../src/desk/kek";
import { ascending, holdersOf } from "../src/desk/noted";
import { asMessage, cameFrom, firstsFirst, languageName } from "../src/desk/show";
import { type Part, keyless } from "../src/desk/opened";
import type { Trouble } from "../src/desk/page";
import { combine, readKey, readPartial, readRequest } from "../src/desk/recovery";
import { openKeys } from "../src/desk/session";
import { type Told, inOrder } from "../src/desk/thread";
import { type Bytes, hex, toBase64, unhex, utf8 } from "../src/sealing/bytes";
import { generate, publicOf, secretFrom } from "../src/sealing/curves";
import { Compartment, Field, Record } from "../src/sealing/place";
import { openValue, openWrap, sealValue } from "../src/sealing/values";

const filled = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte);
const SALT = filled(16, 3);
const HALF = filled(32, 4);
const ID = filled(16, 8);
const WORDS = "alpha bravo charlie delta echo foxtrot";
const WHERE = {
  deployment: filled(32, 7),
  recordKind: Record.Case,
  record: filled(16, 9),
  compartment: Compartment.Deliberation,
};

// One derivation of 128 MiB serves every test that needs a person.
const person = derive(WORDS, SALT, HALF, true);
const factsOf = async () => {
  const { made } = await person;
  return {
    id: hex(ID),
    x25519: hex(made!.x25519),
    ed25519: hex(made!.ed25519),
    salt: toBase64(SALT),
    wrappedX: toBase64(made!.wrappedX),
    wrappedEd: toBase64(made!.wrappedEd),
  };
};
const keysOf = async () => openKeys((await person).kek, await factsOf());

test("keys that were made are unwrapped again, and no script can read them", async () => {
  assert.equal(await hasKeyTypes(), true);
  const { kek } = await person;
  assert.equal(kek.extractable, false);
  const keys = await keysOf();
  assert.equal(hex(keys.x.publicKey), (await factsOf()).x25519);
  assert.equal(keys.ed.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("pkcs8", keys.ed));
  const signature = await crypto.subtle.sign("Ed25519", keys.ed, utf8("an act"));
  const known = await crypto.subtle.importKey("raw", unhex((await factsOf()).ed25519), "Ed25519", false, ["verify"]);
  assert.equal(await crypto.subtle.verify("Ed25519", known, signature, utf8("an act")), true);
});

test("what the tab keeps opens with the session's half alone", async () => {
  const { kept } = await person;
  const kek = await restore(kept, HALF);
  assert.equal(kek.extractable, false);
  assert.equal(hex((await openKeys(kek, await factsOf())).x.publicKey), (await factsOf()).x25519);
  await assert.rejects(restore(kept, filled(32, 5)));
  const altered = kept.slice();
  altered[20]! ^= 1;
  await assert.rejects(restore(altered, HALF));
});

test("another passphrase, or a key in the place of the other, opens nothing", async () => {
  const facts = await factsOf();
  const { kek } = await derive("alpha bravo charlie delta echo golf", SALT, HALF);
  await assert.rejects(openKeys(kek, facts));
  await assert.rejects(openKeys((await person).kek, { ...facts, wrappedX: facts.wrappedEd }));
  await assert.rejects(openKeys((await person).kek, { ...facts, salt: toBase64(filled(16, 1)) }));
});

test("a passphrase counts without its capitals and spaces", async () => {
  const { kek } = await derive("  Alpha BRAVO\tcharlie delta  echo foxtrot\n", SALT, HALF);
  assert.equal(hex((await openKeys(kek, await factsOf())).x.publicKey), (await factsOf()).x25519);
});

test("a compartment is made, opened, granted; bytes are overwritten", async () => {
  const keys = await keysOf();
  const other = await generate();
  const holders: Holder[] = [{ id: keys.id, publicKey: keys.x.publicKey }];
  const made = await create(WHERE, holders, 1);
  const secret = await unwrap(keys, WHERE, made.wraps[0]!.wrap);
  assert.equal(hex(secret.publicKey), hex(made.publicKey));
  const place = placeOf(WHERE, Field.Note, 5);
  const sealed = await sealValue(place, made.publicKey, utf8("words"), { epoch: 1 });
  assert.deepEqual(await openValue(place, secret, sealed), utf8("words"));
  const id = filled(16, 2);
  const [given] = await grant(keys, WHERE, made.wraps[0]!.wrap, [{ id, publicKey: other.publicKey }], 1);
  const raw = await openWrap(placeOf(WHERE), id, await secretFrom(other.raw), given!.wrap);
  assert.equal(hex(await publicOf(raw)), hex(made.publicKey));
  await wrapFor(raw, WHERE, holders, 1);
  assert.ok(raw.every((byte) => byte === 0));
});

test("a wrap moved to another compartment, record or person does not open", async () => {
  const keys = await keysOf();
  const made = await create(WHERE, [{ id: keys.id, publicKey: keys.x.publicKey }], 1);
  const wrap = made.wraps[0]!.wrap;
  await assert.rejects(unwrap(keys, { ...WHERE, compartment: Compartment.Evidence }, wrap));
  await assert.rejects(unwrap(keys, { ...WHERE, record: filled(16, 1) }, wrap));
  await assert.rejects(unwrap({ ...keys, id: filled(16, 1) }, WHERE, wrap));
});

test("nothing is wrapped to a key that the panel did not sign", () => {
  const reader = {
    id: ID,
    publicKey: filled(32, 1),
    verifyKey: filled(32, 2),
    role: "assessor",
    employer: "",
    nationality: "",
    languages: [],
    grants: [],
  };
  const recovery = { publicKey: filled(32, 6), k: 3, n: 5 };
  const office = [filled(32, 8)];
  const note = { deployment: filled(32, 7), epoch: 1, day: "2027-01-01", recovery, office, readers: [reader] };
  const right = { id: hex(ID), x25519: hex(filled(32, 1)) };
  assert.equal(holdersOf(note, [right]).length, 1);
  const names = () => ({ [hex(ID)]: "asa" });
  const refused = (claimed: typeof right, who: string) =>
    assert.throws(
      () => holdersOf(note, [claimed], names),
      (error: Trouble) => error.key === "not_in_note" && error.values["who"] === who,
    );
  refused({ ...right, x25519: hex(filled(32, 9)) }, "asa");
  refused({ ...right, id: hex(filled(16, 1)) }, hex(filled(16, 1)));
  const some = [filled(16, 5), filled(16, 2), filled(16, 5)].map((id) => ({ id, publicKey: filled(32, 1) }));
  assert.deepEqual(
    ascending(some).map(({ id }) => id[0]),
    [2, 5],
  );
});

const told = (hash: string, after: string, day = "2027-01-02"): Told => ({
  hash,
  message: { from: "desk", day, text: hash, after },
});

test("the thread stands in the order in which it was written, and says what is missing", () => {
  const thread = inOrder([told("c", "b"), told("a", ""), told("b", "a", "2027-01-03"), told("a", "")]);
  assert.deepEqual(
    thread.messages.map(({ hash }) => hash),
    ["a", "b", "c"],
  );
  assert.deepEqual([thread.missing, thread.last], [[], "c"]);
  assert.deepEqual(inOrder([told("c", "withheld")]).missing, ["withheld"]);
  const ring = inOrder([told("a", "b"), told("b", "a")]);
  assert.equal(ring.messages.length, 2);
  assert.deepEqual(inOrder([]), { messages: [], missing: [], last: "" });
});

test("a message stands under the name of whoever sent it, whatever it says of itself", () => {
  for (const from of ["desk", "reporter", "panel", ""]) {
    const said = asMessage({ from, day: "2027-01-01", text: "I take it back." })!;
    assert.equal(cameFrom(said, { ours: true, day: "2027-01-02" }).from, "desk");
    assert.equal(cameFrom(said, { ours: false, day: "2027-01-02" }).from, "reporter");
  }
});

test("words in the place of a day or of a check-in are no day and no check-in", () => {
  const said = asMessage({ from: "reporter", day: "The desk · today", text: "x", check_in: "constructor" })!;
  assert.equal(said.check_in, undefined);
  assert.equal(cameFrom(said, { ours: false, day: "2027-01-02" }).day, "2027-01-02");
  assert.equal(asMessage({ from: "reporter", day: "2027-01-01", text: "x", check_in: "no" })?.check_in, "no");
});

test("a key that was not given is told from bytes that name another one than the server says", () => {
  const bytes = new Uint8Array([0x41, 0x4e, 0x53, 1, 1, 1, 0, 0, 0, 2, 9, 9]);
  const part = { secrets: new Map([[1, {}]]) } as unknown as Part;
  assert.ok(keyless(part, { epoch: 2 }, bytes));
  assert.ok(keyless(part, { epoch: 5 * 2 ** 32 + 2 }, bytes), "kept apart, above the record's own");
  assert.ok(!keyless(part, { epoch: 3 }, bytes), "moved: altered");
  assert.ok(!keyless(part, { epoch: 1 }, bytes), "its key is here: it opens or is altered");
  assert.ok(!keyless(part, { epoch: 2 }, bytes.slice(0, 9)), "too short to name one");
});

test("what is no message is shown as none", () => {
  assert.equal(asMessage(null), undefined);
  assert.equal(asMessage({ from: "desk", day: 3, text: "x" }), undefined);
  assert.equal(asMessage({ from: "desk", day: "2027-01-01", text: "x" })?.after, "");
});

interface Vectors {
  key: string;
  public: string;
  request: string;
  private: string;
  compartment: string;
  answers: { [member: string]: string };
  elsewhere: string;
}

const vectors = JSON.parse(readFileSync("../tests/desk/recovery_vectors.json", "utf8")) as Vectors;
const noted = { publicKey: unhex(vectors["public"], 32), k: 3, n: 5 };
const recoveryOf = async () => ({
  key: readKey(vectors["key"], noted),
  request: await readRequest(utf8(vectors["request"])),
  secret: await secretFrom(unhex(vectors["private"], 32)),
});

test("k members' files that Python made open the compartment, whichever k", async () => {
  const { key, request, secret } = await recoveryOf();
  const read = (member: string) => readPartial(vectors["answers"][member]!, key, request, secret);
  for (const members of [
    ["1", "3", "4"],
    ["5", "4", "1"],
  ]) {
    const raw = await combine(key, request, await Promise.all(members.map(read)));
    assert.equal(hex(raw), vectors["compartment"]);
  }
});

test("fewer than k open nothing, nor does one counted twice", async () => {
  const { key, request, secret } = await recoveryOf();
  const read = (member: string) => readPartial(vectors["answers"][member]!, key, request, secret);
  const [one, three] = [await read("1"), await read("3")];
  await assert.rejects(combine(key, request, [one, three]));
  await assert.rejects(combine(key, request, [one, three, one]));
  const wrong = { member: 4, of: three.of };
  await assert.rejects(combine(key, request, [one, three, wrong]));
});

test("a file of another request, of another member, or for somebody else is refused", async () => {
  const { key, request, secret } = await recoveryOf();
  await assert.rejects(readPartial(vectors["elsewhere"], key, request, secret));
  const renamed = vectors["answers"]["1"]!.replace('"member":1', '"member":2');
  await assert.rejects(readPartial(renamed, key, request, secret));
  await assert.rejects(readPartial(vectors["answers"]["1"]!, key, request, await secretFrom(filled(32, 9))));
  await assert.rejects(readPartial("{}", key, request, secret));
  // A key whose shares were exchanged is one that the panel's note does not know.
  const shares = (JSON.parse(vectors["key"]) as { shares: string[] }).shares;
  const swapped = vectors["key"].replace(shares[0]!, "#").replace(shares[1]!, shares[0]!).replace("#", shares[1]!);
  assert.throws(() => readKey(swapped, noted));
  assert.throws(() => readKey(vectors["key"], { ...noted, publicKey: filled(32, 1) }));
});

test("what is looked for first stands first, and nothing is left out", () => {
  const form = { interviewer: {}, relation: "victim", v: 1, want: "both", what: "x", when: "y", odd: "z" };
  const names = firstsFirst(form).map(([name]) => name);
  assert.deepEqual(names, ["want", "relation", "what", "when", "interviewer", "v", "odd"]);
});

test("a language has its name; what is none stands as it was written", () => {
  assert.equal(languageName("fr", "en"), "French");
  assert.equal(languageName("the one of the hills", "en"), "the one of the hills");
});
