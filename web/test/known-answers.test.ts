// The known answers that Python and the browser share: tests/sealing/known_answers.json.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Bytes, concat, fromBase64, hex, sha256, unhex, utf8 } from "../src/sealing/bytes";
import { derive, givesAway, lookupOf, parseCode, signingSeed, wrapKey } from "../src/sealing/codes";
import { leastOf } from "../src/sealing/compose";
import { secretFrom } from "../src/sealing/curves";
import { decode, encode } from "../src/sealing/envelope";
import { SealingError, type Why } from "../src/sealing/errors";
import { openFile } from "../src/sealing/files";
import * as hpke from "../src/sealing/hpke";
import { decodeCredentials, encodeCredentials, openPrivate } from "../src/sealing/mailbox";
import { pad, padme } from "../src/sealing/pad";
import { importKek, kekBytes, openPersonKey } from "../src/sealing/persons";
import { COMPARTMENT_CODES, type Place, RECORD_CODES } from "../src/sealing/place";
import { parse } from "../src/sealing/readers";
import { epochSignedBy, sign, signedBy, signerOf } from "../src/sealing/signing";
import { epochOf, openValue, openWrap } from "../src/sealing/values";
import { digits, parseList } from "../src/sealing/wordlists";

// The file is Python's: its shape is checked by what follows.
const known = JSON.parse(readFileSync("../tests/sealing/known_answers.json", "utf8")) as any;
const deployment = unhex(known.deployment, 32);
const bytes = (text: string): Bytes => (/^[0-9a-f]*$/.test(text) ? unhex(text) : fromBase64(text));

const placeOf = (place: any): Place => ({
  deployment: unhex(place.deployment ?? known.deployment, 32),
  recordKind: typeof place.record_kind === "number" ? place.record_kind : RECORD_CODES.indexOf(place.record_kind),
  record: unhex(place.record, 16),
  compartment: typeof place.compartment === "number" ? place.compartment : COMPARTMENT_CODES.indexOf(place.compartment),
  field: place.field,
  version: place.version,
});

const refusesLater = (why: Why, act: Promise<unknown>): Promise<void> =>
  assert.rejects(act, (error) => error instanceof SealingError && error.why === why);

test("messages of HPKE open", async () => {
  assert.ok(known.hpke.length > 0);
  for (const one of known.hpke) {
    const secret = await secretFrom(unhex(one.private, 32));
    assert.equal(hex(secret.publicKey), one.public);
    const plain = await hpke.open(secret, bytes(one.enc), bytes(one.info), bytes(one.aad), bytes(one.ct));
    assert.equal(hex(plain), one.plaintext);
  }
});

test("values and wraps open at their places", async () => {
  for (const one of known.values) {
    const sealed = fromBase64(one.sealed);
    assert.equal(hex(await openValue(placeOf(one.place), await secretFrom(unhex(one.private, 32)), sealed)), one.data);
    assert.equal(epochOf(sealed), one.epoch);
  }
  for (const one of known.wraps) {
    const holder = await secretFrom(unhex(one.holder_private, 32));
    const raw = await openWrap(placeOf(one.place), unhex(one.holder, 16), holder, fromBase64(one.wrap));
    assert.equal(hex(raw), one.private);
  }
});

test("files open", async () => {
  for (const one of known.files) {
    if (!one.body) continue;
    const secret = await secretFrom(unhex(one.private, 32));
    const { head, data } = await openFile(placeOf(one.place), secret, fromBase64(one.head), fromBase64(one.body));
    assert.deepEqual([head.name, head.type, data.length], [one.name, one.type, one.size]);
    assert.ok(data.every((byte, i) => byte === i % 251));
  }
});

test("lengths are padded as Python pads them", async () => {
  for (const [from, to] of known.pad.padme) assert.equal(padme(from), to);
  for (const { compartment, field, least } of known.pad.least) assert.equal(leastOf(compartment, field), least);
  for (const { byte, length, least, padded, sha256: hash } of known.pad.padded) {
    const out = pad(new Uint8Array(length).fill(byte ? parseInt(byte, 16) : 0), least);
    assert.equal(out.length, padded);
    assert.equal(hex(await sha256(out)), hash);
  }
});

test("codes of every list are read, derived and looked up", async () => {
  for (const one of known.codes) {
    const list =
      one.list === "digits"
        ? digits()
        : parseList(readFileSync(`../src/answerable/sealing/lists/${one.list}.txt`, "utf8"));
    assert.equal(list.words.length, one.size);
    for (const typed of one.typed) assert.deepEqual((await parseCode(typed, list)).words, one.words);
    await refusesLater("check", parseCode(one.swapped, list));
    const code = await parseCode(one.words.join(" "), list);
    assert.equal(hex(code.canonical), one.canonical);
    for (const text of one.gives_away) assert.equal(givesAway(text, code), true, text);
    for (const text of one.keeps) assert.equal(givesAway(text, code), false, text);
    const key = await derive(code, deployment);
    assert.equal(hex(key), one.key);
    for (const [box, told] of one.boxes.entries()) {
      const { l, auth } = await lookupOf(key, box);
      assert.deepEqual([hex(l), hex(auth)], [told.l, told.auth]);
      assert.equal(hex(await wrapKey(key, box, unhex(told.salt, 16))), told.wrap_key);
      const seed = await signingSeed(key, box);
      assert.deepEqual([hex(seed), hex(await signerOf(seed))], [told.seed, told.signer]);
    }
  }
});

test("credentials give the reporter's key back", async () => {
  for (const one of known.mailboxes) {
    const credentials = decodeCredentials(bytes(one.credentials));
    assert.deepEqual(encodeCredentials(credentials), bytes(one.credentials));
    const { box, salt, wrapped } = credentials;
    assert.equal(hex(await openPrivate(unhex(one.key, 32), deployment, box, salt, wrapped)), one.private);
  }
});

test("envelopes are the same bytes again", async () => {
  for (const one of known.envelopes) {
    const envelope = fromBase64(one.bytes);
    assert.equal(hex(await sha256(envelope)), one.sha256);
    assert.deepEqual(encode(decode(envelope)), envelope);
    const changed = concat(envelope, utf8("x"));
    assert.throws(() => decode(changed), SealingError);
  }
});

test("envelopes and their epochs are signed as they were", async () => {
  for (const one of known.envelopes) {
    const envelope = decode(fromBase64(one.bytes));
    assert.equal(await signedBy(envelope, unhex(one.signed_by, 32)), true);
    assert.equal(await signedBy({ ...envelope, language: "fr" }, unhex(one.signed_by, 32)), false);
    for (const part of envelope.compartments) {
      const where = { ...envelope, compartment: part.compartment };
      assert.equal(await epochSignedBy(envelope.signer, where, part.epoch, part.publicKey, part.signature!), true);
      assert.equal(await epochSignedBy(envelope.signer, where, part.epoch + 1, part.publicKey, part.signature!), false);
    }
    const compartments = envelope.compartments.map(({ signature: _, ...part }) => part);
    const following = one.following ? unhex(one.following, 32) : undefined;
    assert.deepEqual(await sign({ ...envelope, compartments }, unhex(one.seed, 32), following), envelope);
  }
});

test("notes of readers are read, and keys of persons opened", async () => {
  for (const one of known.readers) assert.equal(hex(parse(one.text).deployment), known.deployment);
  for (const one of known.persons) {
    const salt = unhex(one.salt, 16);
    const kek = await importKek(await kekBytes(one.typed, salt));
    const key = await openPersonKey(kek, "x25519", salt, unhex(one.wrapped_x), true);
    const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
    assert.equal(hex(pkcs8.slice(16)), one.x_private);
  }
});
