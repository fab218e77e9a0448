// The words, shown and asked for: two of them, so that she is sure to have them.

import { random } from "../sealing/bytes";
import { type Code, confirms, positions } from "../sealing/codes";
import { alarm, button, el, field, say, show } from "./page";

/** The words in their order. */
export const wordList = (code: Code): HTMLElement =>
  el(
    "ol",
    { class: "words", lang: code.list.language === "mul" ? "zxx" : code.list.language, translate: "no" },
    ...code.words.map((word) => el("li", {}, word)),
  );

/**
 * The words to be kept, then two of them asked for: what the pages after sending and after saving have in common. Once
 * they are right, nothing stands there but `done`.
 */
export function keeping(code: Code, write: string, why: string, done: string): HTMLElement[] {
  const words = el(
    "div",
    {},
    el("h2", {}, say("words-title")),
    el("p", {}, el("strong", {}, write)),
    wordList(code),
    el("p", { class: "soft" }, say(code.list.name === "digits" ? "digits-hide" : "words-hide")),
  );
  const check = el("div", {});
  const asked = el("div", {}, el("h2", {}, say("words-two-title")), el("p", {}, why), check);
  void askTwo(code, check, words).then(() => {
    const end = el("p", { class: "box", role: "status", tabindex: "-1" }, done);
    words.remove();
    asked.replaceChildren(end);
    end.focus();
  });
  return [words, asked];
}

/** Asks for two words at random places; the words are out of sight meanwhile. Ends when they are right. */
export function askTwo(code: Code, into: HTMLElement, words: HTMLElement): Promise<void> {
  return new Promise((done) => {
    const begin = (): void => {
      const places = positions(code.words.length, random);
      const inputs = places.map(() =>
        el("input", { type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false" }),
      );
      words.hidden = true;
      const check = (): void => {
        if (places.every((place, i) => confirms(code, place, inputs[i]!.value))) {
          into.replaceChildren();
          words.hidden = false;
          done();
        } else {
          begin();
          // Two others are asked for, and the list is back to be compared.
          words.hidden = false;
          alarm(into, say("words-wrong"));
        }
      };
      const asked = el(
        "form",
        {
          novalidate: true,
          submit: (event) => {
            event.preventDefault();
            check();
          },
        },
        ...places.map((place, i) => field(say("words-number", { number: place + 1 }), inputs[i]!)),
        el("p", {}, el("button", { type: "submit" }, say("words-check"))),
      );
      const again = button(
        say("words-again"),
        () => {
          words.hidden = false;
          show(words);
        },
        true,
      );
      into.replaceChildren(asked, el("p", {}, again));
    };
    into.replaceChildren(
      el(
        "p",
        {},
        button(say("words-kept"), () => {
          begin();
          into.querySelector("input")?.focus();
        }),
      ),
    );
  });
}
