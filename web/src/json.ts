// Canonical JSON (RFC 8785): strict reading, and writing for the digests of openings.

import { type Bytes, refuse, text } from "./bytes";
import { Say } from "./why";

export type Json = null | boolean | number | string | Json[] | Fields;
export type Fields = { [name: string]: Json };

export const isObject = (value: Json | undefined): value is Fields =>
  typeof value === "object" && !!value && !Array.isArray(value);

/** RFC 8785: JSON.stringify is its serialisation of everything but the order of members. At most 200 levels. */
export function canonical(value: Json, depth = 0): string {
  if (depth > 200) refuse(Say.Json);
  if (Array.isArray(value)) return `[${value.map((one) => canonical(one, depth + 1))}]`;
  if (isObject(value))
    return `{${Object.keys(value)
      .sort()
      .map((name) => canonical(name) + ":" + canonical(value[name]!, depth + 1))}}`;
  // With the u flag this range matches surrogates that stand alone, which have no form in UTF-8.
  if (typeof value === "string" && /[\ud800-\udfff]/u.test(value)) refuse(Say.Json);
  return JSON.stringify(value);
}

/** Reads canonical JSON; other bytes are a refusal: repeated names, spaces, another order or number form. */
export function parseCanonical(bytes: Bytes): Json {
  const whole = text(bytes);
  try {
    const value = JSON.parse(whole) as Json;
    if (canonical(value) === whole) return value;
  } catch {
    // Not JSON, or nested deeper than anything the record holds.
  }
  return refuse(Say.Json);
}
