// How the browser side is compiled. Its tests run on code compiled in the same way.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Properties that only our own modules use: neither the browser, nor JSON, nor an entry has them, so they may shrink. */
const OWN =
  "about answer bytes extra facts fields hashes id index leaf lines logs name note origin quorum raw root shown " +
  "signer size text time type unable unchecked why witnesses";

export const options = {
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  mangleProps: RegExp(`^(${OWN.replaceAll(" ", "|")})$`),
};
