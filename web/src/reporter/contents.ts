// What is written inside sealed values: her own words, as the path without script writes them too.

import type { Bytes } from "../sealing/bytes";
import { jsonBytes } from "../sealing/compose";
import { Compartment, Record } from "../sealing/place";

/** What somebody wrote in the form; what is missing was not answered. */
export interface Answers {
  want: "report" | "help" | "both" | "complain";
  language: string;
  urgent: boolean;
  independent: boolean;
  struck: Bytes[];
  texts: { [name: string]: string };
}

type Filed = Record.Report | Record.File;

/** What someone may want, in the order in which it is offered, and which records that makes. */
export const WANTS: { [want in Answers["want"]]: readonly Filed[] } = {
  report: [Record.Report],
  help: [Record.File],
  both: [Record.Report, Record.File],
  complain: [Record.Report],
};

/** Agreed to by whoever sends: that she is answered. Everything else is asked later, one by one. */
export const CONSENTS = ["contact"];

/** Odd characters are dropped, and nobody is refused for them. */
export const cleanText = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000b-\u001f]/g, "")
    .replace(/[\ud800-\udfff]/gu, "")
    .trim();

/** The form of each compartment of a record. All are made, so that every record has the same shape. */
export function forms(record: Filed, answers: Answers): Map<Compartment, Bytes> {
  const text = (name: string): string => answers.texts[name] ?? "";
  const picked = (...names: string[]): { [name: string]: string } =>
    Object.fromEntries(names.map((name) => [name, text(name)]));
  if (record === Record.File)
    return new Map([
      [
        Compartment.VictimIdentity,
        jsonBytes({ ...picked("name", "contact", "safe_times", "age"), language: answers.language, v: 1 }),
      ],
      [Compartment.MedicalAssistance, jsonBytes({ ...picked("need"), v: 1 })],
    ]);
  const narrative = {
    ...picked("what", "when", "where", "relation", "age"),
    want: answers.want,
    urgent: answers.urgent,
    interviewer: { sex: text("interviewer_sex"), language: text("interviewer_language") },
    v: 1,
    ...(text("complaint") ? { complaint: text("complaint") } : {}),
  };
  return new Map([
    [Compartment.ReporterIdentity, jsonBytes({ ...picked("name", "contact", "safe_times", "tie"), v: 1 })],
    [Compartment.Narrative, jsonBytes(narrative)],
    [Compartment.AccusedIdentity, jsonBytes({ ...picked("who"), v: 1 })],
    [Compartment.Evidence, jsonBytes({ v: 1 })],
  ]);
}

/** A message to the desk. `after`: the SHA-256 of the last sealed message seen, so that one held back shows. */
export const message = (text: string, day: string, after: string, checkIn = ""): Bytes =>
  jsonBytes({ v: 1, from: "reporter", day, text, after, ...(checkIn ? { check_in: checkIn } : {}) });
