// Builds the verifier into src/answerable/ui/static/ui/verify/. The same source gives the same bytes on every machine;
// the bytes are committed, and a test builds again and compares. `node build.mjs DIR` writes elsewhere.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { options } from "./options.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../src/answerable/ui/static/ui/verify");
const BUDGET = 10_000;

await build({ ...options, entryPoints: { verify: "src/page.ts" }, outdir: out });
await build({ ...options, mangleProps: undefined, entryPoints: { verify: "src/verify.css" }, outdir: out });

const bytes = readFileSync(join(out, "verify.js")).length;
console.log(`verify.js ${bytes} of ${BUDGET} bytes`);
if (bytes > BUDGET) {
  console.error(`verify.js is over its budget: a phone on a slow line must still get it; find what can go`);
  process.exit(1);
}
