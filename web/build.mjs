// Builds the browser side into src/answerable/ui/static/ui/. The same source gives the same bytes on every machine;
// the bytes are committed, and a test builds again and compares. `node build.mjs DIR` writes elsewhere.

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { lists } from "./lists.mjs";
import { options } from "./options.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../src/answerable/ui/static/ui");

/**
 * Bytes of script and words that a page may load. Beside them stand its own text and style, at most 40,000 on a form and
 * 30,000 where one returns: 160,000 in all, which a test in tests/web counts in a real browser.
 */
const BUDGETS = { verify: 10_000, first: 9_000, report: 120_000, return: 125_000 };

/** Only the verifier's names may shrink: everything else speaks JSON and Web Crypto. */
const plain = { ...options, mangleProps: undefined, metafile: true };

await build({ ...options, entryPoints: { verify: "src/page.ts" }, outdir: join(out, "verify") });
await build({ ...plain, entryPoints: { verify: "src/verify.css" }, outdir: join(out, "verify") });

// The names of parts hold the hash of what is in them: parts of an earlier build would stay beside the new ones.
rmSync(join(out, "report"), { recursive: true, force: true });
const reporter = await build({
  ...plain,
  format: "esm",
  splitting: true,
  entryPoints: { report: "src/reporter/main.ts" },
  outdir: join(out, "report"),
  chunkNames: "[name]-[hash]",
});
await build({
  ...plain,
  entryPoints: { desk: "src/desk/main.ts", worker: "src/desk/worker.ts" },
  outdir: join(out, "desk"),
});
await build({ ...plain, entryPoints: { offline: "src/reporter/offline.ts" }, outdir: join(out, "offline") });
await build({ ...plain, entryPoints: { offline: "src/reporter/offline.css" }, outdir: join(out, "offline") });

mkdirSync(join(out, "report"), { recursive: true });
for (const [name, text] of lists(join(here, "../src/answerable/sealing/lists")))
  writeFileSync(join(out, "report", name), text);

/** Bytes of a module of the reporter's and of everything it needs at once. */
function weight(entry) {
  const { outputs } = reporter.metafile;
  const found = Object.keys(outputs).find(
    (name) => outputs[name].entryPoint === entry || (entry in outputs[name].inputs && outputs[name].entryPoint),
  );
  const seen = new Set();
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { path, kind } of outputs[name].imports) if (kind === "import-statement") visit(path);
  };
  visit(found);
  return seen;
}

const sum = (...sets) => {
  const all = new Set(sets.flatMap((set) => [...set]));
  return [...all].reduce((bytes, name) => bytes + reporter.metafile.outputs[name].bytes, 0);
};

const first = weight("src/reporter/main.ts");
const words = Math.max(
  ...lists(join(here, "../src/answerable/sealing/lists")).map(([, text]) => Buffer.byteLength(text)),
);
const sizes = {
  verify: readFileSync(join(out, "verify/verify.js")).length,
  first: sum(first),
  report: sum(first, weight("src/reporter/send.ts")) + words,
  return: sum(first, weight("src/reporter/box.ts")) + words,
};
const told = {
  verify: "verify.js",
  first: "a reporter's first page",
  report: "sending, with the longest word list",
  return: "returning, with the longest word list",
};
let over = false;
for (const [name, bytes] of Object.entries(sizes)) {
  console.log(`${told[name]}: ${bytes} of ${BUDGETS[name]} bytes`);
  over ||= bytes > BUDGETS[name];
}
console.log(`curves for browsers without X25519: ${sum(weight("src/sealing/noble.ts"))} bytes more`);
console.log(`the offline page's script: ${statSync(join(out, "offline/offline.js")).size} bytes`);
if (over) {
  console.error("over the budget: a phone on a slow line must still get it; find what can go");
  process.exit(1);
}
