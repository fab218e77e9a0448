// The twin's end of tests/web/test_sealing_cross.py: one request in JSON a line in, one answer a line out. No test itself.

import { createInterface } from "node:readline";
import { argon2id } from "../src/sealing/argon2";
import { type Bytes, concat, fromBase64, hex, toBase64, unhex } from "../src/sealing/bytes";
import {
  Code,
  confirms,
  derive,
  givesAway,
  lookupOf,
  newCode,
  parseCode,
  signingSeed,
  spoken,
} from "../src/sealing/codes";
import { bringCurves, generate, secretFrom } from "../src/sealing/curves";
import { decode, decodeDelivery, encode, encodeDelivery, sorted } from "../src/sealing/envelope";
import { SealingError } from "../src/sealing/errors";
import { openFile, sealFile } from "../src/sealing/files";
import * as hpke from "../src/sealing/hpke";
import { decodeCredentials, encodeCredentials, makeCredentials, openPrivate } from "../src/sealing/mailbox";
import { curves } from "../src/sealing/noble";
import { pad, padme, unpad } from "../src/sealing/pad";
import { type Purpose, importKek, kekBytes, openPersonKey } from "../src/sealing/persons";
import type { Place } from "../src/sealing/place";
import { checkReaders, holders, parse } from "../src/sealing/readers";
import { epochSignedBy, sign, signedBy } from "../src/sealing/signing";
import { openValue, openWrap, sealValue, sealWrap } from "../src/sealing/values";
import { LISTS, type WordList, listFor, parseList, unfolded } from "../src/sealing/wordlists";
import { solve } from "../src/sealing/work";
import { fileName, fileType } from "../src/reporter/attachments";
import { cleanText, forms, message } from "../src/reporter/contents";
import { newest, openMailbox } from "../src/reporter/mailbox";
import { inOrder } from "../src/reporter/thread";

// What Python asks has no types here; a wrong one ends the run.
type Asked = { [name: string]: any };

bringCurves(async () => curves);

/** Bytes travel as base64; a place as its 56 bytes in parts. */
const bytes = (value: unknown): Bytes => fromBase64(value as string);
const placeOf = (p: Asked): Place =>
  ({ ...p, deployment: bytes(p["deployment"]), record: bytes(p["record"]) }) as never;
const lists = new Map<string, WordList>();
const fixed = (whole: Bytes): ((n: number) => Bytes) => {
  let at = 0;
  return (n) => whole.slice(at, (at += n));
};

const ACTS: { [act: string]: (a: Asked) => unknown } = {
  "generate": async () => generate(),
  "seal": async (a) => {
    const rng = a["random"] ? { rng: fixed(bytes(a["random"])) } : {};
    const sent = await hpke.seal(bytes(a["public"]), bytes(a["info"]), bytes(a["aad"]), bytes(a["data"]), rng.rng);
    return concat(sent.enc, sent.ct);
  },
  "open": async (a) =>
    hpke.open(
      await secretFrom(bytes(a["private"])),
      bytes(a["enc"]),
      bytes(a["info"]),
      bytes(a["aad"]),
      bytes(a["ct"]),
    ),
  "seal_value": async (a) => {
    const options = {
      epoch: a["epoch"],
      least: a["least"],
      ...(a["random"] ? { rng: fixed(bytes(a["random"])) } : {}),
    };
    return sealValue(placeOf(a["place"]), bytes(a["public"]), bytes(a["data"]), options);
  },
  "open_value": async (a) => openValue(placeOf(a["place"]), await secretFrom(bytes(a["private"])), bytes(a["sealed"])),
  "seal_wrap": async (a) => {
    const options = { epoch: a["epoch"], ...(a["random"] ? { rng: fixed(bytes(a["random"])) } : {}) };
    return sealWrap(placeOf(a["place"]), bytes(a["holder"]), bytes(a["public"]), bytes(a["private"]), options);
  },
  "open_wrap": async (a) =>
    openWrap(placeOf(a["place"]), bytes(a["holder"]), await secretFrom(bytes(a["private"])), bytes(a["wrap"])),
  "seal_file": async (a) => {
    const options = { epoch: a["epoch"] };
    const file = await sealFile(
      placeOf(a["place"]),
      bytes(a["public"]),
      a["name"],
      a["type"],
      bytes(a["data"]),
      options,
    );
    return { head: file.head, body: concat(...file.chunks), sha256: file.sha256 };
  },
  "open_file": async (a) => {
    const secret = await secretFrom(bytes(a["private"]));
    const { head, data } = await openFile(placeOf(a["place"]), secret, bytes(a["head"]), bytes(a["body"]));
    return { name: head.name, type: head.type, data };
  },
  "pad": (a) => pad(bytes(a["data"]), a["least"]),
  "unpad": (a) => unpad(bytes(a["data"])),
  "padme": (a) => (a["sizes"] as number[]).map(padme),
  "list": (a) => {
    const list = parseList(a["text"]);
    lists.set(list.name, list);
    return [list.name, list.language, list.words.length, list.drawn, list.width];
  },
  "unfolded": (a) => unfolded(a["text"]),
  "forms": (a) =>
    [...forms(a["record"], { ...a["answers"], struck: [] })].map(([compartment, data]) => [compartment, data]),
  "message": (a) => message(a["text"], a["day"], a["after"], a["check_in"]),
  "in_order": (a) => inOrder(a["messages"]).map(({ digest, gap }) => [digest, gap]),
  "open_mailbox": async (a) => {
    const office = (a["office"] as string[]).map((key) => unhex(key));
    const mailbox = await openMailbox(a["mailbox"], bytes(a["key"]), bytes(a["deployment"]), a["box"], office);
    return mailbox.records.map((record) => ({
      "messages": record.messages.map(({ mine, text }) => [mine, text]),
      "status": record.status,
      "altered": record.altered,
      "unsigned": record.unsigned,
      "strange_keys": record.strangeKeys,
      "newest": (a["compartments"] as number[]).map((one) => {
        try {
          const { epoch, publicKey } = newest(record, one);
          return [epoch, hex(publicKey)];
        } catch (error) {
          if (error instanceof SealingError) return null;
          throw error;
        }
      }),
    }));
  },
  "file_names": (a) => (a["names"] as string[]).map(fileName),
  "file_types": (a) => (a["types"] as string[]).map(fileType),
  "clean": (a) => (a["texts"] as string[]).map(cleanText),
  "lists": () => LISTS.map(({ name, language }) => [name, language]),
  "list_for": (a) => listFor(a["language"]),
  "spoken": (a) => spoken(a["text"]),
  "new_code": async (a) => (await newCode(lists.get(a["list"])!)).words,
  "parse_code": async (a) => (await parseCode(a["text"], lists.get(a["list"])!)).words,
  "confirms": (a) => confirms(new Code(lists.get(a["list"])!, a["words"]), a["place"], a["text"]),
  "gives_away": (a) => givesAway(a["text"], new Code(lists.get(a["list"])!, a["words"])),
  "derive": async (a) => derive(new Code(lists.get(a["list"])!, a["words"]), bytes(a["deployment"])),
  "keys": async (a) => lookupOf(bytes(a["key"]), a["box"]),
  "make_credentials": async (a) =>
    encodeCredentials(
      await makeCredentials(bytes(a["key"]), bytes(a["deployment"]), a["box"], bytes(a["private"]), {
        oneTime: a["one_time"],
      }),
    ),
  "credentials": (a) => encodeCredentials(decodeCredentials(bytes(a["data"]))),
  "open_private": async (a) =>
    openPrivate(bytes(a["key"]), bytes(a["deployment"]), a["box"], bytes(a["salt"]), bytes(a["wrapped"])),
  "envelope": (a) => encode(sorted(decode(bytes(a["data"])))),
  "seed": async (a) => signingSeed(bytes(a["key"]), a["box"]),
  "sign": async (a) => {
    const { compartments, ...rest } = decode(bytes(a["data"]));
    const bare = compartments.map(({ signature: _, ...one }) => one);
    const following = a["following"] ? bytes(a["following"]) : undefined;
    return encode(await sign({ ...rest, compartments: bare }, bytes(a["seed"]), following));
  },
  "signed_by": async (a) => signedBy(decode(bytes(a["data"])), bytes(a["public"])),
  "epoch_signed_by": async (a) =>
    epochSignedBy(bytes(a["signer"]), placeOf(a["place"]), a["epoch"], bytes(a["public"]), bytes(a["signature"])),
  "delivery": (a) => {
    const { work, credentials, envelope } = decodeDelivery(bytes(a["data"]));
    return encodeDelivery(work, credentials, envelope);
  },
  "readers": (a) => {
    const note = parse(a["text"]);
    return [
      hex(note.deployment),
      note.epoch,
      note.day,
      hex(note.recovery.publicKey),
      note.office.map((key) => hex(key)),
      ...note.readers.map((one) => [hex(one.id), one.role, one.employer, one.nationality, one.languages, one.grants]),
    ];
  },
  "holders": (a) => {
    const struck = (a["struck"] as string[]).map((id) => unhex(id));
    return holders(parse(a["text"]), a["record"], a["compartment"], struck, a["independent"]).map(({ id }) => hex(id));
  },
  "check_readers": async (a) =>
    (await checkReaders(bytes(a["note"]), a["panel"], bytes(a["deployment"]))).readers.length,
  "solve": async (a) => solve(bytes(a["challenge"]), bytes(a["envelope"])),
  "person": async (a) => {
    const kek = await importKek(await kekBytes(a["passphrase"], bytes(a["salt"])));
    const key = await openPersonKey(kek, a["purpose"] as Purpose, bytes(a["salt"]), bytes(a["wrapped"]), true);
    return new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  },
  "argon2id": async (a) => argon2id(bytes(a["password"]), bytes(a["salt"]), a["memory"], a["passes"]),
};

/** Bytes become base64, at any depth. */
function told(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value as Bytes);
  if (Array.isArray(value)) return value.map(told);
  if (typeof value === "object" && value)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, told(inner)]));
  return value;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Asked;
  let answer: unknown;
  try {
    answer = { "is": told(await ACTS[asked["act"]]!(asked)) };
  } catch (error) {
    // Anything but a refusal is a fault of ours: it ends the run, and the test with it.
    if (!(error instanceof SealingError)) throw error;
    answer = { "refused": error.why, "place": error.place };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
