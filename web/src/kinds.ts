// The kinds of sealed entries: which fields each has, and the form of each field's value.

import { refuse } from "./bytes";
import { type Json, isObject } from "./json";
import { CASE, HEADER, KINDS, WORDS } from "./kinds.generated";
import { Say } from "./why";

type Form = (value: Json) => boolean;

const match =
  (pattern: string): Form =>
  (value) =>
    typeof value === "string" && RegExp(`^(?:${pattern})$`, "u").test(value);

const list =
  (form: Form): Form =>
  (value) =>
    Array.isArray(value) && value.every(form);

const set =
  (form: Form): Form =>
  (value) =>
    list(form)(value) && (value as string[]).every((one, i, all) => !i || all[i - 1]! < one);

const object =
  (notation: string): Form =>
  (value) =>
    isObject(value) &&
    Object.keys(value).length === [...fields(notation)].length &&
    [...fields(notation)].every(([name, form]) => form(value[name]!));

const code = match("[a-z0-9][a-z0-9_.-]{0,63}");

/** A hash as the record writes it. */
export const isHash = match("[0-9a-f]{64}") as (value: Json | undefined) => value is string;

/** A day that the month does not have is no date in some browsers, and another day in the others. */
const day: Form = (value) =>
  match("(?!0000)\\d{4}-\\d\\d-\\d\\d")(value) &&
  new Date(value as string).getUTCDate() === Number((value as string).slice(8));

/** The letters that web/kinds.py writes. */
const FORMS: { [letter: string]: Form } = {
  c: code,
  h: isHash,
  i: match("[0-9a-f]{32}"),
  d: day,
  n: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  s: match("[A-Z]{3}"),
  t: match("\\P{Cc}{0,500}"),
  v: (value) => value === 1,
  // 32 bytes in canonical base64: the last digit has two bits to spare, and they are zero.
  b: match("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),
  w: set(code),
  m: set(isHash),
  o: object("due d?,duty"),
  e: object("root b,size n"),
  p: object("act t,digest h,name t,version t"),
  a: list(object("answer,ask")),
};

/** Reads `name`, `name ?`, `name d?`, `name c(one|two)`, … between commas. */
function fields(notation: string): Map<string, Form> {
  return new Map(
    notation.split(",").map((field) => {
      const [, name, letter, choice, optional] = /^(\w+) ?(\w?)(\(.+\))?(\??)$/.exec(field)!;
      const one = choice && match(choice);
      const form = one ? (letter === "w" ? set(one) : one) : FORMS[letter || (name!.endsWith("sha256") ? "h" : "c")]!;
      return [name!, (value) => (value === null ? !!optional : form(value))];
    }),
  );
}

/** The fields of a kind in the order of the commitment: `kind` first, then by name. Refuses an unknown kind. */
export function fieldsOf(kind: Json | undefined): [string, Form][] {
  const [, bare, , own] =
    KINDS.replace(/[A-Z]/g, (letter) => WORDS.split("~")[letter.charCodeAt(0) - 65]!)
      .split("\n")
      .map((line) => /^(!?)(.+):(.*)$/.exec(line)!)
      .find(([, , names]) => names!.split("+").includes(kind as string)) ?? refuse(Say.Kind, String(kind));
  const [first, ...rest] = fields([HEADER, ...(bare ? [] : [CASE]), own].join());
  return [first!, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))];
}
