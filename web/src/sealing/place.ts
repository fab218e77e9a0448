// Where a ciphertext belongs. What is moved to another place does not open.

import { type Bytes, concat, uint } from "./bytes";
import { fail } from "./errors";

export const enum Record {
  Report = 1,
  Case = 2,
  /** A victim file: a request for help. */
  File = 3,
}

export const enum Compartment {
  ReporterIdentity = 1,
  VictimIdentity = 2,
  Narrative = 3,
  AccusedIdentity = 4,
  MedicalAssistance = 5,
  Evidence = 6,
  Deliberation = 7,
}

export const enum Field {
  None = 0,
  Form = 1,
  Message = 2,
  File = 3,
  Status = 4,
  Opening = 5,
  Reasons = 6,
  Notice = 7,
  Review = 8,
  Note = 9,
  Recusal = 10,
  Answer = 11,
  Cleaned = 12,
}

export const FIELDS = 12;

/** The code words of compartments and records, as notes, tables and pages write them. */
export const COMPARTMENT_CODES: readonly string[] = [
  "",
  "reporter_identity",
  "victim_identity",
  "narrative",
  "accused_identity",
  "medical_assistance",
  "evidence",
  "deliberation",
];
export const RECORD_CODES: readonly string[] = ["", "report", "case", "file"];

/** Which compartments a record has; all are made when the record begins, empty ones too. */
export const COMPARTMENTS: Readonly<{ [record: number]: readonly Compartment[] }> = {
  [Record.Report]: [
    Compartment.ReporterIdentity,
    Compartment.Narrative,
    Compartment.AccusedIdentity,
    Compartment.Evidence,
  ],
  [Record.Case]: [Compartment.Narrative, Compartment.AccusedIdentity, Compartment.Evidence, Compartment.Deliberation],
  [Record.File]: [Compartment.VictimIdentity, Compartment.MedicalAssistance],
};

/** Who holds a wrap without being staff. */
export const REPORTER: Bytes = new Uint8Array(16);
export const RECOVERY: Bytes = new Uint8Array(16).fill(0xff);

export interface Place {
  deployment: Bytes;
  recordKind: Record;
  record: Bytes;
  compartment: Compartment;
  field: Field;
  version: number;
}

/** The 56 bytes of a place. */
export function encodePlace(place: Place): Bytes {
  const { deployment, recordKind, record, compartment, field, version } = place;
  if (deployment.length !== 32 || record.length !== 16)
    fail("rejected", "a place names a deployment by 32 bytes and a record by 16");
  if (!COMPARTMENTS[recordKind]?.includes(compartment)) fail("rejected", "this record has no such compartment");
  if (!(field >= 0 && field <= FIELDS)) fail("rejected", "there is no such field");
  return concat(deployment, [recordKind], record, [compartment], uint(field, 2), uint(version, 4));
}
