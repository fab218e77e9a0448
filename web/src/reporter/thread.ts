// The thread between a person and the desk: its messages, in the order in which they were written. Pure.

export type Json = { [name: string]: unknown };

/** One message of the thread. `gap`: it answers one that is not here, so one was lost or held back. */
export interface Message {
  mine: boolean;
  day: string;
  text: string;
  checkIn: string;
  digest: string;
  after: string;
  gap: boolean;
}

export const said = (json: Json, name: string): string => {
  const value = json[name];
  return typeof value === "string" ? value : "";
};

/** Whose it is follows from how it came, and not from what it says of itself. */
export const messageOf = (json: Json, digest: string, mine: boolean): Message => ({
  mine,
  day: said(json, "day"),
  text: said(json, "text"),
  checkIn: said(json, "check_in"),
  digest,
  after: said(json, "after"),
  gap: false,
});

/** Messages by day, each after the one that it says it came after; marked where that one is missing. */
export function inOrder(messages: readonly Message[]): Message[] {
  const waiting = [...messages].sort((a, b) => (a.day + a.digest < b.day + b.digest ? -1 : 1));
  const known = new Set(waiting.map(({ digest }) => digest));
  const seen = new Set<string>();
  const out: Message[] = [];
  while (waiting.length) {
    const ready = waiting.findIndex(({ after }) => !after || seen.has(after) || !known.has(after));
    const [first] = waiting.splice(Math.max(0, ready), 1);
    seen.add(first!.digest);
    out.push({ ...first!, gap: !!first!.after && !known.has(first!.after) });
  }
  return out;
}
