// What was opened, on the page: as text nodes only, so that nothing a person wrote is ever markup.

import { facts, say } from "./page";

type Json = unknown;

/** An element with attributes and children; strings become text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Words in whatever language and direction they were written. */
export const written = (text: string): HTMLElement => make("p", { class: "written", dir: "auto" }, text);

/** What a reader looks for first; everything else follows in the order in which it was written. */
const FIRST = ["want", "relation", "what", "who", "need", "complaint", "when", "where"];

/** The name of a language in the language of the page; what is no code of one stands as it is. */
export function languageName(code: string, page: string): string {
  try {
    return new Intl.DisplayNames([page], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** A choice by its word on the page; anything else as it stands. */
function value(name: string, text: string): string {
  if (name === "language" || name.endsWith(".language"))
    return languageName(text, document.documentElement.lang || "en");
  return facts().words[`${name}=${text}`] ?? text;
}

/** The members of a form, those that are looked for first before the others. */
export function firstsFirst(data: object): [string, Json][] {
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(data).sort(([a], [b]) => rank(a) - rank(b));
}

function plain(name: string, data: Json): string {
  if (typeof data === "boolean") return say(data ? "yes" : "no");
  if (typeof data === "string") return value(name, data);
  return typeof data === "number" ? String(data) : JSON.stringify(data);
}

/** A form's answers as a list of terms. What was left out is left out here too; `v` is the format's version. */
export function answers(data: Json): HTMLElement {
  const list = make("dl", { class: "facts" });
  const add = (name: string, content: Json): void => {
    if (content === "" || content === null || content === undefined || content === false || name === "v") return;
    if (typeof content === "object" && !Array.isArray(content)) {
      for (const [inner, more] of Object.entries(content)) add(`${name}.${inner}`, more);
      return;
    }
    const term = facts().words[`field.${name}`] ?? name;
    list.append(make("dt", {}, term), make("dd", { dir: "auto", class: "written" }, plain(name, content)));
  };
  if (typeof data === "object" && data !== null) for (const [name, content] of firstsFirst(data)) add(name, content);
  return list.childElementCount ? list : make("p", { class: "soft" }, say("left_empty"));
}

/** What a check-in can say. */
const CHECK_INS = ["yes", "no", "danger", "skip"];
const DAY = /^\d{4}-\d\d-\d\d$/;

/** The page's language, with the digits and the calendar that the page's own days are in. */
function tag(): string {
  const page = document.documentElement.lang || "en";
  return `${page === "en" ? "en-GB" : page}-u-ca-gregory-nu-latn`;
}

/** A day in words of the page's language; what is no day as it stands. */
export function dayName(day: string): HTMLElement {
  const known = DAY.test(day) ? new Date(`${day}T00:00:00Z`) : new Date(NaN);
  if (Number.isNaN(known.getTime())) return make("bdi", {}, day);
  const words = new Intl.DateTimeFormat(tag(), { dateStyle: "long", timeZone: "UTC" }).format(known);
  return make("time", { datetime: day }, words);
}

/** A number of bytes, as people say it. */
export function sizeName(bytes: number): string {
  const [unit, count]: [string, number] =
    bytes < 1000 ? ["byte", bytes] : bytes < 1e6 ? ["kilobyte", bytes / 1e3] : ["megabyte", bytes / 1e6];
  const style = { style: "unit", unit, unitDisplay: "long", maximumSignificantDigits: 3 } as const;
  return new Intl.NumberFormat(tag(), style).format(count);
}

/** Whether a form was left empty: nothing in it but the version of its format. */
export const isEmpty = (data: Json): boolean =>
  typeof data === "object" && data !== null && Object.keys(data).every((name) => name === "v");

export interface Message {
  from: string;
  day: string;
  text: string;
  after: string;
  check_in?: string;
}

/** A message as it was sealed, or undefined for anything that is none. */
export function asMessage(data: Json): Message | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { from, day, text, after, check_in: checkIn } = data as Record<string, Json>;
  if (typeof from !== "string" || typeof day !== "string" || typeof text !== "string") return undefined;
  const message: Message = { from, day, text, after: typeof after === "string" ? after : "" };
  if (typeof checkIn === "string" && CHECK_INS.includes(checkIn)) message.check_in = checkIn;
  return message;
}

/**
 * A message under the name of whoever sent it, which is not a matter of what it says of itself: either side could seal
 * words in the other's name. `ours`: it was sent from the desk, by a signed act. Where it names no day, it has the one
 * on which it came.
 */
export const cameFrom = (message: Message, { ours, day }: { ours: boolean; day: string }): Message => ({
  ...message,
  from: ours ? "desk" : "reporter",
  day: DAY.test(message.day) ? message.day : day,
});

/** One message of the thread. */
export function bubble(message: Message): HTMLElement {
  const from = message.from === "desk" ? "desk" : "reporter";
  const head = make("p", { class: "soft small" }, `${say(`from_${from}`)} · `, dayName(message.day));
  const item = make("li", { class: `bubble ${from}` }, head, written(message.text));
  if (message.check_in) item.append(make("p", { class: "tag" }, say(`check_in=${message.check_in}`)));
  return item;
}

/** Replaces what an element shows. */
export function put(into: Element, ...children: (Node | string)[]): void {
  into.replaceChildren(...children);
}

/** Says something that went wrong, where a screen reader hears it. */
export function trouble(into: Element, words: string): void {
  put(into, make("p", { class: "warn", role: "alert" }, words));
}
