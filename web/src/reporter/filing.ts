// A filled-in form becomes one or two sealed submissions under one code.

import { type Bytes, random, sha256 } from "../sealing/bytes";
import { BOX_HELP, BOX_REPORT, signingSeed } from "../sealing/codes";
import { type Made, assemble, makeCompartments, put } from "../sealing/compose";
import { generate, secretFrom } from "../sealing/curves";
import { type Attached, Channel, Kind, type Value, encode } from "../sealing/envelope";
import { fail } from "../sealing/errors";
import { encodeCredentials, makeCredentials } from "../sealing/mailbox";
import { COMPARTMENTS, Compartment, Field, REPORTER, Record } from "../sealing/place";
import { type ReadersNote, holders } from "../sealing/readers";
import { sign } from "../sealing/signing";
import { openWrap } from "../sealing/values";
import { type Answers, CONSENTS, WANTS, forms } from "./contents";

/** Where a record's files lie. */
export const FILES: { [record: number]: Compartment } = {
  [Record.Report]: Compartment.Evidence,
  [Record.File]: Compartment.MedicalAssistance,
};

/** What becomes of files while a submission is made: heads for the envelope, bodies elsewhere. */
export type Attach = (made: Made) => Promise<{ values: Value[]; files: Attached[] }>;

export interface Filing {
  record: Bytes;
  recordKind: Record.Report | Record.File;
  envelope: Bytes;
  credentials: Bytes;
  /** The private key of the thread's compartment, to read what is answered at once. */
  thread: Bytes;
}

const nothing: Attach = () => Promise.resolve({ values: [], files: [] });

/** Refuses when a compartment would have no reader. */
export function readable(note: ReadersNote, answers: Answers): boolean {
  return WANTS[answers.want].every((record) =>
    COMPARTMENTS[record]!.every((one) => holders(note, record, one, answers.struck, answers.independent).length > 0),
  );
}

/** Seals one record and makes its mailbox. `k`: what the code derives to. */
export async function fileRecord(
  recordKind: Record.Report | Record.File,
  answers: Answers,
  note: ReadersNote,
  k: Bytes,
  { channel = Channel.Web as Channel, oneTime = false, attach = nothing, submission = random(16) } = {},
): Promise<Filing> {
  const reporter = await generate();
  const record = random(16);
  const { deployment } = note;
  const { struck, independent, urgent, language } = answers;
  const choice = { deployment, recordKind, record, struck, independent, reporterPublic: reporter.publicKey };
  const made = await makeCompartments(choice, note);
  const values: Value[] = [];
  for (const [compartment, data] of forms(recordKind, answers))
    values.push(await put(made.get(compartment)!, Field.Form, 0, data));
  const attached = await attach(made.get(FILES[recordKind]!)!);
  const envelope = assemble({
    kind: recordKind === Record.Report ? Kind.Report : Kind.Help,
    channel,
    deployment,
    recordKind,
    record,
    submission,
    language,
    reporter: reporter.publicKey,
    urgent,
    independent,
    struck,
    consents: CONSENTS,
    compartments: [...made.values()].map(({ sealed }) => sealed),
    values: [...values, ...attached.values],
    files: attached.files,
  });
  const box = recordKind === Record.Report ? BOX_REPORT : BOX_HELP;
  const signed = await sign(envelope, await signingSeed(k, box));
  const own = await makeCredentials(k, deployment, box, reporter.raw, { oneTime });
  // Others carry a draft: it brings what the server keeps of the proof, and not what opens the mailbox.
  const auth = channel === Channel.Offline ? await sha256(own.auth) : own.auth;
  const credentials = encodeCredentials({ ...own, auth });
  const thread = await threadKey(made, recordKind, reporter.raw);
  reporter.raw.fill(0);
  return { record, recordKind, envelope: encode(signed), credentials, thread };
}

async function threadKey(made: Map<Compartment, Made>, recordKind: Record, raw: Bytes): Promise<Bytes> {
  const compartment = recordKind === Record.File ? Compartment.VictimIdentity : Compartment.Narrative;
  const { sealed, place } = made.get(compartment)!;
  const own = sealed.wraps.find(({ holder }) => !holder.some((byte, i) => byte !== REPORTER[i]));
  if (!own) return fail("rejected", "a record holds no wrap for its reporter");
  return openWrap(place(Field.None, 0), REPORTER, await secretFrom(raw), own.wrap);
}
