// The page that works from a file: filled in without a network, sealed here, saved as a locked file that anyone can carry.

import { type Bytes, concat, hex, order, random, uint, unhex, utf8 } from "../sealing/bytes";
import { type Code, derive, newCode } from "../sealing/codes";
import type { Made } from "../sealing/compose";
import { bringCurves } from "../sealing/curves";
import { type Attached, Channel, type Value, encodeDelivery } from "../sealing/envelope";
import { SealingError } from "../sealing/errors";
import { SealedFile } from "../sealing/files";
import { curves } from "../sealing/noble";
import { Field, Record } from "../sealing/place";
import { INDEPENDENT, type Reader, type ReadersNote, checkReaders, readersOf } from "../sealing/readers";
import { LISTS, digits, listFor, parseList } from "../sealing/wordlists";

import { type Chosen, fileName, fileType, fileVersion } from "./attachments";
import { cleanPicture } from "./cleaning";
import { WANTS } from "./contents";
import { fileRecord, readable } from "./filing";
import { type Unasked, asksWhatItNeeds, faults, readForm } from "./form";
import { leave, shiftCounter } from "./leave";
import {
  alarm,
  block,
  button,
  dayOf,
  download,
  el,
  field,
  filesTold,
  nameOf,
  option,
  say,
  setTexts,
  show,
  status,
} from "./page";
import { Room } from "./room";
import { type Wrong, sumUp } from "./summary";
import { sentencesOf } from "./trouble";
import { keeping } from "./words";

interface Data {
  deployment: { deployment: string; panel: string[]; names?: { [code: string]: { [language: string]: string } } };
  readers: string;
  texts: { [language: string]: { [key: string]: string } };
  unasked: Unasked;
  /** Code, tag, own name, direction. */
  languages: [string, string, string, string][];
}

const data = block<Data>("offline-data")!;
const main = document.getElementById("main")!;
let code = "en";

bringCurves(() => Promise.resolve(curves));

/** The way out: as on the other pages, but for an address to go on to, since nothing may be asked of any network here. */
const way = button("", () => leave("about:blank"));

function watchLeaving(): void {
  main.before(el("header", { class: "top" }, way));
  const count = shiftCounter(() => leave("about:blank"));
  addEventListener("keydown", (event) => {
    if (!event.repeat) count(event.key);
  });
}

/** The page's language: that of the device where we have it. */
function begin(): void {
  const wanted = navigator.languages.map((one) => one.toLowerCase());
  const fitting = wanted
    .map((one) => data.languages.find(([known]) => one === known || one.split("-")[0] === known.split("-")[0]))
    .find((one) => one);
  watchLeaving();
  speak(fitting?.[0] ?? "en");
  void checkReaders(utf8(data.readers), data.deployment.panel, unhex(data.deployment.deployment, 32)).then(
    render,
    (error: unknown) => alarm(main, ...sentencesOf(error)),
  );
}

function speak(language: string): void {
  const [known, tag, , direction] = data.languages.find(([one]) => one === language) ?? data.languages[0]!;
  code = known;
  document.documentElement.lang = tag;
  document.documentElement.dir = direction;
  setTexts(data.texts[known]!);
  document.title = say("title");
  way.textContent = say("leave");
}

const words = (name: string, rows = 0): HTMLElement =>
  field(
    say(`f.${name}`),
    rows
      ? el("textarea", { name, rows: String(rows), cols: "60", dir: "auto", autocomplete: "off" })
      : el("input", { type: "text", name, dir: "auto", autocomplete: "off" }),
    name === "what" ? say("help-what") : "",
  );

const choice = (name: string, codes: readonly string[], labelOf: (one: string) => string): HTMLElement =>
  field(
    say(`f.${name}`),
    el("select", { name }, ...codes.map((one) => el("option", { value: one }, labelOf(one)))),
    name === "list" ? say("help-words") : "",
  );

const when = (wants: string, ...children: HTMLElement[]): HTMLElement => el("div", { "data-when": wants }, ...children);

function render(note: ReadersNote): void {
  const languages = el(
    "select",
    {
      change: (event) => {
        speak((event.target as HTMLSelectElement).value);
        render(note);
        main.focus();
      },
    },
    ...data.languages.map(([one, tag, name]) => el("option", { value: one, lang: tag, selected: one === code }, name)),
  );
  const form = el("form", { novalidate: true, autocomplete: "off", submit: (event) => event.preventDefault() });
  form.append(...story(), ...more(), ...reading(note));
  const place = el("div", {});
  const save = button(say("offline-save"), () => lock(form, place, note));
  form.append(place, el("p", {}, save));
  const update = (): void => {
    const want = new FormData(form).get("want");
    for (const one of form.querySelectorAll<HTMLElement>("[data-when]"))
      one.hidden = !one.dataset["when"]!.split(" ").includes(String(want));
  };
  form.addEventListener("change", update);
  asksWhatItNeeds(form, data.unasked);
  main.replaceChildren(
    field(say("language"), languages),
    el("h1", {}, say("offline-title")),
    el("p", { class: "box" }, say("offline-how")),
    form,
    el("p", { id: "script-status", role: "status" }),
  );
  update();
}

function story(): HTMLElement[] {
  const wants = Object.keys(WANTS).map((want) =>
    option("radio", "want", want, nameOf("want", want), want === "report"),
  );
  return [
    el("h2", {}, say("part-1")),
    el("fieldset", {}, el("legend", {}, say("f.want")), ...wants),
    when("report both complain", words("what", 10)),
    when("help both", words("need", 4)),
    when("complain", words("complaint", 4)),
    urgent(),
  ];
}

/** The one mark that is not locked, and what becomes of it. */
function urgent(): HTMLElement {
  const tick = option("checkbox", "urgent", "1", say("f.urgent"));
  tick.querySelector("input")!.setAttribute("aria-describedby", "urgent-help");
  return el("div", { class: "field" }, tick, el("p", { class: "help", id: "urgent-help" }, say("help-urgent")));
}

function more(): HTMLElement[] {
  const relations = ["", "victim", "witness", "third_party", "bound", "anonymous"];
  return [
    el("h2", {}, say("part-2")),
    when(
      "report both complain",
      choice("relation", relations, (one) => say(`relation.${one}`)),
      words("who", 3),
      words("where"),
      words("when"),
      field(say("f.files"), el("input", { type: "file", name: "files", multiple: true }), say("help-files")),
    ),
    words("age"),
    words("name"),
    words("contact"),
    words("safe_times"),
    when("report both complain", words("tie")),
    choice("interviewer_sex", ["", "female", "male"], (one) => say(`sex.${one}`)),
    words("interviewer_language"),
  ];
}

function reading(note: ReadersNote): HTMLElement[] {
  const known = [...new Set([...readersOf(note, Record.Report), ...readersOf(note, Record.File)])];
  const staff = known.filter(({ role }) => role !== INDEPENDENT);
  const lists = LISTS.map(({ name }) => name);
  const choose = choice("list", lists, listLabel);
  choose.querySelector("select")!.value = listFor(code);
  return [
    el("h2", {}, say("part-3")),
    el(
      "fieldset",
      {},
      el("legend", {}, say("f.reader")),
      el("p", { class: "help" }, say("help-readers")),
      ...staff.map((one) => option("checkbox", "reader", hex(one.id), readerLabel(one), true)),
    ),
    ...(staff.length < known.length
      ? [
          option("checkbox", "independent", "1", say("f.independent")),
          el("p", { class: "help" }, say("help-independent")),
        ]
      : []),
    el("p", { class: "soft" }, say("offline-day", { day: dayOf(note.day) }), el("br"), say("offline-key")),
    choose,
  ];
}

/** How this page's language names others. */
const spoken = (): Intl.DisplayNames => new Intl.DisplayNames([document.documentElement.lang], { type: "language" });

function listLabel(name: string): string {
  const { language } = LISTS.find((one) => one.name === name)!;
  if (language === "mul") return say("numbers");
  return spoken().of(language) ?? language;
}

function readerLabel(reader: Reader): string {
  const named = (one: string): string => {
    const names = data.deployment.names?.[one] ?? {};
    return names[code] ?? names["en"] ?? one;
  };
  const { employer, nationality } = reader;
  const languages = reader.languages.map((one) => spoken().of(one) ?? one).join(" / ");
  return [
    nameOf("role", reader.role),
    employer && say("works-for", { employer: named(employer) }),
    nationality && say("nationality", { country: named(nationality) }),
    languages && say("speaks", { languages }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** A sealed body, by the id under which the envelope names it. */
interface Body {
  id: Bytes;
  body: Bytes;
}

async function lock(form: HTMLFormElement, place: HTMLElement, note: ReadersNote): Promise<void> {
  alarm(place);
  const answers = readForm(form, code);
  const missing = faults(answers).map(({ field, sentence, over }): Wrong => ({
    ...{ field, words: say(sentence) },
    nameless: !!over,
  }));
  if (!missing.length && !readable(note, answers)) missing.push({ field: "reader", words: say("no-reader") });
  sumUp(form, missing);
  if (missing.length) return;
  try {
    status(say("step-words"));
    const name = form.querySelector<HTMLSelectElement>('[name="list"]')!.value;
    const list = name === "digits" ? digits() : parseList(block<{ [name: string]: string }>("offline-words")![name]!);
    const made = await newCode(list);
    const k = await derive(made, note.deployment);
    status(say("step-sealing"));
    const bodies: Body[] = [];
    const told: Told = { uncleaned: [], refused: [] };
    const deliveries: Bytes[] = [];
    for (const recordKind of WANTS[answers.want]) {
      const files = recordKind === Record.Report ? chosen(form) : [];
      const attach = (to: Made): ReturnType<typeof sealFiles> => sealFiles(to, files, bodies, told);
      const filing = await fileRecord(recordKind, answers, note, k, { channel: Channel.Offline, attach });
      deliveries.push(encodeDelivery(new Uint8Array(0), filing.credentials, filing.envelope));
    }
    k.fill(0);
    form.reset();
    saved(draft(deliveries, bodies), made, told);
  } catch (error) {
    alarm(place, ...sentencesOf(error), say("words-stay"));
    if (!(error instanceof SealingError)) throw error;
  }
}

const chosen = (form: HTMLFormElement): File[] => [
  ...(form.querySelector<HTMLInputElement>('input[type="file"]')?.files ?? []),
];

interface Told {
  uncleaned: string[];
  refused: string[];
}

async function sealFiles(
  made: Made,
  files: File[],
  bodies: Body[],
  told: Told,
): Promise<{ values: Value[]; files: Attached[] }> {
  const out: { values: Value[]; files: Attached[] } = { values: [], files: [] };
  const one = async (kind: Field.File | Field.Cleaned, version: number, file: Chosen): Promise<void> => {
    const { publicKey, epoch, compartment } = made.sealed;
    const sealed = new SealedFile(made.place(kind, version), file, fileName(file.name), fileType(file.type));
    const chunks: Bytes[] = [];
    for (let index = 0; index < sealed.chunks; index++) chunks.push(await sealed.next(1));
    const { head, sha256 } = await sealed.finish(publicKey, { epoch });
    const id = random(16);
    bodies.push({ id, body: concat(...chunks) });
    out.values.push({ compartment, field: kind, version, data: head });
    out.files.push({ version, id, length: sealed.length, sha256 });
  };
  const room = new Room();
  for (const file of files) {
    if (!room.takes(file.size)) {
      told.refused.push(file.name);
      continue;
    }
    const version = fileVersion();
    try {
      await one(Field.File, version, file);
    } catch (error) {
      // A file that changed gives other bytes than it was chosen with: that is "altered" where no browser says it first.
      if (error instanceof SealingError && error.why !== "altered") throw error;
      // It was moved, or changed, or its card was pulled since she chose it: her text does not wait for it.
      told.refused.push(file.name);
      continue;
    }
    const cleaned = await cleanPicture(file);
    if (cleaned && room.copies(cleaned.size)) await one(Field.Cleaned, version + 1, cleaned);
    else told.uncleaned.push(file.name);
  }
  return out;
}

/** `"ANSD" 0x01 | u8 n: u32 length, delivery | u16 n, by ascending id: id(16) u64 length, sealed body` */
function draft(deliveries: Bytes[], bodies: Body[]): Bytes {
  const inOrder = [...bodies].sort((a, b) => order(a.id, b.id));
  return concat(
    [0x41, 0x4e, 0x53, 0x44, 1, deliveries.length],
    ...deliveries.flatMap((one) => [uint(one.length, 4), one]),
    uint(inOrder.length, 2),
    ...inOrder.flatMap(({ id, body }) => [id, uint(body.length, 8), body]),
  );
}

function saved(file: Bytes, made: Code, told: Told): void {
  const keep = (): void => download(`form-${hex(random(3))}.draft`, file);
  const screen = el(
    "section",
    {},
    el("h1", {}, say("offline-saved")),
    el("p", {}, say("offline-next")),
    el("p", { class: "warn" }, say("offline-not-yet")),
    ...filesTold(told),
    el("p", {}, button(say("offline-again"), keep, true)),
    ...keeping(made, say("words-write"), say("words-two"), say("offline-done")),
  );
  main.replaceChildren(screen);
  keep();
  show(screen);
}

begin();
