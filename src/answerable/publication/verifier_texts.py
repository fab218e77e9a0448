"""Every sentence of the verifier page, in one place: what stands on it, and what its script may say.

`SENTENCES` names the script's sentences in the order of ``web/src/why.ts``: the page carries them as a list, and the
script knows each by its place. A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Order of the script's sentences, as in the enumeration `Say` of ``web/src/why.ts``.
SENTENCES = (
    "Verified", "Refused", "Unable", "Waiting",
    "Long", "Utf8", "Base64", "Hash", "Decimal", "Key", "Policy", "Receipt", "Checkpoint", "Note", "Signature",
    "NoLog", "Quorum", "Inclusion", "Json", "Entry", "Kind", "Opening", "Value", "Digest", "OtherOpening",
    "Browser", "QuorumMldsa", "LogMldsa",
    "NeedReceipt", "Checking",
    "InLog", "NotLater", "NoTime", "Open", "Sealed", "Part", "Full",
    "Log", "Place", "Leaf", "Witnesses", "Mldsa", "Dropped",
)  # fmt: skip

_COMMAND = "answerable record verify RECEIPT --policy POLICY"

ENGLISH = {
    # The page.
    "title": "Check a receipt",
    "lead": "Is this entry in the public record, and did independent witnesses see it there? This page"
    " answers on your own"
    " device. What you put here is sent to nobody.",
    "without": "This page needs JavaScript, and a browser of recent years. Without them, check the"
    " receipt with the command"
    " below: it needs no network either. Save the policy at the end of this page as the file POLICY.",
    "command": _COMMAND,
    "file": "Choose the receipt, or drop it anywhere on this page",
    "file_help": "A receipt is a file that ends in .tlog-proof. An opening or another policy may come with it.",
    "paste": "Or paste the text of the receipt",
    "check": "Check",
    "result": "Result",
    "details": "What was checked",
    "policy": "The policy: whose word this rests on",
    "policy_help": "The logs and witnesses named here, and how many of them must agree. To use your"
    " own, drop its file.",
    "keep": "Keep this page",
    "keep_help": "One file that works without any server or network, today and later.",
    "keep_link": "Download the verifier as one file",
    "home": "Back to the public record",
    # The script's.
    "Verified": "Verified",
    "Refused": "Not verified, because…",
    "Unable": "Cannot be checked here, because…",
    "Waiting": "Nothing checked yet",
    "Long": "the file is larger than any receipt, opening or policy (1 MiB).",
    "Utf8": "the file is not text in UTF-8.",
    "Base64": "this is not base64 in its one strict form:",
    "Hash": "this is not a hash of 32 bytes:",
    "Decimal": "this is not a number in its one strict form:",
    "Key": "this is not a verifier key, or it does not have the id it names:",
    "Policy": "the policy is malformed. Its line:",
    "Receipt": "this is not a receipt: a file that begins with c2sp.org/tlog-proof@v1. (An"
    " acknowledgement, .ack, is a promise;"
    " its receipt comes later.)",
    "Checkpoint": "the checkpoint in the receipt is malformed.",
    "Note": "the checkpoint in the receipt is not a signed note.",
    "Signature": "a signature is wrong. It bears the name:",
    "NoLog": "no key that the policy gives this log has signed the checkpoint:",
    "Quorum": "too few of the policy's witnesses have cosigned the checkpoint.",
    "Inclusion": "the entry is not in the tree that was signed.",
    "Json": "the entry or opening is not canonical JSON.",
    "Entry": "the receipt does not say which entry it is about, or not in a form that is known here.",
    "Kind": "an opening is of a kind that is not known here:",
    "Opening": "the opening is malformed.",
    "Value": "a field of the opening is missing, or has a form its kind does not allow:",
    "Digest": "the value shown is not the one that was sealed. The field:",
    "OtherOpening": "the opening is of another entry.",
    "Browser": "this browser lacks what the check needs: SHA-256 and Ed25519, on a page from a file or"
    " a secure address. Use a newer"
    f" browser, or the command {_COMMAND}. The browser said:",
    "QuorumMldsa": "the quorum is met only by ML-DSA-44 signatures, which no browser checks. Use the command"
    f" {_COMMAND}.",
    "LogMldsa": "the log has signed only with ML-DSA-44, which no browser checks. Use the command"
    f" {_COMMAND}. The log:",
    "NeedReceipt": "Choose, drop or paste a receipt.",
    "Checking": "Checking…",
    "InLog": "This entry is in the public record, and enough independent witnesses saw it there.",
    "NotLater": "It was there not later than:",
    "NoTime": "The policy asks for no witness, so nobody but the log itself vouches for it, and for no time.",
    "Open": "It is a public entry. It says:",
    "Sealed": "It is a sealed entry. What it says is not in the receipt, and nobody can read it from the record.",
    "Part": "It is a sealed entry, opened in part: these fields are true to what was sealed, the others stay hidden.",
    "Full": "It is a sealed entry, opened in full: these fields are what was sealed.",
    "Log": "Log",
    "Place": "Index / size of the log",
    "Leaf": "Leaf hash",
    "Witnesses": "Cosigned by",
    "Mldsa": "ML-DSA-44 signatures, not checked here",
    "Dropped": "The policy is now the one that you dropped.",
}

ARABIC = {
    "title": "التحقّق من إيصال",
    "lead": "هل هذا القيد في السجلّ العامّ، وهل رآه فيه شهود مستقلّون؟ تجيب هذه الصفحة على جهازك أنت."
    " ولا يُرسَل ما تضعه هنا إلى أحد.",
    "without": "تحتاج هذه الصفحة إلى JavaScript وإلى متصفّح من السنوات الأخيرة. ومن دونهما تحقّق من"
    " الإيصال بالأمر أدناه، وهو أيضًا"
    " لا يحتاج إلى شبكة. احفظ السياسة المكتوبة في آخر هذه الصفحة في الملفّ POLICY.",
    "command": _COMMAND,
    "file": "اختر الإيصال، أو أفلته في أيّ موضع من هذه الصفحة",
    "file_help": "الإيصال ملفّ ينتهي اسمه بـ \u2068.tlog-proof\u2069. ويمكن أن يرافقه كشف أو سياسة أخرى.",
    "paste": "أو ألصق نصّ الإيصال",
    "check": "تحقّق",
    "result": "النتيجة",
    "details": "ما جرى التحقّق منه",
    "policy": "السياسة: على كلام مَن يقوم هذا",
    "policy_help": "السجلّات والشهود المذكورون هنا، وكم منهم يجب أن يتّفق. ولاستعمال سياستك أنت أفلت ملفّها.",
    "keep": "احتفظ بهذه الصفحة",
    "keep_help": "ملفّ واحد يعمل بلا خادم ولا شبكة، اليوم وفيما بعد.",
    "keep_link": "نزّل أداة التحقّق في ملفّ واحد",
    "home": "العودة إلى السجلّ العامّ",
    "Verified": "تمّ التحقّق",
    "Refused": "لم يتمّ التحقّق، لأنّ…",
    "Unable": "لا يمكن التحقّق هنا، لأنّ…",
    "Waiting": "لم يُتحقّق من شيء بعد",
    "Long": "الملفّ أكبر من أيّ إيصال أو كشف أو سياسة (ميبيبايت واحد).",
    "Utf8": "الملفّ ليس نصًّا بترميز UTF-8.",
    "Base64": "هذا ليس base64 في صيغته الوحيدة الصارمة:",
    "Hash": "هذه ليست بصمة من 32 بايتًا:",
    "Decimal": "هذا ليس عددًا في صيغته الوحيدة الصارمة:",
    "Key": "هذا ليس مفتاح تحقّق، أو ليس له المعرّف الذي يذكره:",
    "Policy": "السياسة غير سليمة الصيغة. السطر:",
    "Receipt": "هذا ليس إيصالًا، أي ملفًّا يبدأ بـ \u2068c2sp.org/tlog-proof@v1\u2069. (إشعار الاستلام"
    " \u2068.ack\u2069 وعدٌ، وإيصاله يأتي لاحقًا.)",
    "Checkpoint": "نقطة التحقّق في الإيصال غير سليمة الصيغة.",
    "Note": "نقطة التحقّق في الإيصال ليست مذكّرة موقّعة.",
    "Signature": "أحد التواقيع خاطئ. وهو يحمل الاسم:",
    "NoLog": "نقطة التحقّق لم يوقّعها أيّ مفتاح تعطيه السياسة لهذا السجلّ:",
    "Quorum": "عدد شهود السياسة الذين شاركوا في توقيع نقطة التحقّق أقلّ من اللازم.",
    "Inclusion": "القيد ليس في الشجرة التي وُقّعت.",
    "Json": "القيد أو الكشف ليس JSON بالصيغة القانونية.",
    "Entry": "الإيصال لا يذكر القيد الذي يخصّه، أو لا يذكره بصيغة معروفة هنا.",
    "Kind": "الكشف من نوع غير معروف هنا:",
    "Opening": "الكشف غير سليم الصيغة.",
    "Value": "أحد حقول الكشف ناقص، أو له صيغة لا يسمح بها نوعه:",
    "Digest": "القيمة المعروضة ليست القيمة التي خُتمت. الحقل:",
    "OtherOpening": "الكشف يخصّ قيدًا آخر.",
    "Browser": "هذا المتصفّح ينقصه ما يلزم للتحقّق: SHA-256 وEd25519، في صفحة من ملفّ أو من عنوان آمن."
    " استعمل متصفّحًا أحدث، أو الأمر"
    f" \u2068{_COMMAND}\u2069. وقال المتصفّح:",
    "QuorumMldsa": "النصاب لا يكتمل إلّا بتواقيع ML-DSA-44، ولا يتحقّق منها أيّ متصفّح. استعمل الأمر"
    f" \u2068{_COMMAND}\u2069.",
    "LogMldsa": f"السجلّ لم يوقّع إلّا بـ ML-DSA-44، ولا يتحقّق منه أيّ متصفّح. استعمل الأمر \u2068{_COMMAND}\u2069. السجلّ:",
    "NeedReceipt": "اختر إيصالًا أو أفلته أو ألصقه.",
    "Checking": "يجري التحقّق…",
    "InLog": "هذا القيد في السجلّ العامّ، ورآه فيه عدد كافٍ من الشهود المستقلّين.",
    "NotLater": "كان فيه في موعد لا يتجاوز:",
    "NoTime": "السياسة لا تطلب أيّ شاهد، فلا يشهد له أحد غير السجلّ نفسه، ولا يُعرف له وقت.",
    "Open": "إنّه قيد علنيّ، ونصّه:",
    "Sealed": "إنّه قيد مختوم. مضمونه ليس في الإيصال، ولا يستطيع أحد أن يقرأه من السجلّ.",
    "Part": "إنّه قيد مختوم كُشف بعضه: هذه الحقول مطابقة لما خُتم، وتبقى الحقول الأخرى مخفيّة.",
    "Full": "إنّه قيد مختوم كُشف كلّه: هذه الحقول هي ما خُتم.",
    "Log": "السجلّ",
    "Place": "الترتيب / حجم السجلّ",
    "Leaf": "بصمة الورقة",
    "Witnesses": "شارك في توقيعه",
    "Mldsa": "تواقيع ML-DSA-44 لم يُتحقّق منها هنا",
    "Dropped": "السياسة الآن هي التي أفلتّها.",
}

#: The languages that are complete.
TEXTS: Mapping[str, Mapping[str, str]] = {"en": ENGLISH, "ar": ARABIC}
