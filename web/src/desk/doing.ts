// What a person does on the pages of a record: each form is sealed and signed here, and sent as ciphertext and codes.

import { fromBase64, hex, random, toBase64, unhex } from "../sealing/bytes";
import { COMPARTMENTS, COMPARTMENT_CODES, Field, Record } from "../sealing/place";
import { act, get } from "./asking";
import { type Holder, create, grant } from "./compartments";
import { refresh } from "./fresh";
import { type Claimed, ascending, holdersOf, note, recovery } from "./noted";
import { type PartFacts, fetchPart, kindOf, numbered, partsOf, recordOf, sealInto, whereOf } from "./opened";
import { Trouble, facts, pins, say, today } from "./page";
import { noticesRead } from "./notices";
import { lastSeen, open, wrote } from "./panels";
import type { Keys } from "./keys";
import { put } from "./show";
import { once } from "./unlocking";

type Does = (keys: Keys, form: HTMLFormElement, data: FormData) => Promise<unknown>;

/** The forms of the desk by what they do: the name of the act, as the server knows it. */
const FORMS: { [name: string]: Does } = {
  take_report: take,
  write_to_person: write,
  add_value: addNote,
  declare_tie: (keys, _, data) => done(keys, "declare_tie", { tied: data.get("tied") === "yes" }),
  join_report: (keys, _, data) => done(keys, "join_report", { case: data.get("case") }),
  take_up_late: (keys, form, data) =>
    done(keys, "take_up_late", { reason: data.get("reason") }, form.dataset["record"]!),
  take_up_altered: (keys, form, data) =>
    done(
      keys,
      "take_up_altered",
      { altered: data.get("altered"), answer: data.get("answer") },
      form.dataset["record"]!,
    ),
  recuse: (keys, _, data) => done(keys, "recuse", { ground: data.get("ground") }),
  offer_handover: handOver,
  accept_handover: answerOffer,
  decline_handover: answerOffer,
  take_over: (keys, form) => done(keys, "take_over", {}, form.dataset["record"]!),
  withdraw_handover: (keys, _, data) => done(keys, "withdraw_handover", { handover: data.get("handover") }),
  propose_decision: propose,
  review_decision: review,
  replace_reviewer: async (keys, _, data) => {
    const reviewer = String(data.get("reviewer") ?? "") || fail("choose_someone");
    return done(keys, "replace_reviewer", { reviewer, wraps: await wrapsFor(keys, reviewer, "reviewer") });
  },
  propose_settlement: async (keys, form, data) =>
    done(keys, "propose_settlement", {
      outcome: data.get("outcome"),
      second: data.get("second") ?? "",
      reasons: await seal(sealsTo(form), Field.Reasons, { v: 1, day: today(), text: text(data, "reasons") }),
    }),
  settle,
  request_recovery: (keys, _, data) =>
    done(keys, "request_recovery", { compartment: data.get("compartment"), reason: data.get("reason") }),
};

/** Wires every form that does something. Without keys the forms stay hidden: nothing could be signed. */
export function forms(keys: Keys): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-act]")) {
    const does = FORMS[form.dataset["act"]!];
    if (!does) continue;
    if (!form.dataset["later"]) form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const data = new FormData(form, event.submitter);
      void once(form, async () => {
        const answer = (await does(keys, form, data)) as { next?: string; sent?: boolean } | undefined;
        const line = form.querySelector("[role=status]");
        if (line) put(line, say(answer?.sent ? "sent" : "done"));
        if (answer?.next) location.assign(answer.next);
        else if (answer?.sent) {
          form.reset();
          if (!(await refresh()) && line) put(line, [say("sent"), say("not_fresh")].join(" "));
        } else location.reload();
      });
    });
  }
}

const text = (data: FormData, name: string): string => {
  const value = String(data.get(name) ?? "").trim();
  return value || fail("write_something");
};

function fail(key: string, values: { [name: string]: string } = {}): never {
  throw new Trouble(key, values);
}

const done = (keys: Keys, name: string, body: unknown, record = recordOf()): Promise<unknown> =>
  act(keys, `records/${record}/do/${name}/`, name, record, body);

const partOf = (compartment: string): PartFacts =>
  partsOf().find((part) => part.compartment === compartment) ?? fail("absent");

/** Seals JSON into a compartment of this page's record. */
const seal = (compartment: string, field: Field, content: unknown): ReturnType<typeof sealInto> =>
  sealInto(partOf(compartment), whereOf(compartment, recordOf(), kindOf()), open.get(compartment), field, content);

/** A new case: its keys are made here, and wrapped to whom the access table names and to recovery. */
async function take(keys: Keys): Promise<unknown> {
  const { holders } = await get<{ holders: { [compartment: string]: Claimed[] } }>(`records/${recordOf()}/case/`);
  const known = await note();
  const record = random(16);
  const made = [];
  for (const compartment of COMPARTMENTS[Record.Case]!) {
    const code = COMPARTMENT_CODES[compartment]!;
    const to = ascending([...holdersOf(known, holders[code] ?? []), recovery(known)]);
    const where = { deployment: unhex(pins().deployment, 32), recordKind: Record.Case, record, compartment };
    const { publicKey, wraps } = await create(where, to, 1);
    made.push({ compartment: code, public: toBase64(publicKey), wraps: wraps.map(wrapJson) });
  }
  return done(keys, "take_report", { case: hex(record), keys: made });
}

const wrapJson = ({ holder, wrap }: { holder: Uint8Array<ArrayBuffer>; wrap: Uint8Array<ArrayBuffer> }) => ({
  holder: hex(holder),
  wrap: toBase64(wrap),
});

/** A message: it names the last one that was seen, so that a reader notices what is missing. */
async function write(keys: Keys, form: HTMLFormElement, data: FormData): Promise<unknown> {
  const compartment = form.dataset["compartment"]!;
  if (!open.has(compartment)) fail("needs_opening", { part: form.dataset["part"] ?? "" });
  const content = { v: 1, from: "desk", day: today(), text: text(data, "text"), after: lastSeen };
  const message = await seal(compartment, Field.Message, content);
  await done(keys, "write_to_person", {
    message,
    offers_assistance: data.get("offers_assistance") === "on",
    next_contact: data.get("next_contact") || "",
  });
  await wrote(compartment, content, fromBase64(message.data));
  return { sent: true };
}

async function addNote(keys: Keys, form: HTMLFormElement, data: FormData): Promise<unknown> {
  const content = { v: 1, day: today(), text: text(data, "text") };
  return done(keys, "add_value", { value: await seal(form.dataset["compartment"]!, Field.Note, content) });
}

/** An offer is answered under the record that was offered, whichever page it stands on. */
function answerOffer(keys: Keys, form: HTMLFormElement, data: FormData): Promise<unknown> {
  return done(keys, form.dataset["act"]!, { handover: data.get("handover") }, form.dataset["record"]!);
}

interface Offered {
  record: string;
  kind: number;
  compartment: string;
}

/** Wraps for somebody who is to read: of every key of every compartment that this person holds and may give. */
async function wrapsFor(keys: Keys, person: string, role: string): Promise<unknown[]> {
  const people = facts().page["people"] as { [id: string]: string };
  const offered = (facts().page["offered"] as { [role: string]: Offered[] })[role] ?? [];
  const holder = holdersOf(await note(), [{ id: person, x25519: people[person] ?? "" }]);
  const wraps = [];
  for (const { record, kind, compartment } of offered) {
    const where = whereOf(compartment, record, kind);
    const { part } = await fetchPart(keys, where, record, "grant", "handover");
    for (const [epoch, bytes] of part.wraps)
      for (const one of await grant(keys, where, bytes, holder, numbered(epoch)))
        wraps.push({ record, compartment, epoch, ...wrapJson(one) });
  }
  return wraps;
}

async function handOver(keys: Keys, _: HTMLFormElement, data: FormData): Promise<unknown> {
  const [taker, role] = String(data.get("taker") ?? "").split("/");
  if (!taker || !role) return fail("choose_someone");
  return done(keys, "offer_handover", { taker, role, wraps: await wrapsFor(keys, taker, role) });
}

/** A decision: reasons sealed to those who deliberate, a notice to the person of each report, and a second person. */
async function propose(keys: Keys, _: HTMLFormElement, data: FormData): Promise<unknown> {
  const reviewer = String(data.get("reviewer") ?? "");
  const reasons = String(data.get("reasons") ?? "").trim();
  const notice = String(data.get("notice") ?? "").trim();
  const notices = notice ? await noticesOf(keys, notice) : [];
  const content = { v: 1, day: today(), text: reasons };
  return done(keys, "propose_decision", {
    standard: data.get("standard"),
    outcome: data.get("outcome"),
    cause: data.get("cause") ?? "",
    ...(reasons && { reasons: await seal("deliberation", Field.Reasons, content) }),
    notices,
    appeal_route: data.get("appeal_route") ?? "",
    appeal_until: data.get("appeal_until") ?? "",
    reviewer,
    wraps: reviewer ? await wrapsFor(keys, reviewer, "reviewer") : [],
  });
}

/** The same words to the person of every report of the case, each sealed to its own thread. */
async function noticesOf(keys: Keys, words: string): Promise<unknown[]> {
  const reports = facts().page["report_parts"] as { [record: string]: PartFacts };
  const notices = [];
  for (const [report, part] of Object.entries(reports)) {
    const where = whereOf(part.compartment, report, Record.Report);
    const opened = part.held ? (await fetchPart(keys, where, report, "read", "notice")).part : undefined;
    const content = { v: 1, from: "desk", day: today(), text: words };
    notices.push({ report, notice: await sealInto(part, where, opened, Field.Notice, content) });
  }
  return notices;
}

async function review(keys: Keys, _: HTMLFormElement, data: FormData): Promise<unknown> {
  const agrees = data.get("agrees") === "yes";
  const third = agrees ? "" : String(data.get("third") ?? "");
  // Whoever agrees to a notice agrees to the bytes that this page has opened: its reasons say which, and its signature.
  const notices = agrees ? noticesRead() : [];
  const content = { v: 1, day: today(), agrees, text: text(data, "review"), notices };
  return done(keys, "review_decision", {
    decision: data.get("decision"),
    agrees,
    notices,
    review: await seal("deliberation", Field.Review, content),
    third,
    wraps: third ? await wrapsFor(keys, third, "reviewer") : [],
  });
}

/** Where a form's words are sealed: of a report and of a request for help these are different parts. */
const sealsTo = (form: HTMLFormElement): string => form.dataset["seals"]!;

/** What was taken back leaves: the second person's word on it, sealed beside the first one's. */
async function settle(keys: Keys, form: HTMLFormElement, data: FormData): Promise<unknown> {
  const agrees = data.get("agrees") === "yes";
  const content = { v: 1, day: today(), agrees, text: text(data, "review") };
  const review = await seal(sealsTo(form), Field.Review, content);
  return done(keys, "settle", { decision: data.get("decision"), agrees, review });
}

/** One person to be let into one compartment, or a compartment that needs a new key for those who remain. */
export interface Wanted {
  record: string;
  kind: number;
  compartment: string;
  person: string | null;
  x25519: string | null;
  epoch: number;
}

/** Lets somebody in: every epoch that this person holds is wrapped for them. */
export async function letIn(keys: Keys, wanted: Wanted): Promise<void> {
  const where = whereOf(wanted.compartment, wanted.record, wanted.kind);
  if (wanted.person === null) return renew(keys, wanted);
  const holder = holdersOf(await note(), [{ id: wanted.person, x25519: wanted.x25519 ?? "" }]);
  const { part } = await fetchPart(keys, where, wanted.record, "grant", "wanted");
  const wraps = [];
  for (const [epoch, bytes] of part.wraps)
    for (const one of await grant(keys, where, bytes, holder, numbered(epoch))) wraps.push({ epoch, ...wrapJson(one) });
  await done(keys, "grant", { compartment: wanted.compartment, to: wanted.person, wraps }, wanted.record);
}

/** Begins a new epoch for those who remain: what is written from now on is sealed to a key that only they hold. */
async function renew(keys: Keys, wanted: Wanted): Promise<void> {
  interface Next {
    epoch: number;
    holders: Claimed[];
    reporter: string;
  }
  const path = `records/${wanted.record}/epoch/${wanted.compartment}/`;
  const { epoch, holders, reporter } = await get<Next>(path);
  const known = await note();
  const own: Holder[] = reporter ? [{ id: new Uint8Array(16), publicKey: unhex(reporter, 32) }] : [];
  const to = ascending([...own, ...holdersOf(known, holders), recovery(known)]);
  const where = whereOf(wanted.compartment, wanted.record, wanted.kind);
  const { publicKey, wraps } = await create(where, to, epoch);
  const named = { compartment: wanted.compartment, public: toBase64(publicKey), reporter };
  const body = { ...named, wraps: wraps.map(wrapJson) };
  await done(keys, "new_epoch", body, wanted.record);
}
