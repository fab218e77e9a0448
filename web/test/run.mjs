// Compiles the tests as the page is compiled, and runs them. `node test/run.mjs --compile DIR` only compiles, for tests elsewhere.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { options } from "../options.mjs";

const only = process.argv[2] === "--compile" ? process.argv[3] : undefined;
const out = only ?? mkdtempSync(join(tmpdir(), "answerable-web-"));
const sources = readdirSync(join(options.absWorkingDir, "test")).filter((name) => name.endsWith(".ts"));

/** The verifier's tests: compiled with the names that its page shrinks. */
const SHRUNK = ["formats.test.ts", "judge.ts", "openings.test.ts"];

for (const shrunk of [true, false]) {
  const entries = sources.filter((name) => SHRUNK.includes(name) === shrunk);
  await build({
    ...options,
    mangleProps: shrunk ? options.mangleProps : undefined,
    entryPoints: entries.map((name) => join("test", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    mangleQuoted: false,
  });
}
if (!only) {
  const tests = sources
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(out, name.replace(/ts$/, "mjs")));
  const { status } = spawnSync(process.execPath, ["--test", ...tests], { stdio: "inherit" });
  rmSync(out, { recursive: true });
  process.exit(status ?? 1);
}
