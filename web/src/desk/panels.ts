// The parts of a record on its page: each opens at a click, and then shows what people wrote.

import type { Bytes } from "../sealing/bytes";
import { COMPARTMENT_CODES, Compartment, Field } from "../sealing/place";
import { attachments } from "./files";
import { type Opened, type Part, fieldOf, kindOf, openPart, recordOf, whereOf } from "./opened";
import { Trouble, facts, say, sentence } from "./page";
import type { Keys } from "./keys";
import {
  type Message,
  answers,
  asMessage,
  bubble,
  cameFrom,
  dayName,
  isEmpty,
  make,
  put,
  trouble,
  written,
} from "./show";
import { altered } from "./telling";
import { type Told, hashOf, inOrder } from "./thread";

/** What this page has opened, by the code of the compartment. */
export const open = new Map<string, Part>();
/** The hash of the last message seen in the thread, which the next one names. */
export let lastSeen = "";

/** Lets every part of the page be opened. */
export function panels(keys: Keys): void {
  for (const section of document.querySelectorAll<HTMLElement>("[data-compartment]")) {
    const button = section.querySelector<HTMLButtonElement>("[data-open]");
    const shown = section.querySelector<HTMLElement>("[data-shown]");
    if (!button || !shown) continue;
    button.hidden = false;
    button.addEventListener("click", () => void openPanel(keys, section, button, shown));
  }
  search();
}

async function openPanel(
  keys: Keys,
  section: HTMLElement,
  button: HTMLButtonElement,
  shown: HTMLElement,
): Promise<void> {
  const compartment = section.dataset["compartment"]!;
  button.disabled = true;
  put(shown, make("p", { class: "soft" }, say("opening")));
  try {
    const part = await openPart(keys, whereOf(compartment, recordOf(), kindOf()), recordOf());
    open.set(compartment, part);
    put(shown, ...(await content(keys, part)));
    button.textContent = say("open_again");
    shown.dispatchEvent(new CustomEvent("desk-opened", { bubbles: true, detail: compartment }));
    if (compartment === "accused_identity") askTie();
  } catch (error) {
    if (error instanceof Trouble && error.key === "altered")
      put(shown, altered(keys, compartment, error.values["id"]!));
    else trouble(shown, sentence(error));
  } finally {
    button.disabled = false;
  }
}

/** After the name has opened, the next thing to say is whether there is a tie. The server asks until it is said. */
function askTie(): void {
  const form = document.querySelector<HTMLElement>("#tie");
  if (!form || facts().page["tied"] === false) return;
  form.hidden = false;
  form.querySelector<HTMLElement>("h2")?.focus();
}

/** Everything in a part, forms first, then the thread, then files. */
async function content(keys: Keys, part: Part): Promise<HTMLElement[]> {
  const shown: HTMLElement[] = [];
  const told: Told[] = [];
  const doubted: Opened[] = [];
  for (const value of part.values) {
    const field = fieldOf(value.field);
    if (field === Field.File || field === Field.Cleaned || field === Field.Status || field === Field.Opening) continue;
    if (value.standing) doubted.push(value);
    else if (value.keyless) shown.push(make("p", { class: "note" }, say("key_not_given")));
    else if (value.failed) shown.push(failed(keys, value, part));
    else if (field === Field.Message) {
      const message = asMessage(value.data);
      if (message) told.push({ message: cameFrom(message, value), hash: await hashOf(value.bytes) });
      else shown.push(failed(keys, value, part));
    } else if (field === Field.Form && part.files.length && isEmpty(value.data)) continue;
    else if (unsaid(part, field, value.data)) shown.push(make("p", { class: "note" }, say("need_unsaid")));
    else shown.push(...titled(value, field));
  }
  if (told.length) shown.push(...thread(told));
  shown.push(...beside(keys, part, doubted));
  const files = attachments(keys, part);
  if (files) shown.push(files);
  return shown.length ? shown : [make("p", { class: "soft" }, say("nothing_yet"))];
}

/** A request that was sent beside a report, with nothing said of the need: it is a request all the same. */
const unsaid = (part: Part, field: Field, data: unknown): boolean =>
  part.where.compartment === Compartment.MedicalAssistance && field === Field.Form && !(data as { need?: string }).need;

/** What may not come from the reporter: apart from the thread, which it must not lead, and under the reason why. */
function beside(keys: Keys, part: Part, doubted: Opened[]): HTMLElement[] {
  return [...new Set(doubted.map(({ standing }) => standing))].map((standing) =>
    make(
      "section",
      { class: "warn" },
      make("p", {}, make("strong", {}, say(`standing=${standing}`))),
      ...doubted
        .filter((value) => value.standing === standing)
        .flatMap((value) => {
          if (value.keyless) return [make("p", {}, say("key_not_given"))];
          return value.failed ? [failed(keys, value, part)] : doubtful(value);
        }),
    ),
  );
}

/** A value as it says of itself, with the day on which it came. */
function doubtful(value: Opened): HTMLElement[] {
  const field = fieldOf(value.field);
  if (field !== Field.Message) return titled(value, field);
  const message = asMessage(value.data);
  return [
    make("p", { class: "soft small" }, dayName(value.day)),
    written(message ? message.text : JSON.stringify(value.data)),
  ];
}

function titled(value: Opened, field: Field): HTMLElement[] {
  const data = value.data as Record<string, unknown>;
  if (field === Field.Form) return [answers(data)];
  const text = typeof data["text"] === "string" ? data["text"] : JSON.stringify(data);
  const name = say(value.unsent ? "notice_unsent" : `field.${value.field}`);
  return [make("h3", {}, `${name} · `, dayName(value.day)), written(text)];
}

function thread(told: Told[]): HTMLElement[] {
  const { messages, missing, last } = inOrder(told);
  lastSeen = last;
  const list = make("ol", { class: "thread" }, ...messages.map(({ message }) => bubble(message)));
  return missing.length ? [make("p", { class: "warn" }, say("missing_message")), list] : [list];
}

/** Puts a message that was just sent at the end of the thread; the next one names it. */
export async function wrote(compartment: string, message: Message, sealed: Bytes): Promise<void> {
  lastSeen = await hashOf(sealed);
  const shown = document.querySelector(`[data-compartment="${compartment}"] [data-shown]`);
  let list = shown?.querySelector("ol.thread");
  if (shown && !list) shown.append((list = make("ol", { class: "thread" })));
  list?.append(bubble(message));
}

const failed = (keys: Keys, value: Opened, part: Part): HTMLElement =>
  altered(keys, COMPARTMENT_CODES[part.where.compartment]!, `${value.field}/${value.version}`);

/** Finds words in what is open on this page; nothing typed here leaves it. */
function search(): void {
  const field = document.querySelector<HTMLInputElement>("#find");
  const count = document.querySelector<HTMLElement>("#found");
  if (!field || !count) return;
  field.closest<HTMLElement>("[hidden]")?.removeAttribute("hidden");
  const look = (): void => {
    const wanted = field.value.trim().toLowerCase();
    let hits = 0;
    for (const text of document.querySelectorAll<HTMLElement>("[data-shown] .written")) {
      const plain = text.textContent;
      hits += mark(text, plain, wanted);
    }
    put(count, wanted ? say("found", { count: String(hits) }) : "");
  };
  field.addEventListener("input", look);
  document.addEventListener("desk-opened", look);
}

function mark(element: HTMLElement, plain: string, wanted: string): number {
  const pieces: (Node | string)[] = [];
  let at = 0;
  let hits = 0;
  const low = plain.toLowerCase();
  if (wanted && low.length === plain.length)
    for (let next = low.indexOf(wanted); next >= 0; next = low.indexOf(wanted, at)) {
      pieces.push(plain.slice(at, next), make("mark", {}, plain.slice(next, next + wanted.length)));
      at = next + wanted.length;
      hits++;
    }
  put(element, ...pieces, plain.slice(at));
  return hits;
}
