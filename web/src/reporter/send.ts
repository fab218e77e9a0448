// The page of a report or of a request for help: sealed here, sent, acknowledged. There is no way back to sending in clear.

import { fromUtf8 } from "../sealing/bytes";
import { type Code, derive, newCode } from "../sealing/codes";
import { Channel, encodeDelivery } from "../sealing/envelope";
import { SealingError } from "../sealing/errors";
import { Record } from "../sealing/place";
import type { ReadersNote } from "../sealing/readers";
import { listFor } from "../sealing/wordlists";
import { type Promised, checkReceived } from "./acknowledged";
import { type Chosen, type Course, type Sent, beginUpload, passing, patience, percent, sendFiles } from "./attachments";
import { cleanPicture } from "./cleaning";
import { type Answers, WANTS } from "./contents";
import { type Filing, fileRecord, readable } from "./filing";
import { type Unasked, asksWhatItNeeds, faults, readForm, showsReaders } from "./form";
import { guard } from "./leave";
import { wordList } from "./lists";
import {
  alarm,
  alone,
  apart,
  button,
  byId,
  dayOf,
  download,
  el,
  filesTold,
  language,
  nameOf,
  say,
  show,
  status,
} from "./page";
import {
  type Pins,
  type Received,
  ServerError,
  UnreachableError,
  deploymentOf,
  pins,
  post,
  readers,
  worked,
} from "./server";
import { type Wrong, sumUp } from "./summary";
import { sentencesOf } from "./trouble";
import { keeping, wordList as shownWords } from "./words";

const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** Everything of one sending that lasts until it is done. */
interface Sending {
  form: HTMLFormElement;
  screen: HTMLElement;
  answers: Answers;
  files: Chosen[];
  /** Names of files that a request for help alone has no place for. */
  left: string[];
  oneTime: boolean;
  code?: Code;
  /** Brings back what the screen stands in place of. */
  restore: () => void;
  /** Set when she would rather send her text without the files. */
  withoutFiles: boolean;
}

/** Takes the form over. The page's own button stands inside noscript: with scripts there is none but this one. */
export function watchSending(form: HTMLFormElement): void {
  const place = byId("script-send")!;
  const send = button(say("send"), () => begin(form, place));
  place.append(el("p", { class: "box" }, say("sealed-here")), el("p", {}, send));
  place.hidden = false;
  form.addEventListener("submit", (event) => {
    // Enter in a field: the same as the button, never the form's own way.
    event.preventDefault();
    send.click();
  });
  watchWants(form);
  asksWhatItNeeds(form, JSON.parse(form.dataset["unasked"] ?? "{}") as Unasked);
}

/** Shows what matters for what she wants. */
function watchWants(form: HTMLFormElement): void {
  const blocks = [...form.querySelectorAll<HTMLElement>("[data-when]")];
  const update = (): void => {
    const want = new FormData(form).get("want");
    for (const one of blocks) one.hidden = !!want && !one.dataset["when"]!.split(" ").includes(String(want));
  };
  form.addEventListener("change", update);
  update();
}

async function begin(form: HTMLFormElement, place: HTMLElement): Promise<void> {
  const answers = readForm(form, language());
  const missing = faults(answers).map(({ field, sentence, over }): Wrong => ({
    ...{ field, words: say(sentence) },
    nameless: !!over,
  }));
  alarm(place);
  sumUp(form, missing);
  if (missing.length) return;
  const chosen = [...(form.querySelector<HTMLInputElement>('input[type="file"]')?.files ?? [])];
  const takes = WANTS[answers.want].includes(Record.Report);
  const screen = el("section", { id: "script-screen" });
  const sending: Sending = {
    form,
    screen,
    answers,
    files: takes ? chosen : [],
    left: takes ? [] : chosen.map(({ name }) => name),
    oneTime: form.dataset["channel"] === "assisted",
    restore: () => undefined,
    withoutFiles: false,
  };
  const release = guard();
  try {
    const found = pins();
    status(say("step-readers"));
    const note = await patiently(() => readers(found));
    if (!showsReaders(form, note, form.dataset["kind"] ?? "")) return alarm(place, say("readers-changed"));
    if (!readable(note, answers)) return noReader(form);
    const results = await deliver(sending, found, note);
    form.reset();
    shown(sending, results);
  } catch (error) {
    // Whatever was shown in place of the form goes, and her words in it stay.
    screen.remove();
    sending.restore();
    alarm(place, ...sentencesOf(error), say("words-stay"));
    if (!(error instanceof SealingError || error instanceof ServerError || error instanceof UnreachableError))
      throw error;
  } finally {
    release();
  }
}

function noReader(form: HTMLFormElement): void {
  status("");
  sumUp(form, [{ field: "reader", words: say("no-reader") }]);
}

/** A few tries at something small, before anything of hers has been sealed. */
async function patiently<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++)
    try {
      return await act();
    } catch (error) {
      if (tries > 2 || !passing(error)) throw error;
      await wait(patience(tries) * 1000);
    }
}

interface Result {
  filing: Filing;
  sent: Sent;
  /** What was promised, or the sentences that say why it was not taken. */
  promised?: Promised;
  trouble?: string[];
}

async function deliver(sending: Sending, found: Pins, note: ReadersNote): Promise<Result[]> {
  const { form, answers } = sending;
  // The work for her first file is done while her words are made and everything is sealed.
  const upload = sending.files.length ? beginUpload() : undefined;
  status(say("step-words"));
  const name = form.querySelector<HTMLSelectElement>('[name="list"]')?.value || listFor(language());
  const code = await newCode(await patiently(() => wordList(name)));
  sending.code = code;
  const k = await derive(code, deploymentOf(found));
  const results: Result[] = [];
  for (const recordKind of WANTS[answers.want]) {
    let sent: Sent = { values: [], files: [], uncleaned: [], refused: sending.left };
    status(say("step-sealing"));
    // Each with an id of its own, drawn apart: nothing that is kept joins a report and a request for help.
    const filing = await fileRecord(recordKind, answers, note, k, {
      channel: sending.oneTime ? Channel.Assisted : Channel.Web,
      oneTime: sending.oneTime,
      attach: async (made) =>
        recordKind === Record.Report
          ? (sent = await sendFiles(made, sending.files, cleanPicture, course(sending), upload))
          : sent,
    });
    try {
      const received = await handOver(sending, filing);
      results.push({ filing, sent, ...(await judged(received, found, filing)) });
    } catch (error) {
      // The first was received: the second failing takes nothing from it.
      if (!results.length) throw error;
      results.push({ filing, sent, trouble: [say(`not-taken-${kindOf(filing)}`), ...sentencesOf(error)] });
    }
  }
  k.fill(0);
  return results;
}

const kindOf = ({ recordKind }: Filing): string => (recordKind === Record.Report ? "report" : "help");

/** An answer that proves nothing is told as that: it may have been received all the same, so the words stand. */
async function judged(received: Received, found: Pins, filing: Filing): Promise<Partial<Result>> {
  try {
    return { promised: await checkReceived(received, found, filing) };
  } catch (error) {
    if (!(error instanceof SealingError)) throw error;
    return { trouble: [say("ack-altered")] };
  }
}

function course(sending: Sending): Course {
  return {
    progress: (file, done) => status(say("step-file", { name: apart(file), percent: percent(done, 10) })),
    waiting: (seconds) => waitingScreen(sending, seconds),
    givenUp: () => sending.withoutFiles,
    pause: wait,
  };
}

/** Sends until an answer comes. While none does, her words are on the screen. */
async function handOver(sending: Sending, filing: Filing): Promise<Received> {
  const { envelope, credentials } = filing;
  for (let tries = 0; ;)
    try {
      status(say("step-work", { percent: 0 }));
      return await worked(
        envelope,
        (done) => {
          status(say("step-send"));
          return post("/api/reports/", encodeDelivery(done, credentials, envelope));
        },
        (count, expected) =>
          status(say("step-work", { percent: percent(Math.min(0.99, (count / expected) * 0.6), 25) })),
      );
    } catch (error) {
      // The envelope's bytes stay the same, so that a lost answer and a second try are one submission.
      if (!passing(error) || (error instanceof ServerError && error.status === 409)) throw error;
      waitingScreen(sending, patience(tries));
      await wait(patience(tries++) * 1000);
    }
}

/** "Not yet received. Your words are below; we keep trying." */
function waitingScreen(sending: Sending, seconds: number): void {
  const { form, screen, code } = sending;
  status(say("trying-again", { seconds }));
  if (screen.isConnected || !code) return;
  const words = el("div", {}, shownWords(code));
  screen.replaceChildren(
    el("h1", {}, say("not-yet-title")),
    el("p", { class: "warn" }, say("not-yet")),
    ...(sending.files.length
      ? [
          el(
            "p",
            {},
            button(say("without-files"), () => {
              sending.withoutFiles = true;
            }),
          ),
        ]
      : []),
    el("h2", {}, say("words-title")),
    el("p", {}, say(sending.oneTime ? "words-give" : "words-write")),
    words,
  );
  sending.restore = alone(form, screen);
  show(screen);
}

/** What was received; the words; two of them; what happens next. */
function shown(sending: Sending, results: Result[]): void {
  const { form, screen, oneTime } = sending;
  // The heading, which gets the focus, says it.
  status("");
  screen.replaceChildren(
    el("h1", {}, say("received")),
    ...results.flatMap(resultLines),
    ...keeping(
      sending.code!,
      say(oneTime ? "words-give" : "words-write"),
      say("words-why"),
      say(oneTime ? "words-done-assist" : "words-done"),
    ),
    ...nextLines(results),
  );
  if (!screen.isConnected) alone(form, screen);
  show(screen);
}

function resultLines({ filing, promised, trouble, sent }: Result): HTMLElement[] {
  if (!promised) return [el("p", { class: "warn" }, (trouble ?? []).join(" "))];
  return [el("p", {}, say(`taken-${kindOf(filing)}`)), ...filesTold(sent)];
}

function nextLines(results: Result[]): HTMLElement[] {
  const list = el("ul", {});
  const kept = results.flatMap(({ promised }) => promised ?? []);
  // A report and a request for help that were sent together are entered by the same day: once is enough.
  for (const day of new Set(kept.map(({ includeBy }) => dayOf(includeBy))))
    list.append(el("li", {}, say("next-register", { day })));
  for (const { due } of kept)
    if (due.day) list.append(el("li", {}, say("next-due", { what: nameOf("duty", due.duty), day: dayOf(due.day) })));
  list.append(el("li", {}, say("next-return")));
  const proofs = el("details", {}, el("summary", {}, say("proof-title")), el("p", {}, say("proof-why")));
  for (const { promised } of results)
    if (promised)
      proofs.append(
        el("pre", {}, fromUtf8(promised.note)),
        el(
          "p",
          {},
          button(say("proof-keep"), () => download("note.txt", promised.note, "text/plain"), true),
        ),
      );
  return [el("h2", {}, say("next-title")), list, proofs];
}
