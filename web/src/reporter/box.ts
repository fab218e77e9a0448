// The page of a mailbox: words in, everything of hers out. What is opened lives in this page's memory and nowhere else.

import { type Bytes, utf8 } from "../sealing/bytes";
import { BOX_HELP, BOX_REPORT, type Code, derive, givesAway, newCode, parseCode } from "../sealing/codes";
import { Kind } from "../sealing/envelope";
import { SealingError } from "../sealing/errors";
import { checkReaders } from "../sealing/readers";
import { candidates, listFor } from "../sealing/wordlists";
import { type Opened, add, messageValue, opening, target } from "./adding";
import { type Course, patience, passing, percent, sendFiles } from "./attachments";
import { cleanPicture } from "./cleaning";
import { cleanText } from "./contents";
import { FILES } from "./filing";
import { guard } from "./leave";
import { wordList } from "./lists";
import { type BoxJson, type Mailbox, type RecordBox, openMailbox } from "./mailbox";
import { alarm, alone, apart, button, byId, el, field, filesTold, language, say, show, status, today } from "./page";
import { ServerError, UnreachableError, deploymentOf, openBox, pins } from "./server";
import { sentencesOf } from "./trouble";
import { type Deeds, recordView } from "./boxview";

/** Minutes without a touch after which the page closes itself: somebody may have left it open. */
const IDLE = 30;

const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));

/** An opened mailbox, and what opens it. */
export interface Held {
  opened: Opened;
  mailbox: Mailbox;
}

class Session {
  constructor(
    readonly code: Code,
    readonly held: Held[],
  ) {}
}

/** Takes over the form that asks for the words. */
export function watchReturning(form: HTMLFormElement): void {
  const place = byId("script-box")!;
  const open = button(say("open"), () => enter(form, place));
  form.append(el("p", {}, open));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    open.click();
  });
}

async function enter(form: HTMLFormElement, place: HTMLElement): Promise<void> {
  alarm(form);
  const input = form.querySelector<HTMLTextAreaElement>('[name="words"]')!;
  try {
    status(say("working"));
    const code = await readCode(input.value, form.querySelector<HTMLSelectElement>('[name="list"]')?.value ?? "");
    status(say("step-opening"));
    const session = await openAll(code);
    input.value = "";
    form.reset();
    alone(form, place);
    watchIdle();
    status("");
    render(session, place);
    show(place);
  } catch (error) {
    alarm(form, ...sentencesOf(error));
    // What is wrong with the words marks their field too; no answer, or anything else, is not theirs.
    const wrong = error instanceof SealingError || (error instanceof ServerError && error.status === 404);
    input.setAttribute("aria-invalid", String(wrong));
    input.parentElement!.classList.toggle("wrong", wrong);
    if (!expected(error)) throw error;
  }
}

const expected = (error: unknown): boolean =>
  error instanceof SealingError || error instanceof ServerError || error instanceof UnreachableError;

/** The code, in the list she named or in whichever it fits; lists are fetched only as far as they are needed. */
async function readCode(text: string, named: string): Promise<Code> {
  let first: unknown;
  for (const name of named ? [named] : candidates(text, language()))
    try {
      return await parseCode(text, await wordList(name));
    } catch (error) {
      // The first list is the likeliest: what it says of the words is said to her. A wrong check word is not looked past.
      if (!(error instanceof SealingError) || error.why === "check") throw error;
      first ??= error;
    }
  throw first ?? new SealingError("count", "these are no words");
}

/** Opens both mailboxes that one code may have. Refuses when there is neither. */
async function openAll(code: Code): Promise<Session> {
  const deployment = deploymentOf(pins());
  const k = await derive(code, deployment);
  const held: Held[] = [];
  let nothing: unknown;
  for (const box of [BOX_REPORT, BOX_HELP])
    try {
      held.push(await load({ k, box, deployment }));
    } catch (error) {
      if (!(error instanceof ServerError) || error.status !== 404) throw error;
      nothing = error;
    }
  if (!held.length) throw nothing;
  return new Session(code, held);
}

async function load(opened: Opened): Promise<Held> {
  const json = await openBox<BoxJson>(await opening(opened));
  // Without a note that the panel signed, no key is the office's: its answers are counted, and not shown.
  const office = await officeOf(json.readers);
  return { opened, mailbox: await openMailbox(json, opened.k, opened.deployment, opened.box, office) };
}

const officeOf = async (signed: string): Promise<readonly Bytes[]> => {
  const found = pins();
  try {
    return (await checkReaders(utf8(signed), found.panel, deploymentOf(found))).office;
  } catch (error) {
    if (error instanceof SealingError) return [];
    throw error;
  }
};

function watchIdle(): void {
  let last = Date.now();
  for (const kind of ["keydown", "pointerdown", "scroll"])
    addEventListener(kind, () => (last = Date.now()), { passive: true });
  setInterval(() => {
    if (Date.now() - last > IDLE * 60_000) close();
  }, 30_000);
}

/** Forgets everything: a new page has no memory of this one. */
function close(): void {
  document.body.replaceChildren();
  location.replace(location.href);
}

function render(session: Session, place: HTMLElement): void {
  const must = session.held.some(({ mailbox }) => mailbox.oneTime);
  const parts = must
    ? [el("p", { class: "box" }, say("must-change")), codeChange(session, place, true)]
    : [
        ...session.held.flatMap((held) =>
          held.mailbox.records.map((record) => recordPart(session, held, record, place)),
        ),
        ...(session.held.some(({ mailbox }) => !mailbox.withdrawn)
          ? [el("details", {}, el("summary", {}, say("code-title")), codeChange(session, place, false))]
          : []),
      ];
  place.replaceChildren(
    el("h1", { tabindex: "-1" }, say("box-title")),
    ...parts,
    el("p", {}, button(say("close"), close, true)),
  );
}

async function reload(session: Session, place: HTMLElement, ...said: (string | HTMLElement)[]): Promise<void> {
  for (const held of session.held)
    try {
      held.mailbox = (await load(held.opened)).mailbox;
    } catch (error) {
      // What was sent is sent: that the box cannot be shown anew at this moment must not look as if it was not.
      if (!passing(error)) throw error;
    }
  render(session, place);
  status("");
  const note = el("div", { class: "box", role: "status", tabindex: "-1" });
  note.append(...said.map((one) => (typeof one === "string" ? el("p", {}, one) : one)));
  place.querySelector("h1")!.after(note);
  note.focus();
}

function recordPart(session: Session, held: Held, record: RecordBox, place: HTMLElement): HTMLElement {
  const deeds: Deeds = {
    write: (text, checkIn, files, into) =>
      act(into, async () => {
        const said = cleanText(text);
        if (givesAway(said, session.code)) return void alarm(into, say("gives-away"));
        if (!said && !checkIn && !files.length) return void alarm(into, say("write-something"));
        if (new TextEncoder().encode(said).length > 40_000) return void alarm(into, say("too-long-message"));
        const { opened } = held;
        const values = said || checkIn ? [await messageValue(opened, record, said, today(), checkIn)] : [];
        const sent = await sendFiles(target(opened, record, FILES[record.recordKind]!), files, cleanPicture, course());
        const told = filesTold(sent);
        const urgent = checkIn === "danger";
        const later = { kind: Kind.Addition as const, values: [...values, ...sent.values], files: sent.files, urgent };
        if (!later.values.length) return void alarm(into, ...told);
        await add(opened, record, language(), later, surely);
        await reload(session, place, say(`sent-${checkIn}`), ...told);
      }),
    consent: (consents, into) =>
      act(into, async () => {
        await add(held.opened, record, language(), { kind: Kind.Consent, consents }, surely);
        await reload(session, place, say("consent-kept"));
      }),
    withdraw: (text, into) =>
      act(into, async () => {
        const said = cleanText(text);
        if (givesAway(said, session.code)) return void alarm(into, say("gives-away"));
        const values = said ? [await messageValue(held.opened, record, said, today(), "")] : [];
        await add(held.opened, record, language(), { kind: Kind.Withdrawal, values }, surely);
        await reload(session, place, say("withdrawn"));
      }),
  };
  return recordView(record, held.mailbox, deeds);
}

/** Does something, and says what came of it where it was asked for. */
async function act(into: HTMLElement, deed: () => Promise<void>): Promise<void> {
  alarm(into);
  const release = guard();
  status(say("working"));
  try {
    await deed();
  } catch (error) {
    alarm(into, ...sentencesOf(error), say("words-stay"));
    if (!expected(error)) throw error;
  } finally {
    release();
  }
}

/** Tries again while that may help; the person is told each time. */
async function surely<T>(deed: () => Promise<T>): Promise<T> {
  for (let tries = 0; ;)
    try {
      return await deed();
    } catch (error) {
      if (tries > 5 || !passing(error)) throw error;
      status(say("trying-again", { seconds: patience(tries) }));
      await wait(patience(tries++) * 1000);
    }
}

const course = (): Course => ({
  progress: (file, done) => status(say("step-file", { name: apart(file), percent: percent(done, 10) })),
  waiting: (seconds) => status(say("trying-again", { seconds })),
  givenUp: () => false,
  pause: wait,
});

/** New words: shown and confirmed first, and only then put in place of the old ones. Fetched when somebody wants them. */
function codeChange(session: Session, place: HTMLElement, must: boolean): HTMLElement {
  const lists = document.querySelector('#return-form select[name="list"]')?.cloneNode(true) as
    HTMLSelectElement | undefined;
  // "Any of them" is an answer to which list words are of, not to which they shall be of.
  lists?.querySelector('option[value=""]')?.remove();
  if (lists) lists.value = listFor(language());
  const into = el("div", {});
  const make = button(say("code-make"), () =>
    act(into, async () => {
      const { changed, confirmed } = await import("./changing");
      const code = await newCode(await wordList(lists?.value || listFor(language())));
      const exchange = async (): Promise<void> => {
        const held = await changed(session.held, code, load, surely);
        const kept = held.length < session.held.length ? [say("closed")] : [];
        await reload(new Session(code, held), place, say("code-changed"), ...kept);
      };
      void confirmed(into, code).then(() => act(into, exchange));
    }),
  );
  if (lists) lists.removeAttribute("id");
  into.append(...(lists ? [field(say("code-list"), lists)] : []), el("p", {}, make));
  return el("div", {}, ...(must ? [] : [el("p", {}, say("code-why"))]), into);
}
