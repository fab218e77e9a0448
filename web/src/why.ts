// Every sentence that the script may say, by its place in the page's list of texts. The order is that of
// `SENTENCES` in src/answerable/publication/verifier_texts.py; a test holds the two together.

export const enum Say {
  // The answers.
  Verified,
  Refused,
  Unable,
  Waiting,
  // Not verified, because…
  Long,
  Utf8,
  Base64,
  Hash,
  Decimal,
  Key,
  Policy,
  Receipt,
  Checkpoint,
  Note,
  Signature,
  NoLog,
  Quorum,
  Inclusion,
  Json,
  Entry,
  Kind,
  Opening,
  Value,
  Digest,
  OtherOpening,
  // Cannot be checked here, because…
  Browser,
  QuorumMldsa,
  LogMldsa,
  // Not yet asked.
  NeedReceipt,
  Checking,
  // Verified: what it says.
  InLog,
  NotLater,
  NoTime,
  Open,
  Sealed,
  Part,
  Full,
  Log,
  Place,
  Leaf,
  Witnesses,
  Mldsa,
  Dropped,
}
