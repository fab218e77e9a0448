// What stands in the way of sending a form: summed up at its top with a link to each field, and said beside each field.
// The page without script does the same.

import { el, say } from "./page";

/** One thing to put right: the field's name, and what to do about it; and whether the words do not say which it is. */
export interface Wrong {
  field: string;
  words: string;
  nameless?: boolean;
}

/** Says what is wrong and goes to the summary; with nothing wrong, takes away what was said before. */
export function sumUp(form: HTMLFormElement, wrong: readonly Wrong[]): void {
  const title = (form.dataset["title"] ??= document.title);
  document.title = title;
  form.querySelector(":scope > .error-summary")?.remove();
  for (const old of form.querySelectorAll<HTMLElement>(".wrong")) clear(old);
  if (!wrong.length) return;
  const list = el("ul", {});
  for (const one of wrong) list.append(el("li", {}, marked(form, one)));
  const summary = el("div", { class: "error-summary", role: "alert", tabindex: "-1" });
  summary.append(el("p", {}, el("strong", {}, say("not-sent-yet"))), list);
  form.prepend(summary);
  // Who hears the page, or has many of them open, is told by its title as well.
  document.title = `${say("not-sent")} · ${title}`;
  summary.focus();
}

/** Marks a field where it stands, and gives the link that leads to it. */
function marked(form: HTMLFormElement, { field, words, nameless }: Wrong): HTMLElement | string {
  const input = form.querySelector<HTMLElement>(`[name="${field}"]`);
  const whole = input?.closest<HTMLElement>("fieldset, .field");
  if (!input || !whole) return words;
  whole.classList.add("wrong");
  const id = `${input.id}_wrong`;
  const said = el("ul", { class: "errorlist", id }, el("li", {}, words));
  const group = whole instanceof HTMLFieldSetElement;
  const described = group ? whole : input;
  described.setAttribute(
    "aria-describedby",
    [described.getAttribute("aria-describedby"), id].filter(Boolean).join(" "),
  );
  if (group) whole.querySelector("legend")?.after(said);
  else input.before(said);
  if (!group) input.setAttribute("aria-invalid", "true");
  // An address would leave a line in the history: the link goes there by itself.
  const go = (event: Event): void => {
    event.preventDefault();
    reveal(input, form);
    input.focus();
  };
  reveal(input, form);
  const name = nameless && whole.querySelector("label")?.textContent;
  return el("a", { href: `#${input.id}`, click: go }, name ? `${name} · ${words}` : words);
}

/** Nothing is asked for in a place that is folded away or not shown for what she wants. */
function reveal(input: HTMLElement, form: HTMLFormElement): void {
  for (let one = input.parentElement; one && one !== form; one = one.parentElement) {
    if (one instanceof HTMLDetailsElement) one.open = true;
    one.hidden = false;
  }
}

function clear(whole: HTMLElement): void {
  whole.classList.remove("wrong");
  const said = whole.querySelector(":scope > .errorlist");
  said?.remove();
  for (const one of [whole, ...whole.querySelectorAll<HTMLElement>("[aria-describedby]")]) {
    const rest = (one.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== said?.id);
    if (rest.length) one.setAttribute("aria-describedby", rest.join(" "));
    else one.removeAttribute("aria-describedby");
  }
  for (const one of whole.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
}
