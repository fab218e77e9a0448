// Files on their way: sealed chunk by chunk, sent so that an interrupted upload goes on where it stopped.

import { type Bytes, random } from "../sealing/bytes";
import type { Made } from "../sealing/compose";
import type { Attached, Value } from "../sealing/envelope";
import { SealingError } from "../sealing/errors";
import { MAX_NAME, MAX_TYPE, SealedFile, type Source } from "../sealing/files";
import { Field } from "../sealing/place";
import { UnreachableError, ServerError, begin, chunksHeld, putChunks, worked } from "./server";

/** A file that she chose. */
export interface Chosen extends Source {
  readonly name: string;
  readonly type: string;
}

/** How many chunks travel in one request: about a megabyte. */
const AT_ONCE = 16;

/** What the sender of files is told, and may decide. */
export interface Course {
  /** Fractions of one file, from 0 to 1. */
  progress: (name: string, done: number) => void;
  /** No answer came; the next try is in so many seconds. */
  waiting: (seconds: number) => void;
  /** Whether she would rather send her text now, without the files that are still on their way. */
  givenUp: () => boolean;
  pause: (milliseconds: number) => Promise<void>;
}

const MAX_CHARACTERS = 120;

/** Names that an old system takes for devices whatever stands behind them. */
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * A file's name as it is sealed: the last part of a path, without control characters, marks of direction that turn an
 * ending round, reserved characters, leading dots or device names; at most 120 characters and 512 bytes. Never empty.
 */
export function fileName(name: string): string {
  const plain = name
    .replace(/[\t\n\r]/g, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, "")
    .normalize("NFC");
  const last = plain
    .split(/[/\\∕⁄⧵＼／]/)
    .at(-1)!
    .replace(/[<>:"|?*]/g, "_")
    .replace(/\s+/g, " ")
    .replace(/^[ .]+|[ .]+$/g, "");
  return cut(DEVICES.test(last) ? `_${last}` : last) || "file";
}

/** The name within its bounds, its ending kept where there is a short one. */
function cut(name: string): string {
  const dot = name.lastIndexOf(".");
  const ends = dot > 0 && [...name.slice(dot + 1)].length <= 10;
  const stem = [...(ends ? name.slice(0, dot) : name)];
  const ending = ends ? name.slice(dot) : "";
  const long = (): boolean =>
    stem.length + [...ending].length > MAX_CHARACTERS ||
    new TextEncoder().encode(stem.join("") + ending).length > MAX_NAME;
  while (long()) stem.pop();
  return stem.join("").replace(/[ .]+$/, "") + ending;
}

/** A media type as it is sealed: ASCII, or that of unknown bytes. */
export function fileType(type: string): string {
  const plain = type.trim().toLowerCase();
  return /^[ -~]*\/[ -~]*$/.test(plain) && plain.length <= MAX_TYPE ? plain : "application/octet-stream";
}

/** A random even version: an original's. Its cleaned copy has the next. */
export const fileVersion = (): number => (new DataView(random(4).buffer).getUint32(0) & ~1) >>> 0 || 2;

/** How far something is, in steps that a screen reader can say each without falling behind. */
export const percent = (part: number, step: number): number => Math.floor((Math.min(part, 1) * 100) / step) * step;

/** Seconds before the next try, the first soon, never more than half a minute. */
export const patience = (tries: number): number => Math.min(30, 2 ** (tries + 1));

/** The server holds more or less of a file than it took: the file begins anew, since nothing is sealed twice under one key. */
class LostError extends Error {}

const rest = (course: Course, tries: number): Promise<void> => {
  course.waiting(patience(tries));
  return course.pause(patience(tries) * 1000);
};

/** An upload that will come: its id, and the work for it, which is done meanwhile. */
export interface Upload {
  readonly id: Bytes;
  readonly work: Promise<Bytes>;
}

export function beginUpload(): Upload {
  const id = random(16);
  return { id, work: begin(id) };
}

/** Seals one file into a compartment and sends its body; what the envelope says of it. Undefined when given up. */
export async function sendFile(
  made: Made,
  kind: Field.File | Field.Cleaned,
  version: number,
  file: Chosen,
  course: Course,
  upload: Upload,
): Promise<{ value: Value; attached: Attached } | undefined> {
  const { publicKey, epoch, compartment } = made.sealed;
  for (let tries = 0; ; tries++) {
    const sealed = new SealedFile(made.place(kind, version), file, fileName(file.name), fileType(file.type));
    try {
      if (!(await sendBody(sealed, upload, file.name, course))) return undefined;
    } catch (error) {
      if (!(error instanceof LostError)) throw error;
      await rest(course, tries);
      upload = beginUpload();
      continue;
    }
    const { head, sha256: hash } = await sealed.finish(publicKey, { epoch });
    return {
      value: { compartment, field: kind, version, data: head },
      attached: { version, id: upload.id, length: sealed.length, sha256: hash },
    };
  }
}

/** Sends a body in batches; while one is on its way the next is sealed. False when given up. */
async function sendBody(sealed: SealedFile, upload: Upload, name: string, course: Course): Promise<boolean> {
  let data = await sealed.next(AT_ONCE);
  for (let at = 0; at < sealed.chunks;) {
    const until = Math.min(at + AT_ONCE, sealed.chunks);
    const next = sealed.next(AT_ONCE);
    next.catch(() => undefined); // told below, when this batch has gone
    if (!(await sendBatch(upload, at, until, data, course))) return false;
    course.progress(name, until / sealed.chunks);
    [at, data] = [until, await next];
  }
  return true;
}

/** Sends one batch until it has arrived. False when given up. */
async function sendBatch(
  { id, work }: Upload,
  at: number,
  until: number,
  data: Bytes,
  course: Course,
): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    if (course.givenUp()) return false;
    try {
      // After an interruption the server knows best how much of it has arrived.
      let held = tries ? await chunksHeld(id) : at;
      if (held >= at && held < until)
        held = held
          ? await putChunks(id, at, data)
          : await worked(id, (done) => putChunks(id, at, data, done), undefined, tries ? undefined : work);
      if (held === until) return true;
      throw new LostError();
    } catch (error) {
      if (!passing(error)) throw error;
      await rest(course, tries);
    }
  }
}

/** Whether trying again may help: no network, a busy server, work that took too long, chunks out of step. */
export const passing = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  (error instanceof ServerError && (error.status >= 500 || [408, 409, 425, 428, 429].includes(error.status)));

/** What became of the files: for the envelope, and for the person. */
export interface Sent {
  values: Value[];
  files: Attached[];
  uncleaned: string[];
  refused: string[];
}

/**
 * Sends every file, with its cleaned copy where one can be made. A file that is not taken never stops the text.
 * `first`: the upload of the first of them, begun before; the work for each further one is done while one is sent.
 */
export async function sendFiles(
  made: Made,
  files: readonly Chosen[],
  clean: (file: Chosen) => Promise<Chosen | undefined>,
  course: Course,
  first?: Upload,
): Promise<Sent> {
  const out: Sent = { values: [], files: [], uncleaned: [], refused: [] };
  let ahead = first;
  const send = (kind: Field.File | Field.Cleaned, version: number, file: Chosen, more: boolean) => {
    const upload = ahead ?? beginUpload();
    ahead = more ? beginUpload() : undefined;
    return sendFile(made, kind, version, file, course, upload);
  };
  for (const [i, file] of files.entries()) {
    const version = fileVersion();
    const last = i + 1 === files.length;
    try {
      const original = await send(Field.File, version, file, !last || file.type.startsWith("image/"));
      const copy = original && (await clean(file));
      const cleaned = copy && (await send(Field.Cleaned, version + 1, copy, !last));
      if (!original) out.refused.push(file.name);
      else if (!cleaned) out.uncleaned.push(file.name);
      for (const one of [original, cleaned])
        if (one) {
          out.values.push(one.value);
          out.files.push(one.attached);
        }
    } catch (error) {
      // Not taken by the server, or not to be read any more: on a card that was pulled out, changed meanwhile.
      if (!(error instanceof ServerError || error instanceof SealingError || error instanceof DOMException))
        throw error;
      out.refused.push(file.name);
    }
  }
  return out;
}
