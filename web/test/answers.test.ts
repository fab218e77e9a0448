// What the office signed: held to the answers that Python gives.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { verifyEpoch, verifyValue } from "../src/sealing/answers";
import { type Bytes, fromBase64, unhex } from "../src/sealing/bytes";
import { Field, type Place } from "../src/sealing/place";

// The file is Python's: its shape is checked by what follows.
const known = JSON.parse(readFileSync("../tests/sealing/known_answers.json", "utf8")) as any;
const office: Bytes[] = known.answers.office.map((key: string) => unhex(key, 32));

const placeOf = (place: any): Place => ({
  deployment: unhex(place.deployment, 32),
  recordKind: place.record_kind,
  record: unhex(place.record, 16),
  compartment: place.compartment,
  field: place.field,
  version: place.version,
});

const flipped = (bytes: Bytes): Bytes => bytes.map((byte, i) => (i ? byte : byte ^ 1));

test("values that the office signed verify at their place alone", async () => {
  assert.ok(known.answers.values.length > 1);
  for (const one of known.answers.values) {
    const [place, sealed, signature] = [placeOf(one.place), fromBase64(one.sealed), fromBase64(one.signature)];
    const whether = (where: Place, what: Bytes, by: Bytes | null, keys = office): Promise<boolean> =>
      verifyValue(keys, where, what, by);
    assert.equal(await whether(place, sealed, signature), true);
    assert.equal(await whether({ ...place, version: place.version + 1 }, sealed, signature), false);
    assert.equal(await whether({ ...place, record: flipped(place.record) }, sealed, signature), false);
    assert.equal(await whether({ ...place, field: Field.Review }, sealed, signature), false);
    assert.equal(await whether(place, flipped(sealed), signature), false);
    assert.equal(await whether(place, sealed, flipped(signature)), false);
    assert.equal(await whether(place, sealed, signature.slice(1)), false);
    assert.equal(await whether(place, sealed, null), false);
    assert.equal(await whether(place, sealed, signature, []), false);
  }
});

test("epochs that the office signed verify for their compartment, number and key alone", async () => {
  assert.ok(known.answers.epochs.length > 1);
  for (const one of known.answers.epochs) {
    const [place, publicKey, signature] = [placeOf(one.place), unhex(one.public, 32), fromBase64(one.signature)];
    assert.equal(await verifyEpoch(office, place, one.epoch, publicKey, signature), true);
    assert.equal(await verifyEpoch(office, place, one.epoch - 1, publicKey, signature), false);
    assert.equal(await verifyEpoch(office, place, one.epoch, flipped(publicKey), signature), false);
    assert.equal(await verifyEpoch(office, place, one.epoch, publicKey.slice(1), signature), false);
    const other = { ...place, record: flipped(place.record) };
    assert.equal(await verifyEpoch(office, other, one.epoch, publicKey, signature), false);
    assert.equal(await verifyEpoch(office.slice(0, 0), place, one.epoch, publicKey, signature), false);
  }
});
