// What every script of the reporter's pages needs of its page. Sentences stand in the page, translated; none is here.

type Texts = { [key: string]: string };

/** A data block of the page: JSON that no browser runs. */
export function block<T>(id: string): T | undefined {
  const found = document.getElementById(id)?.textContent;
  return found ? (JSON.parse(found) as T) : undefined;
}

let texts: Texts | undefined;

/** Sentences from elsewhere than this page: the offline page holds those of six languages. */
export function setTexts(other: Texts): void {
  texts = other;
}

/** A sentence of the page, with `%(name)s` filled in. */
export function say(key: string, fills: { [name: string]: string | number } = {}): string {
  texts ??= block<Texts>("script-texts") ?? {};
  return (texts[key] ?? key).replace(/%\((\w+)\)s/g, (whole, name: string) => String(fills[name] ?? whole));
}

/** The name of a code in this page's language, or the code itself. */
export function nameOf(kind: string, code: string): string {
  const key = `${kind}.${code}`;
  const found = say(key);
  return found === key ? code.replaceAll("_", " ") : found;
}

export const language = (): string => document.documentElement.lang || "en";

/** A day as people write it. Finer times exist nowhere. */
export function dayOf(day: string | Date): string {
  const date = typeof day === "string" ? new Date(`${day}T00:00:00Z`) : day;
  if (Number.isNaN(date.getTime())) return String(day);
  // Days stand as the server writes them: "27 November 2026".
  const tag = language() === "en" ? "en-GB" : language();
  const said = new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" }).format(date);
  return tag === "fr" ? said.replace(/^1 /, "1er ") : said;
}

/** Today, as messages are dated. */
export const today = (): string => new Date().toISOString().slice(0, 10);

type Child = Node | string | null | undefined | false;
type Attributes = { [name: string]: string | boolean | ((event: Event) => void) };

/** An element. What is text stays text: nothing is ever read as markup. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else made.setAttribute(name, value);
  made.append(...children.filter((child): child is Node | string => !!child || child === ""));
  return made;
}

export const byId = (id: string): HTMLElement | null => document.getElementById(id);

/** The one place that screen readers are told of: a word while something goes on, and what came of it. */
export function status(sentence: string): void {
  const place = byId("script-status");
  if (place && place.textContent !== sentence) place.textContent = sentence;
}

/** An error that must not be missed: shown, spoken, and given the focus. */
export function alarm(into: HTMLElement, ...sentences: (string | HTMLElement)[]): void {
  into.querySelector(":scope > .error-summary")?.remove();
  status("");
  if (!sentences.length) return;
  const box = el("div", { class: "error-summary", role: "alert", tabindex: "-1" });
  box.append(...sentences.map((sentence) => (typeof sentence === "string" ? el("p", {}, sentence) : sentence)));
  into.prepend(box);
  box.focus();
}

/** Shows a part of the page and begins there, so that nobody is left at a place that is gone. */
export function show(part: HTMLElement): void {
  part.hidden = false;
  const start = part.querySelector<HTMLElement>("h1, h2") ?? part;
  start.tabIndex = -1;
  start.focus();
}

let counter = 0;

/** A labelled field. */
export function field(label: string, input: HTMLElement, help = ""): HTMLElement {
  input.id ||= `s${++counter}`;
  const children: HTMLElement[] = [el("label", { for: input.id }, label)];
  if (help) {
    children.push(el("p", { class: "help", id: `${input.id}h` }, help));
    input.setAttribute("aria-describedby", `${input.id}h`);
  }
  return el("div", { class: "field" }, ...children, input);
}

/** A box to tick, or one of several options. */
export function option(
  type: "checkbox" | "radio",
  name: string,
  value: string,
  label: string,
  on = false,
): HTMLElement {
  const input = el("input", { type, name, value, id: `s${++counter}` });
  input.checked = on;
  return el("div", { class: "tick" }, input, el("label", { for: input.id }, label));
}

/** A button that does one thing at a time: while it works it takes no second press. */
export function button(label: string, act: () => Promise<void> | void, quiet = false): HTMLButtonElement {
  const made = el("button", { type: "button", class: quiet ? "quiet" : "main" }, label);
  made.addEventListener("click", () => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    void Promise.resolve(act()).finally(() => made.removeAttribute("aria-disabled"));
  });
  return made;
}

/** A name somebody else gave, within a sentence that can hold text alone: its direction stays its own. */
export const apart = (name: string): string => `\u2068${name}\u2069`;

/** What became of files that were refused, or that went without a cleaned copy. */
export function filesTold({ refused, uncleaned }: { refused: string[]; uncleaned: string[] }): HTMLElement[] {
  const named = (name: string): HTMLElement => el("bdi", {}, name);
  return [
    ...refused.map((name) => el("p", { class: "warn" }, say("file-refused"), " ", named(name))),
    ...(uncleaned.length
      ? [el("p", {}, say("file-uncleaned")), el("ul", {}, ...uncleaned.map((name) => el("li", {}, named(name))))]
      : []),
  ];
}

/** Gives a file to keep. The name says nothing of what is in it. */
export function download(name: string, data: Uint8Array<ArrayBuffer>, type = "application/octet-stream"): void {
  const url = URL.createObjectURL(new Blob([data], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Shows one part alone where the form was, with the place for status; gives back what undoes it. */
export function alone(form: HTMLElement, part: HTMLElement): () => void {
  const place = byId("script-status");
  form.after(part);
  if (place) part.after(place);
  const others = [...(form.parentElement?.children ?? [])].filter(
    (one): one is HTMLElement => one instanceof HTMLElement && one !== part && one !== place && !one.hidden,
  );
  for (const one of others) one.hidden = true;
  return () => {
    for (const one of others) one.hidden = false;
  };
}
