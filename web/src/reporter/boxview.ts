// How one record of a mailbox is shown: where it stands, what is owed, who opened it, the thread, and what can be done.

import { Compartment, Record } from "../sealing/place";
import type { Fields } from "../json";
import { owed } from "./acknowledged";
import type { Chosen } from "./attachments";
import { type Mailbox, type RecordBox, consentsOf } from "./mailbox";
import { type Json, type Message, said } from "./thread";
import { alarm, block, button, dayOf, el, field, nameOf, option, say, today } from "./page";

/** What she can do here. Each says what came of it in the element that it is given. */
export interface Deeds {
  write: (text: string, checkIn: string, files: Chosen[], into: HTMLElement) => Promise<void>;
  consent: (consents: string[], into: HTMLElement) => Promise<void>;
  withdraw: (reasons: string, into: HTMLElement) => Promise<void>;
}

/** As the server knows them. */
export const CONSENTS = ["contact", "assistance", "investigation", "state", "panel"];

const listOf = (json: Json, name: string): Json[] =>
  Array.isArray(json[name]) ? (json[name] as Json[]).filter((one) => typeof one === "object" && one) : [];

let counter = 0;

export function recordView(record: RecordBox, mailbox: Mailbox, deeds: Deeds): HTMLElement {
  const { status } = record;
  const help = record.recordKind === Record.File;
  const id = `r${++counter}`;
  const stage = mailbox.withdrawn ? "withdrawn" : said(status, "stage") || "received";
  // The day of what the office said last is not the day on which she took it back.
  const since = !mailbox.withdrawn && said(status, "day");
  const contact = said(status, "next_contact");
  return el(
    "section",
    { "aria-labelledby": id },
    el("h2", { id }, say(help ? "your-help" : "your-report")),
    el("p", {}, el("strong", {}, nameOf("stage", stage)), since && el("br"), since && dayOf(since)),
    appeal(status),
    record.altered > 0 && el("p", { class: "warn" }, say("altered", { count: record.altered })),
    record.unsigned > 0 && el("p", { class: "warn" }, say("unsigned", { count: record.unsigned })),
    record.strangeKeys && el("p", { class: "warn" }, say("strange-keys")),
    contact && el("p", {}, say("next-contact", { day: dayOf(contact) })),
    ...dues(record),
    // What was taken back keeps its words: new ones are not made for it.
    !mailbox.withdrawn &&
      el(
        "p",
        { class: "soft" },
        mailbox.opened ? say("last-opened", { day: dayOf(mailbox.opened) }) : say("never-opened"),
      ),
    el("h3", {}, say("messages")),
    ...thread(record, mailbox.withdrawn),
    !mailbox.withdrawn && writing(deeds),
    ...reads(record),
    rights(record),
    !mailbox.withdrawn && consents(record, deeds),
    proofs(record),
    !mailbox.withdrawn && withdrawal(deeds),
  );
}

/** Until when and before whom she can contest a decision, where there is one to contest. */
function appeal(status: Json): HTMLElement | false {
  const found = status["appeal"];
  if (typeof found !== "object" || !found) return false;
  const [route, until, decided] = ["route", "until", "decided"].map((name) => said(found as Json, name));
  const days = { until: dayOf(until!), decided: dayOf(decided!) };
  const sentence = (kind: string): string => say(`appeal.${kind}`, days);
  const known = sentence(until! < today() ? "over" : route!);
  return el("p", { class: "box" }, known === `appeal.${route}` ? sentence("other") : known);
}

function dues(record: RecordBox): HTMLElement[] {
  const listed = listOf(record.status, "due").map((one) => standing("duty", said(one, "duty"), one));
  const first = record.openings[0]?.["event"] as Fields | undefined;
  if (!listed.length && !Object.keys(record.status).length && first) {
    const { duty, day } = owed(first);
    if (duty) listed.push(standing("duty", duty, { due: day, state: "open" }));
  }
  return listed.length ? [el("h3", {}, say("owed")), stateList(listed)] : [];
}

const stands = (name: string, day: string, state: string): string =>
  state ? say(day ? "stands" : "stand", { name, day, state }) : name;

/** A duty or a right by its name, with its day and how it stands where that is known. */
const standing = (kind: string, code: string, one: Json): { name: string; day: string; state: string } => ({
  name: nameOf(kind, code),
  day: said(one, "due"),
  state: said(one, "state"),
});

const stateList = (items: ReturnType<typeof standing>[]): HTMLElement =>
  el(
    "ul",
    {},
    ...items.map(({ name, day, state }) =>
      el("li", state === "overdue" ? { class: "late" } : {}, stands(name, day && dayOf(day), nameOf("state", state))),
    ),
  );

function reads(record: RecordBox): HTMLElement[] {
  const rows = listOf(record.status, "reads").map((one) =>
    el(
      "li",
      {},
      [dayOf(said(one, "day")), nameOf("part", said(one, "compartment")), nameOf("role", said(one, "role"))].join(
        " · ",
      ),
    ),
  );
  return [el("h3", {}, say("opened-by")), rows.length ? el("ul", {}, ...rows) : el("p", {}, say("opened-by-nobody"))];
}

function thread(record: RecordBox, withdrawn: boolean): HTMLElement[] {
  const first = [...firstWords(record), ...given(record)];
  // Of what was taken back, that is gone or decided about: nothing of it is only for somebody else to open.
  if (!withdrawn)
    first.push(el("p", { class: "soft" }, say(record.recordKind === Record.File ? "unseen-help" : "unseen-report")));
  const list = el("ol", { class: "thread" });
  if (first.length) list.append(el("li", {}, el("p", { class: "soft" }, say("at-first")), ...first));
  list.append(...record.messages.map(messageView));
  return record.messages.length ? [list] : [list, el("p", {}, say("no-message"))];
}

const firstWords = ({ forms }: RecordBox): HTMLElement[] =>
  ["what", "complaint"]
    .map((name) => said(forms.get(Compartment.Narrative) ?? {}, name))
    .filter((text) => text)
    .map((text) => el("p", { class: "said", dir: "auto" }, text));

/** What she can read again of the short answers that she gave at first, in whichever of her forms each lies. */
const GIVEN = ["where", "when", "name", "contact", "safe_times", "tie", "age"];

function given({ forms, recordKind }: RecordBox): HTMLElement[] {
  const all = Object.assign({}, ...forms.values()) as Json;
  const rows = GIVEN.flatMap((name) => {
    const text = said(all, name);
    return text ? [el("dt", {}, say(`f.${recordKind}.${name}`)), el("dd", { class: "said", dir: "auto" }, text)] : [];
  });
  return rows.length ? [el("dl", { class: "given" }, ...rows)] : [];
}

function messageView(one: Message): HTMLElement {
  const safe = SAFE.includes(one.checkIn) && say(`said-${one.checkIn}`);
  return el(
    "li",
    {},
    one.gap && el("p", { class: "warn" }, say("gap")),
    el("p", { class: "soft" }, [say(one.mine ? "you" : "office"), dayOf(one.day), safe].filter(Boolean).join(" · ")),
    one.text && el("p", { class: "said", dir: "auto" }, one.text),
  );
}

/** Her answers to whether she is safe. The last wakes somebody, and is said in clear as well. */
const SAFE = ["yes", "no", "danger"];

function writing(deeds: Deeds): HTMLElement {
  const text = el("textarea", { rows: "6", cols: "60", dir: "auto", autocomplete: "off" });
  const files = el("input", { type: "file", multiple: true });
  const group = `safe${++counter}`;
  const safe = el(
    "fieldset",
    {},
    el("legend", {}, say("safe")),
    ...["", ...SAFE].map((answer) => option("radio", group, answer, say(`safe-${answer}`), !answer)),
  );
  const part: HTMLElement = el(
    "div",
    {},
    el("h3", {}, say("write")),
    field(say("message"), text),
    field(say("files"), files),
    safe,
    el(
      "p",
      {},
      button(say("send"), () =>
        deeds.write(
          text.value,
          safe.querySelector<HTMLInputElement>("input:checked")?.value ?? "",
          [...(files.files ?? [])],
          part,
        ),
      ),
    ),
  );
  return part;
}

const folded = (title: string, ...children: (HTMLElement | false)[]): HTMLElement =>
  el("details", {}, el("summary", {}, title), ...children);

function rights(record: RecordBox): HTMLElement {
  const known = listOf(record.status, "rights");
  // All of them always, with a day and how it stands where the desk has said so.
  const rows = block<string[]>("script-rights")!.map((code) =>
    standing("right", code, known.find((each) => said(each, "right") === code) ?? {}),
  );
  return folded(say("rights"), stateList(rows), el("p", {}, say("rights-use")));
}

function consents(record: RecordBox, deeds: Deeds): HTMLElement {
  const given = consentsOf(record);
  const boxes = CONSENTS.map((code) =>
    option("checkbox", "consent", code, nameOf("consent", code), given.includes(code)),
  );
  const part: HTMLElement = folded(
    say("consents"),
    el("p", {}, say("consents-why")),
    ...boxes,
    el(
      "p",
      {},
      button(say("consents-keep"), () =>
        deeds.consent(
          boxes.flatMap((box) => {
            const input = box.querySelector("input")!;
            return input.checked ? [input.value] : [];
          }),
          part,
        ),
      ),
    ),
  );
  return part;
}

function proofs(record: RecordBox): HTMLElement {
  const part = folded(say("proofs"), el("p", {}, say("proofs-why")));
  // Most people never look at a proof, and what checks one weighs something: it is fetched when somebody does.
  const load = (): void =>
    void import("./proofs").then(
      ({ proof }) => part.append(...record.submissions.map((one, i) => proof(record, one, i))),
      () => alarm(part, say("unreachable")),
    );
  part.addEventListener("toggle", load, { once: true });
  return part;
}

function withdrawal(deeds: Deeds): HTMLElement {
  const why = el("textarea", { rows: "3", cols: "60", dir: "auto", autocomplete: "off" });
  const sure = option("checkbox", "sure", "1", say("withdraw-sure"));
  const part: HTMLElement = folded(
    say("withdraw"),
    el("p", {}, say("withdraw-why")),
    field(say("withdraw-reason"), why),
    sure,
    el(
      "p",
      {},
      button(say("withdraw"), () => {
        if (sure.querySelector("input")!.checked) return deeds.withdraw(why.value, part);
        return alarm(part, say("withdraw-mark"));
      }),
    ),
  );
  return part;
}
