// Judges cases that another program wrote: reads lines of JSON {receipt, policy, opening}, in base64, and answers each.

import { createInterface } from "node:readline";
import { type Bytes } from "../src/bytes";
import { verify } from "../src/verify";
import { Say } from "../src/why";

const bytes = (line: string): Bytes => new Uint8Array(Buffer.from(line, "base64"));

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line) as { receipt: string; policy: string; opening: string | null };
  const { answer, why, about, facts } = await verify(
    bytes(given.receipt),
    bytes(given.policy),
    given.opening === null ? null : bytes(given.opening),
  );
  const verdict = answer === Say.Verified ? "verified" : answer === Say.Refused ? "refused" : "unable";
  const time = facts ? facts.time.toString() : null;
  // Quoted names, because those of our own modules are shortened when they are compiled.
  console.log(
    JSON.stringify({ "verdict": verdict, "why": why, "about": about, "time": time, "leaf": facts?.leaf ?? null }),
  );
}
