// The strict formats, one by one: what is accepted, and what is refused.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Bytes, Refusal, base64, decimal, hash, hex, hmac, sha256, unhex, utf8 } from "../src/bytes";
import { canonical, parseCanonical } from "../src/json";
import { fieldsOf } from "../src/kinds";
import { Type, checkNote, parseKey, parseNote } from "../src/note";
import { checkOpening } from "../src/opening";
import { parsePolicy, quorumTime } from "../src/policy";
import { parseReceipt } from "../src/proof";
import { checkInclusion, leafHash } from "../src/tree";
import { verify } from "../src/verify";
import { Say } from "../src/why";

const refuses = (why: Say, act: () => unknown): void =>
  assert.throws(act, (error) => error instanceof Refusal && error.why === why);
const refusesLater = (why: Say, act: Promise<unknown>): Promise<void> =>
  assert.rejects(act, (error) => error instanceof Refusal && error.why === why);

test("base64 is padded and canonical", () => {
  assert.equal(hex(base64("AAEC")), "000102");
  for (const bad of ["AAE", "AAEC=", "AAF=", "AA E", "AAEC\n", "AA-_", "é"]) refuses(Say.Base64, () => base64(bad));
  refuses(Say.Hash, () => hash("AAEC"));
});

test("decimals have one form and stay below 2^63", () => {
  assert.equal(decimal("0"), 0n);
  assert.equal(decimal("9223372036854775807"), (1n << 63n) - 1n);
  for (const bad of ["", "00", "01", "-1", "+1", "1.0", "9223372036854775808", "1\n", "٣"])
    refuses(Say.Decimal, () => decimal(bad));
});

test("canonical JSON is read strictly", () => {
  for (const good of ['{"a":1,"b":[true,null,"é\\n"]}', "1e+21", '"\u2028"']) parseCanonical(utf8(good));
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  for (const bad of [
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    "1.0",
    "-0",
    " 1",
    '"\\u0041"',
    '"\\ud800"',
    "NaN",
    "",
    deep,
    "9007199254740993",
  ])
    refuses(Say.Json, () => parseCanonical(utf8(bad)));
  refuses(Say.Utf8, () => parseCanonical(new Uint8Array([0x22, 0xff, 0x22])));
  // RFC 8785, section 3.2.3: names in the order of their UTF-16 code units.
  const sorted = canonical({ "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 });
  assert.deepEqual([...sorted.matchAll(/:(\d)/g)].map(([, n]) => n).join(""), "2467153");
});

test("HMAC-SHA256 is node's", async () => {
  const { createHmac } = await import("node:crypto");
  for (const message of ["", "salt\0kind", "é".repeat(500)]) {
    const key = unhex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    assert.equal(hex(await hmac(key, utf8(message))), createHmac("sha256", key).update(message).digest("hex"));
  }
});

test("the published vectors of RFC 6962 trees", async () => {
  const folder = process.env.ANSWERABLE_VECTORS;
  assert.ok(folder, "set ANSWERABLE_VECTORS to the folder that holds rfc6962_merkle.json");
  type Case = {
    leafIdx: number;
    treeSize: number;
    root: string;
    leafHash: string;
    proof: string[] | null;
    wantErr: boolean;
  };
  const { vectors } = JSON.parse(readFileSync(`${folder}/rfc6962_merkle.json`, "utf8")) as {
    vectors: Record<string, Case>;
  };
  const inclusions = Object.entries(vectors).filter(([name]) => name.includes("/inclusion/"));
  assert.ok(inclusions.length > 50);
  for (const [name, told] of inclusions) {
    // Quoted, because a name of our own modules is shortened when they are compiled.
    const { leafIdx, treeSize, "root": root, leafHash, proof, wantErr } = told;
    let refused = false;
    try {
      const hashes = (proof ?? []).map((line) => hash(line));
      await checkInclusion(hash(leafHash), BigInt(leafIdx), BigInt(treeSize), hashes, hash(root));
    } catch (error) {
      assert.ok(error instanceof Refusal, `${name}: ${String(error)}`);
      refused = true;
    }
    assert.equal(refused, wantErr, name);
  }
});

test("every index of every small tree, and no other", async () => {
  const leaves = await Promise.all(Array.from({ length: 20 }, (_, i) => leafHash(utf8(String(i)))));
  // RFC 6962, section 2.1, by its recursive definition.
  const root = async (some: Bytes[]): Promise<Bytes> => {
    if (some.length < 2) return some[0] ?? sha256();
    const k = 2 ** Math.ceil(Math.log2(some.length) - 1);
    return sha256([1], await root(some.slice(0, k)), await root(some.slice(k)));
  };
  const path = async (m: number, some: Bytes[]): Promise<Bytes[]> => {
    if (some.length < 2) return [];
    const k = 2 ** Math.ceil(Math.log2(some.length) - 1);
    return m < k
      ? [...(await path(m, some.slice(0, k))), await root(some.slice(k))]
      : [...(await path(m - k, some.slice(k))), await root(some.slice(0, k))];
  };
  for (let size = 1; size <= 20; size++) {
    const tree = leaves.slice(0, size);
    const top = await root(tree);
    for (let index = 0; index < size; index++) {
      const proof = await path(index, tree);
      await checkInclusion(tree[index]!, BigInt(index), BigInt(size), proof, top);
      await refusesLater(
        Say.Inclusion,
        checkInclusion(tree[index]!, BigInt(index), BigInt(size), [...proof, top], top),
      );
      await refusesLater(Say.Inclusion, checkInclusion(tree[index]!, BigInt(size), BigInt(size), proof, top));
      if (proof.length)
        await refusesLater(
          Say.Inclusion,
          checkInclusion(tree[index]!, BigInt(index), BigInt(size), proof.slice(1), top),
        );
    }
  }
});

// C2SP tlog-cosignature prints these lines; their keys are not published, so only their form is read here.
const NOTE = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

test("signed notes are split at their last empty line", () => {
  const note = parseNote(utf8(NOTE));
  assert.equal(note.text.split("\n").length, 4);
  assert.deepEqual(
    note.lines.map(({ name, id }) => [name, id]),
    [
      ["example.com/behind-the-sofa", "033de0ae"],
      ["witness.example.com/w1", "8d66cf3f"],
    ],
  );
  assert.equal(parseNote(utf8("a\n\nb\n\n— k AAECAwQ=\n")).text, "a\n\nb\n");
  const line = "— k AAECAwQ=\n";
  for (const bad of [
    "",
    "a\n",
    "a\n\n",
    "a\n" + line,
    "a\n\n" + line.trim(),
    "a\t\n\n" + line,
    "a\r\n\n" + line,
    "a\n\n" + line.repeat(65),
  ])
    refuses(Say.Note, () => parseNote(utf8(bad)));
  for (const bad of [
    "- k AAECAwQ=",
    "—k AAECAwQ=",
    "— k+ AAECAwQ=",
    "—  AAECAwQ=",
    "— k AAECAw==",
    "— \u00a0 AAECAwQ=",
    `— ${"k".repeat(256)} AAECAwQ=`,
  ])
    refuses(Say.Note, () => parseNote(utf8(`a\n\n${bad}\n`)));
  refuses(Say.Base64, () => parseNote(utf8("a\n\n— k AAECAwQ\n")));
  refuses(Say.Utf8, () => parseNote(new Uint8Array([...utf8("a\n\n"), 0xff])));
  refuses(Say.Note, () => parseNote(new Uint8Array((1 << 19) + 1)));
});

// The verifier key that golang.org/x/mod/sumdb/note prints in its documentation.
const PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

test("a published key checks a published note, and only that note", async () => {
  const key = await parseKey(PETER);
  assert.equal(key.type, Type.Ed25519);
  assert.equal((await checkNote(parseNote(utf8(PETERS)), [key])).length, 1);
  await refusesLater(Say.Signature, checkNote(parseNote(utf8(PETERS.replace("answer", "Answer"))), [key]));
  assert.deepEqual(await checkNote(parseNote(utf8(PETERS)), []), []);
  for (const bad of [
    PETER.replace("c7", "C7"),
    PETER.replace("c7", "c8"),
    "Peter" + PETER,
    PETER.slice(0, -4),
    "",
    "a+b",
    PETER + "AAAA",
  ])
    await assert.rejects(parseKey(bad), (error) => error instanceof Refusal);
});

const policyOf = (policy: string) => parsePolicy(utf8(policy));

test("policies are read strictly, and refusals name the line", async () => {
  const none = await policyOf("# only a comment \u0643\n\t \nquorum none");
  assert.equal(none.quorum, null);
  assert.equal(quorumTime(none, []), 0n);
  const log = `log ${PETER}\n`;
  assert.equal((await policyOf(log + "quorum none\n")).logs.length, 1);
  const wrong: [string, string][] = [
    ["", "1"],
    ["quorum none\nquorum none\n", "2"],
    [`${log}${log}quorum none\n`, "2"],
    [`witness a ${PETER}\nquorum a\n`, "1"],
    ["\nquorum a\n", "2"],
    ["group g 1 a\nquorum none\n", "1"],
    ["group g 1\nquorum none\n", "1"],
    ["quorum\u00a0none\n", "1"],
    ["quorum none\r\n", "1"],
    ["Quorum none\n", "1"],
    ["quorum none none\n", "1"],
  ];
  for (const [policy, line] of wrong)
    await assert.rejects(
      policyOf(policy),
      (error) =>
        error instanceof Refusal && error.why === Say.Policy && (!error.about || error.about.startsWith(line + ":")),
      policy,
    );
});

test("receipts are read strictly", () => {
  const good = `c2sp.org/tlog-proof@v1\nindex 3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n${NOTE}`;
  const receipt = parseReceipt(utf8(good));
  assert.deepEqual([receipt.index, receipt.size, receipt.hashes.length, receipt.extra], [3n, 20852163n, 1, null]);
  for (const bad of [
    "",
    good.replace("@v1", "@v2"),
    good.replace("index", "Index"),
    good.replace("index 3\n", ""),
    "\n" + good,
  ])
    refuses(Say.Receipt, () => parseReceipt(utf8(bad)));
  refuses(Say.Receipt, () =>
    parseReceipt(utf8(good.replace("index", "index 1\nindex").replace("index 1\n", "extra AA==\nextra AA==\n"))),
  );
  refuses(Say.Decimal, () => parseReceipt(utf8(good.replace("index 3", "index 03"))));
  refuses(Say.Hash, () => parseReceipt(utf8(good.replace("@v1\nindex 3\n", "@v1\nindex 3\nAAAA\n"))));
  refuses(Say.Checkpoint, () => parseReceipt(utf8(good.replace("jxq2I=\n\n—", "jxq2I=\n\nx\n\n—"))));
});

// The worked example of the record's commitments: period key 00 01 … 1f, tick 1966080, ordinal 0.
const PAD = {
  event: { kind: "pad", ordinal: 0, tick: 1966080, v: 1 },
  key: "d8b659dd63a9193c6dfe14f214b09904e21b9daf39cb1fbfcca12e34b80f86b8",
  v: 1,
};

test("the worked example of a pad", async () => {
  const opened = await checkOpening(PAD);
  assert.equal(hex(opened.bytes), "01f3ea0b83dc621ae3f8c2168a614130ae724b27ae245d240abce9261802a935a8");
  assert.equal(hex(await leafHash(opened.bytes)), "86ca7a41bce1d9592a893d435cd11c6c2914641d40ff513122f9443e6b64e844");
  await refusesLater(Say.Kind, checkOpening({ ...PAD, event: { ...PAD.event, kind: "padding" } }));
  await refusesLater(Say.Value, checkOpening({ ...PAD, event: { ...PAD.event, tick: -1 } }));
  await refusesLater(Say.Value, checkOpening({ ...PAD, event: { ...PAD.event, v: 2 } }));
  await refusesLater(Say.Opening, checkOpening({ ...PAD, event: { ...PAD.event, more: 1 } }));
  await refusesLater(Say.Opening, checkOpening({ ...PAD, more: 1 }));
  await refusesLater(Say.Opening, checkOpening({ ...PAD, v: 2 }));
});

test("fields of a kind: kind first, then by name", () => {
  assert.deepEqual(
    fieldsOf("pad").map(([name]) => name),
    ["kind", "ordinal", "tick", "v"],
  );
  for (const unknown of ["", "kind", "pad+", "report.received+help.received", null, 3])
    refuses(Say.Kind, () => fieldsOf(unknown));
});

test("no bytes get past verify, nor through it as an error", async () => {
  let seed = 1;
  const random = (): number => (seed = (seed * 48271) % 2147483647) & 255;
  for (let round = 0; round < 300; round++) {
    const junk = Uint8Array.from({ length: random() }, random);
    const { answer } = await verify(junk, utf8("quorum none\n"), round % 2 ? junk : null);
    assert.equal(answer, Say.Refused);
  }
  assert.equal((await verify(new Uint8Array((1 << 20) + 1), utf8("quorum none\n"))).why, Say.Long);
});

test("a missing feature is never a pass", async () => {
  const log = `log ${PETER}\nquorum none\n`;
  const real = Object.getOwnPropertyDescriptor(globalThis, "crypto")!;
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  try {
    assert.equal((await verify(utf8(NOTE), utf8(log))).answer, Say.Unable);
  } finally {
    Object.defineProperty(globalThis, "crypto", real);
  }
});
