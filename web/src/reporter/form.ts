// Reads the form of a report or of a request for help.

import { hex, unhex } from "../sealing/bytes";
import { type ReadersNote, INDEPENDENT, readersOf } from "../sealing/readers";
import { type Answers, WANTS, cleanText } from "./contents";

const TEXTS = [
  "what",
  "need",
  "complaint",
  "who",
  "where",
  "when",
  "relation",
  "name",
  "contact",
  "safe_times",
  "tie",
  "age",
  "interviewer_sex",
  "interviewer_language",
];

/** Bytes of UTF-8 that a long and a short field take: as on the server. */
const LONG = 40_000;
const SHORT = 1_000;
const LIMITS: { [name: string]: number } = { what: LONG, need: LONG, complaint: 10_000, who: 10_000 };

/** What is asked again: the field, and the sentence to show. */
export interface Missing {
  field: string;
  sentence: string;
  over?: number;
}

/** The answers of a form, as they will be sealed. */
export function readForm(form: HTMLFormElement, language: string): Answers {
  const data = new FormData(form);
  const text = (name: string): string => {
    const value = data.get(name);
    return typeof value === "string" ? cleanText(value) : "";
  };
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name="reader"]')];
  const want = text("want");
  return {
    want: form.dataset["kind"] === "help" ? "help" : want in WANTS ? (want as Answers["want"]) : "report",
    language,
    urgent: data.has("urgent"),
    independent: data.has("independent"),
    struck: boxes.filter((box) => !box.checked).map((box) => unhex(box.value, 16)),
    texts: Object.fromEntries(TEXTS.map((name) => [name, text(name)])),
  };
}

/** What is missing or too long. Only what happened, or the need, is ever required. */
export function faults(answers: Answers): Missing[] {
  const { want, texts } = answers;
  const out: Missing[] = [];
  if ((want === "report" || want === "both") && !texts["what"]) out.push({ field: "what", sentence: "missing-what" });
  if (want === "help" && !texts["need"]) out.push({ field: "need", sentence: "missing-need" });
  if (want === "complain" && !texts["what"] && !texts["complaint"])
    out.push({ field: "complaint", sentence: "missing-complaint" });
  // Nobody's words vanish: not those either that were written before another choice hid their box.
  const lost = want === "help" ? ["what", "complaint", "who", "where", "when", "tie"] : want === "both" ? [] : ["need"];
  for (const name of lost) if (texts[name]) out.push({ field: name, sentence: "reaches-nobody" });
  for (const name of TEXTS) {
    const over = new TextEncoder().encode(texts[name] ?? "").length - (LIMITS[name] ?? SHORT);
    if (over > 0) out.push({ field: name, sentence: "too-long", over });
  }
  return out;
}

/** By who somebody is in this: the fields that are not asked of them. */
export type Unasked = { [relation: string]: string[] };

/** Asks each person only what it needs. A field in which something was written stays: nobody's words vanish. */
export function asksWhatItNeeds(form: HTMLFormElement, unasked: Unasked): void {
  const relation = form.querySelector<HTMLSelectElement>('select[name="relation"]');
  if (!relation) return;
  const names = new Set(Object.values(unasked).flat());
  const update = (): void => {
    for (const name of names) {
      const input = form.querySelector<HTMLInputElement>(`[name="${name}"]`);
      const field = input?.closest<HTMLElement>(".field");
      if (field) field.hidden = !input!.value && !!unasked[relation.value]?.includes(name);
    }
  };
  relation.addEventListener("change", update);
  update();
}

/** Whether the readers that the page showed are those of the signed note: then nobody reads who was not shown. */
export function showsReaders(form: HTMLFormElement, note: ReadersNote, kind: string): boolean {
  const shown = [...form.querySelectorAll<HTMLInputElement>('input[name="reader"]')].map(({ value }) => value);
  const records = kind === "help" ? WANTS.help : WANTS.both;
  const known = note.readers
    .filter((reader) => reader.role !== INDEPENDENT && records.some((one) => readersOf(note, one).includes(reader)))
    .map(({ id }) => hex(id));
  return shown.length === known.length && known.every((id) => shown.includes(id));
}
