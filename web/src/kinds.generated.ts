// Written by web/kinds.py from answerable.record.kinds. Do not edit.

/** Fields of every sealed kind, the kind first; then those that an event of a case has beside them. */
export const HEADER = "kind,v v";
export const CASE = "case i,seq n,prev h?,at d,by,procedure p?,after e";

/** What the capital letters of the table stand for, A first. */
export const WORDS = ",document_sha256~,obligation o~_sha256~ed:~reason~referral~,ciphertext~ent~report~rec~until d?~s w~state s~,authority~ad:tick n,~from~iH,purpose~case.~compartm~,basis,~,review~,to,~ack~cha~ion~measure";

export const KINDS = `I.Jeived+help.JeivDXnnelGC,consH w,policy hB?
I.joinDI h
owner.XngDP ?Vaccepted d?
Rstage:trW,PVEA mB?
decisY.made:act,standard,outcome,deciderLUer ?,EsC,dissH n,notice o?,appeal_K
consH.XngDJipQL,fieldL,KA ?
message.sealDdiJtYGCB?
evidence.movDitemC,P ?VsignatureC
Z.taken:Z,P d,KA ?
right.claimDrightB
Jusal.JordDrole,groundA ?
hold.placed+hold.liftDstep,EsCU d?
Es.asked+Es.given:stepAB?
share.sH:JipQTfieldLA
F.sH:to_M,trWTaskL(inform|investigate|safeguard|prosecute|I-bW|waiver|Xse)AB
F.WnowledgDF h,M,noteC ?
F.answerDF h,MA,answers aB?
deadline.missDobligatY_of hB,obligor,seen e
Jovery.usDSH,beneficiary,memberL
RshreddDSH,ENC
!intake.sealDat d,doorGC
!RerasDat d,by,Hries m,E c(withdrawal|retHY|court)NC,approvalL,complete_by d
!reads.heOhead h,count n
!pOordinal n`;
