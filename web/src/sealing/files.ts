// Sealed files: a head that holds the key, and a body in chunks (STREAM, Hoang et al., CRYPTO 2015).

import { sha256 as incremental } from "@noble/hashes/sha2.js";
import { type Bytes, Reader, concat, fromUtf8, random, same, uint, utf8 } from "./bytes";
import type { Secret } from "./curves";
import { fail } from "./errors";
import { pad, padme, unpad } from "./pad";
import { Field, type Place, encodePlace } from "./place";
import { type SealOptions, Type, openBytes, sealBytes } from "./values";

export const CHUNK = 65_536;
const TAG = 16;
const HEAD = 1024;
/** Bytes of UTF-8. */
export const MAX_NAME = 512;
export const MAX_TYPE = 127;
const AAD = utf8("answerable/file/v1\0");

export interface FileHead {
  key: Bytes;
  /** Bytes of the file itself, without its filling. */
  length: number;
  sha256: Bytes;
  name: string;
  type: string;
}

/** Chunks of a file of `n` bytes, after filling; an empty file has one. */
export const chunksOf = (n: number): number => Math.max(1, Math.ceil(padme(n) / CHUNK));

/** Bytes of the sealed body of a file of `n` bytes. */
export const sealedLength = (n: number): number => padme(n) + chunksOf(n) * TAG;

const nonce = (counter: number, last: boolean): Bytes => concat(new Uint8Array(7), uint(counter, 4), [last ? 1 : 0]);

const keyOf = (raw: Bytes, use: "encrypt" | "decrypt"): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);

function encodeHead({ key, length, sha256, name, type }: FileHead): Bytes {
  const [named, typed] = [utf8(name), utf8(type)];
  const plain = concat(key, uint(length, 8), sha256, uint(named.length, 2), named, uint(typed.length, 2), typed);
  if (named.length > MAX_NAME || typed.length > MAX_TYPE) fail("large", "the name of this file is too long");
  return pad(plain, HEAD);
}

const aadOf = (place: Place): Bytes =>
  place.field === Field.File || place.field === Field.Cleaned
    ? concat(AAD, encodePlace(place))
    : fail("rejected", "a file is sealed into a field for files");

/** Opens a head. Refuses what is not one. */
export async function openHead(place: Place, secret: Secret, head: Bytes): Promise<FileHead> {
  const padded = await openBytes(Type.File, place, secret, head);
  if (padded.length !== HEAD) fail("altered", "the head of a file has another length");
  const reader = new Reader(unpad(padded), "the head of a file");
  const key = reader.take(32);
  const length = reader.uint(8);
  const sha256 = reader.take(32);
  const [named, typed] = [reader.sized(2), reader.sized(2)];
  reader.end();
  if (named.length > MAX_NAME || typed.length > MAX_TYPE) fail("altered", "the head of a file has a part too long");
  return { key, length, sha256, name: fromUtf8(named), type: fromUtf8(typed) };
}

/** What a file is read from: a browser's Blob, or bytes. */
export interface Source {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

export const sourceOf = (data: Bytes): Source => ({
  size: data.length,
  slice: (start, end) => ({ arrayBuffer: () => Promise.resolve(data.slice(start, end).buffer) }),
});

/** A file on its way. Each chunk is made once, in order: nothing else is ever sealed under its key. */
export class SealedFile {
  readonly chunks: number;
  readonly length: number;
  readonly #key: Bytes;
  readonly #imported: Promise<CryptoKey>;
  readonly #aad: Bytes;
  readonly #body = incremental.create();
  #made = 0;
  #hashed = 0;
  readonly #plain = incremental.create();

  constructor(
    readonly place: Place,
    readonly source: Source,
    readonly name: string,
    readonly type: string,
    rng = random,
  ) {
    this.chunks = chunksOf(source.size);
    this.length = sealedLength(source.size);
    this.#key = rng(32);
    this.#imported = keyOf(this.#key, "encrypt");
    this.#aad = aadOf(place);
  }

  /** The next `count` sealed chunks, or those that are left, joined. One call after the other. */
  async next(count: number): Promise<Bytes> {
    const first = this.#made;
    const stop = Math.min(first + count, this.chunks);
    this.#made = stop;
    if (first === stop) return new Uint8Array(0);
    const start = first * CHUNK;
    const plain = new Uint8Array(Math.min(stop * CHUNK, padme(this.source.size)) - start);
    const until = Math.max(start, Math.min(stop * CHUNK, this.source.size));
    const data = new Uint8Array(await this.source.slice(start, until).arrayBuffer());
    if (data.length !== until - start) fail("altered", "the file changed");
    plain.set(data);
    const key = await this.#imported;
    // All at once: a browser seals beside the page, on as many processors as there are.
    const sealed = await Promise.all(
      Array.from({ length: stop - first }, (_, i) =>
        crypto.subtle.encrypt(
          {
            name: "AES-GCM",
            iv: nonce(first + i, first + i === this.chunks - 1),
            additionalData: this.#aad,
          },
          key,
          plain.subarray(i * CHUNK, (i + 1) * CHUNK),
        ),
      ),
    );
    const out = concat(...sealed.map((one) => new Uint8Array(one)));
    this.#hashed += stop - first;
    this.#plain.update(data);
    this.#body.update(out);
    return out;
  }

  /** After every chunk: the hash of the sealed body, and the head to seal beside it. */
  async finish(
    publicKey: Bytes,
    { epoch = 0, rng = random }: SealOptions = {},
  ): Promise<{ head: Bytes; sha256: Bytes }> {
    if (this.#hashed !== this.chunks) fail("rejected", "not all of the file was sealed");
    const { name, type, source } = this;
    const plain = encodeHead({
      key: this.#key,
      length: source.size,
      sha256: this.#plain.clone().digest() as Bytes,
      name,
      type,
    });
    const head = await sealBytes(Type.File, this.place, publicKey, plain, epoch, rng);
    return { head, sha256: this.#body.clone().digest() as Bytes };
  }
}

/** Seals bytes at once: the head, and the chunks of the body. */
export async function sealFile(
  place: Place,
  publicKey: Bytes,
  name: string,
  type: string,
  data: Bytes,
  options: SealOptions = {},
): Promise<{ head: Bytes; chunks: Bytes[]; sha256: Bytes }> {
  const file = new SealedFile(place, sourceOf(data), name, type, options.rng);
  const chunks: Bytes[] = [];
  for (let index = 0; index < file.chunks; index++) chunks.push(await file.next(1));
  return { ...(await file.finish(publicKey, options)), chunks };
}

/** Opens a body, given whole or in chunks. Every byte is checked before any is given back. */
export async function openFile(
  place: Place,
  secret: Secret,
  head: Bytes,
  body: Bytes | Iterable<Bytes>,
): Promise<{ head: FileHead; data: Bytes }> {
  const known = await openHead(place, secret, head);
  const sealed = body instanceof Uint8Array ? body : concat(...body);
  if (sealed.length !== sealedLength(known.length)) fail("altered", "the body of this file has another length");
  const key = await keyOf(known.key, "decrypt");
  const aad = aadOf(place);
  const out = new Uint8Array(padme(known.length));
  const last = chunksOf(known.length) - 1;
  for (let index = 0; index <= last; index++) {
    const chunk = sealed.subarray(index * (CHUNK + TAG), (index + 1) * (CHUNK + TAG));
    const algorithm = { name: "AES-GCM", iv: nonce(index, index === last), additionalData: aad };
    const plain = await crypto.subtle
      .decrypt(algorithm, key, chunk)
      .catch(() => fail("altered", `part ${index + 1} of this file was altered or misplaced`));
    out.set(new Uint8Array(plain), index * CHUNK);
  }
  const data = out.slice(0, known.length);
  if (out.subarray(known.length).some((byte) => byte)) fail("altered", "the filling of this file is not zeros");
  if (!same(incremental(data) as Bytes, known.sha256)) fail("altered", "this file is not the one its head names");
  return { head: known, data };
}
