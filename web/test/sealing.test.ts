// The twin of answerable.sealing, by itself. That each opens what the other seals is in tests/web.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concat, fromBase64, hex, order, random, toBase64, uint, unhex, utf8 } from "../src/sealing/bytes";
import {
  bringCurves,
  generate,
  secretFrom,
  secretFromKey,
  signingFrom,
  toPkcs8,
  verifies,
} from "../src/sealing/curves";
import { SealingError, type Why } from "../src/sealing/errors";
import { CHUNK, SealedFile, chunksOf, openFile, sealFile, sealedLength, sourceOf } from "../src/sealing/files";
import * as hpke from "../src/sealing/hpke";
import { curves } from "../src/sealing/noble";
import { pad, padme, unpad } from "../src/sealing/pad";
import { Compartment, Field, type Place, Record, encodePlace } from "../src/sealing/place";
import { epochOf, openValue, openWrap, sealValue, sealWrap } from "../src/sealing/values";
import { solve, startsWithZeros } from "../src/sealing/work";

const refuses = (why: Why, act: () => unknown): void =>
  assert.throws(act, (error) => error instanceof SealingError && error.why === why);
const refusesLater = (why: Why, act: Promise<unknown>): Promise<void> =>
  assert.rejects(act, (error) => error instanceof SealingError && error.why === why);

const PLACE: Place = {
  deployment: new Uint8Array(32).fill(7),
  recordKind: Record.Report,
  record: new Uint8Array(16).fill(9),
  compartment: Compartment.Narrative,
  field: Field.Message,
  version: 5,
};

test("HPKE gives the numbers of RFC 9180, A.1 (its schedule differs in the AEAD alone)", async () => {
  // The shared secret's inputs of A.1.1; what follows depends on AES-128 there, so the DH is compared.
  const secret = await secretFrom(unhex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8"));
  assert.equal(hex(secret.publicKey), "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
  const ephemeral = await secretFrom(unhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"));
  assert.equal(hex(ephemeral.publicKey), "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
  assert.equal(hex(await secret.dh(ephemeral.publicKey)), hex(await ephemeral.dh(secret.publicKey)));
});

test("HPKE agrees with another implementation of RFC 9180, both ways", async () => {
  const { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } = await import("@hpke/core");
  const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const [info, aad] = [utf8("info"), utf8("aad")];
  for (const text of ["", "a text", "é".repeat(3000)]) {
    const { raw, publicKey } = await generate();
    const secret = await secretFrom(raw);
    const theirKey = await suite.kem.deserializePrivateKey(raw.slice().buffer);
    const theirPublic = await suite.kem.deserializePublicKey(publicKey.slice().buffer);
    const { enc, ct } = await hpke.seal(publicKey, info, aad, utf8(text));
    const opened = await suite.open(
      { recipientKey: theirKey, enc: enc.buffer, info: info.buffer },
      ct.buffer,
      aad.buffer,
    );
    assert.equal(new TextDecoder().decode(opened), text);
    const theirs = await suite.seal(
      { recipientPublicKey: theirPublic, info: info.buffer },
      utf8(text).buffer,
      aad.buffer,
    );
    const ours = await hpke.open(secret, new Uint8Array(theirs.enc), info, aad, new Uint8Array(theirs.ct));
    assert.equal(new TextDecoder().decode(ours), text);
  }
});

test("what the page brings gives what the browser has", async () => {
  for (let round = 0; round < 20; round++) {
    const [a, b] = [await generate(), await generate()];
    assert.deepEqual(curves.x25519(a.raw, b.publicKey), await (await secretFrom(b.raw)).dh(a.publicKey));
  }
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const key = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const message = utf8("signed");
  const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, message));
  for (const check of [verifies, async (...all: [Bytes, Bytes, Bytes]) => curves.verify(...all)]) {
    assert.equal(await check(key, message, signature), true);
    assert.equal(await check(key, utf8("other"), signature), false);
    assert.equal(await check(key, message, new Uint8Array(64)), false);
  }
  // The same key, whichever signs: a browser that gets its own Ed25519 later goes on under the same words.
  const seed = (await generate()).raw;
  const native = await signingFrom(seed);
  assert.deepEqual(curves.signer(seed), native.publicKey);
  assert.deepEqual(curves.sign(seed, message), await native.sign(message));
  // A browser without it signs with what the page brings
  const importKey = crypto.subtle.importKey;
  bringCurves(async () => curves);
  crypto.subtle.importKey = (): never => {
    throw new DOMException("no such algorithm", "NotSupportedError");
  };
  try {
    const brought = await signingFrom(seed);
    assert.deepEqual([brought.publicKey, await brought.sign(message)], [native.publicKey, await native.sign(message)]);
  } finally {
    crypto.subtle.importKey = importKey;
    bringCurves(undefined);
  }
});

test("a point of small order is refused", async () => {
  bringCurves(async () => curves);
  const { raw } = await generate();
  for (const point of [new Uint8Array(32), concat([1], new Uint8Array(31))])
    await refusesLater("altered", (await secretFrom(raw)).dh(point));
});

test("a value opens at its place, with its key, unchanged, and nowhere else", async () => {
  const { raw, publicKey } = await generate();
  const secret = await secretFrom(raw);
  const sealed = await sealValue(PLACE, publicKey, utf8("what was said"), { epoch: 3 });
  assert.equal(epochOf(sealed), 3);
  assert.equal(sealed.length, 10 + 32 + 512 + 16);
  assert.equal(new TextDecoder().decode(await openValue(PLACE, secret, sealed)), "what was said");
  const elsewhere: Partial<Place>[] = [
    { deployment: new Uint8Array(32) },
    { recordKind: Record.Case },
    { record: new Uint8Array(16) },
    { compartment: Compartment.Evidence },
    { field: Field.Form },
    { version: 6 },
  ];
  for (const change of elsewhere) await refusesLater("altered", openValue({ ...PLACE, ...change }, secret, sealed));
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    await refusesLater("altered", openValue(PLACE, secret, changed));
    await refusesLater("altered", openValue(PLACE, secret, sealed.slice(0, at)));
  }
  await refusesLater("altered", openValue(PLACE, await secretFrom((await generate()).raw), sealed));
  await refusesLater("rejected", sealValue({ ...PLACE, field: Field.None }, publicKey, utf8("x")));
});

test("a wrap gives the key to its holder, also with a key that no script can read", async () => {
  const [compartment, holder] = [await generate(), await generate()];
  const id = random(16);
  const wrap = await sealWrap(PLACE, id, holder.publicKey, compartment.raw, { epoch: 1 });
  assert.equal(wrap.length, 106);
  const locked = await crypto.subtle.importKey("pkcs8", toPkcs8(holder.raw), "X25519", false, ["deriveBits"]);
  const secret = await secretFromKey(locked);
  assert.deepEqual(secret.publicKey, holder.publicKey);
  assert.deepEqual(await openWrap(PLACE, id, secret, wrap), compartment.raw);
  await refusesLater("altered", openWrap(PLACE, random(16), secret, wrap));
  await refusesLater("altered", openWrap({ ...PLACE, record: random(16) }, id, secret, wrap));
});

test("padding has few sizes, and unpads exactly what it padded", () => {
  for (const n of [0, 1, 507, 508, 509, 1020, 1021, 65_532]) {
    const data = random(n);
    const padded = pad(data);
    assert.ok(Number.isInteger(Math.log2(padded.length / 512)));
    assert.deepEqual(unpad(padded), data);
  }
  assert.equal(pad(new Uint8Array(3), 16_384).length, 16_384);
  refuses("large", () => pad(new Uint8Array(65_533)));
  for (const bad of [0, 1, 511, 513, 1536, 131_072]) refuses("altered", () => unpad(new Uint8Array(bad)));
  const tail = pad(utf8("x"));
  tail[511] = 1;
  refuses("altered", () => unpad(tail));
  refuses("altered", () => unpad(concat(uint(509, 4), new Uint8Array(508))));
});

test("Padmé adds at most 12 percent, never shrinks, and has few sizes", () => {
  assert.deepEqual([0, 1, 2, 9, 10, 100, 1000, 65_537].map(padme), [0, 1, 2, 10, 10, 104, 1024, 67_584]);
  for (let n = 2; n < 3000; n++) {
    assert.ok(padme(n) >= n && padme(n) <= n * 1.12, `${n}`);
    assert.equal(padme(padme(n)), padme(n));
  }
  for (let e = 1; e < 50; e++) assert.equal(padme(2 ** e), 2 ** e);
});

test("a file of any length goes there and back; a changed, cut or reordered body is refused", async () => {
  const { raw, publicKey } = await generate();
  const secret = await secretFrom(raw);
  const place = { ...PLACE, field: Field.File };
  for (const n of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 200_000]) {
    const data = random(n);
    const { head, chunks, sha256 } = await sealFile(place, publicKey, "né\u202e.txt", "text/plain", data);
    assert.equal(chunks.length, chunksOf(n));
    const body = concat(...chunks);
    assert.equal(body.length, sealedLength(n));
    assert.equal(hex(sha256), hex(new Uint8Array(await crypto.subtle.digest("SHA-256", body))));
    const opened = await openFile(place, secret, head, body);
    assert.deepEqual(opened.data, data);
    assert.equal(opened.head.name, "né\u202e.txt");
    body[body.length - 1]! ^= 1;
    await refusesLater("altered", openFile(place, secret, head, body));
    await refusesLater("altered", openFile(place, secret, head, body.slice(0, -1)));
    if (chunks.length > 1)
      await refusesLater("altered", openFile(place, secret, head, [chunks[1]!, chunks[0]!, ...chunks.slice(2)]));
  }
  await refusesLater("large", sealFile(place, publicKey, "x".repeat(1000), "", new Uint8Array(1)));
});

test("a chunk is made once and in order, so that nothing else is sealed under its key", async () => {
  const { publicKey } = await generate();
  const data = random(150_000);
  const place = { ...PLACE, field: Field.File };
  const file = new SealedFile(place, sourceOf(data), "a", "b");
  assert.equal((await file.next(1)).length, CHUNK + 16);
  await refusesLater("rejected", file.finish(publicKey));
  assert.equal((await file.next(16)).length, sealedLength(data.length) - CHUNK - 16);
  assert.equal((await file.next(16)).length, 0);
  assert.equal((await file.finish(publicKey)).sha256.length, 32);
  const shrunk = { size: 10, slice: () => new Blob([new Uint8Array(9)]) };
  await refusesLater("altered", new SealedFile(place, shrunk, "a", "b").next(1));
});

test("places are 56 bytes, of things that exist", () => {
  assert.equal(encodePlace(PLACE).length, 56);
  refuses("rejected", () => encodePlace({ ...PLACE, compartment: Compartment.MedicalAssistance }));
  refuses("rejected", () => encodePlace({ ...PLACE, version: 2 ** 32 }));
  refuses("rejected", () => encodePlace({ ...PLACE, record: new Uint8Array(15) }));
});

test("base64 and hexadecimal have one form", () => {
  for (const n of [0, 1, 2, 3, 40_000]) {
    const data = random(n);
    assert.deepEqual(fromBase64(toBase64(data)), data);
    assert.deepEqual(unhex(hex(data), n), data);
  }
  for (const bad of ["AAE", "AAF=", "AA E", "é"]) refuses("altered", () => fromBase64(bad));
  for (const bad of ["0", "0G", "AA", "00 "]) refuses("altered", () => unhex(bad, 1));
  assert.equal(order(unhex("00ff"), unhex("0100")), -1);
});

test("work is found, and is right", async () => {
  const envelope = utf8("an envelope");
  const challenge = concat(random(16), uint(1_800_000_000, 8), [4], random(16));
  const work = await solve(challenge, envelope);
  assert.equal(work.length, 49);
  assert.ok(startsWithZeros(unhex("0fff"), 4));
  assert.ok(!startsWithZeros(unhex("1fff"), 4));
  assert.ok(startsWithZeros(unhex("001f"), 11));
  assert.ok(!startsWithZeros(unhex("003f"), 11));
  await refusesLater("altered", solve(challenge.slice(1), envelope));
  challenge[24] = 25;
  await refusesLater("altered", solve(challenge, envelope));
});
