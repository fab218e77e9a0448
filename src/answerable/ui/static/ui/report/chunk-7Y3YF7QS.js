import{C as v,D as C,g as a,h as u,i as O,j as S,k as h,l as A,r as m,s as x}from"./chunk-744WXVGE.js";import{a as k,x as p}from"./chunk-ANVZUSAE.js";function X(e){if(e instanceof v)return[e.what||p("trouble"),e.todo].filter(Boolean);if(e instanceof C)return[p("unreachable")];if(e instanceof k){let t=`why-${e.why}`,n=p(t,{number:e.place});return[n===t?p("trouble"):n]}return[p("trouble")]}var g=e=>typeof e=="object"&&!!e&&!Array.isArray(e);function d(e,t=0){return t>200&&a(18),Array.isArray(e)?`[${e.map(n=>d(n,t+1))}]`:g(e)?`{${Object.keys(e).sort().map(n=>d(n)+":"+d(e[n],t+1))}}`:(typeof e=="string"&&/[\ud800-\udfff]/u.test(e)&&a(18),JSON.stringify(e))}function ee(e){let t=O(e);try{let n=JSON.parse(t);if(d(n)===t)return n}catch{}return a(18)}var H="kind,v v",j="case i,seq n,prev h?,at d,by,procedure p?,after e",P=",document_sha256~,obligation o~_sha256~ed:~reason~referral~,ciphertext~ent~report~rec~until d?~s w~state s~,authority~ad:tick n,~from~iH,purpose~case.~compartm~,basis,~,review~,to,~ack~cha~ion~measure",I=`I.Jeived+help.JeivDXnnelGC,consH w,policy hB?
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
!pOordinal n`;var c=e=>t=>typeof t=="string"&&RegExp(`^(?:${e})$`,"u").test(t),N=e=>t=>Array.isArray(t)&&t.every(e),D=e=>t=>N(e)(t)&&t.every((n,r,i)=>!r||i[r-1]<n),J=e=>t=>g(t)&&Object.keys(t).length===[...E(e)].length&&[...E(e)].every(([n,r])=>r(t[n])),R=c("[a-z0-9][a-z0-9_.-]{0,63}"),y=c("[0-9a-f]{64}"),K=e=>c("(?!0000)\\d{4}-\\d\\d-\\d\\d")(e)&&new Date(e).getUTCDate()===Number(e.slice(8)),V={c:R,h:y,i:c("[0-9a-f]{32}"),d:K,n:e=>Number.isSafeInteger(e)&&e>=0,s:c("[A-Z]{3}"),t:c("\\P{Cc}{0,500}"),v:e=>e===1,b:c("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),w:D(R),m:D(y),o:J("due d?,duty"),e:J("root b,size n"),p:J("act t,digest h,name t,version t"),a:N(J("answer,ask"))};function E(e){return new Map(e.split(",").map(t=>{let[,n,r,i,o]=/^(\w+) ?(\w?)(\(.+\))?(\??)$/.exec(t),s=i&&c(i),l=s?r==="w"?D(s):s:V[r||(n.endsWith("sha256")?"h":"c")];return[n,b=>b===null?!!o:l(b)]}))}function B(e){let[,t,,n]=I.replace(/[A-Z]/g,o=>P.split("~")[o.charCodeAt(0)-65]).split(`
`).map(o=>/^(!?)(.+):(.*)$/.exec(o)).find(([,,o])=>o.split("+").includes(e))??a(20,String(e)),[r,...i]=E([H,...t?[]:[j],n].join());return[r,...i.sort(([o],[s])=>o<s?-1:1)]}var L="answerable/commit/v1\0",f=()=>a(21),M=(e,t,n)=>m(u(L+"field\0"),n,u(d([e,t]))),W=async e=>S([1],await m(u(L+"event\0"),[e.length>>8,e.length&255],...e));async function pe(e){let t=Object.keys(e).join();return e.v!==1&&f(),t==="event,key,v"?U(e):t==="digests,open,v"?Y(e):f()}async function U({event:e,key:t}){if(!g(e)||!y(t))return f();let n=[],r=[];for(let[i,o]of B(e.kind)){let s=e[i];o(s)||a(22,i),n.push([i,s]),r.push(await M(i,s,await x(A(t),u("salt\0"+i))))}return Object.keys(e).length!==n.length&&f(),_({bytes:await W(r),fields:n,shown:36})}function _(e){let{seq:t=0,prev:n=null}=Object.fromEntries(e.fields);return e.shown===35||!t==(n===null)?e:a(22,"prev")}async function Y({digests:e,open:t}){if(!Array.isArray(e)||!e.every(y)||!Array.isArray(t))return f();let n=t.map(s=>Array.isArray(s)&&s.length===3&&y(s[2])?s:f()),r=B(n[0]?.[0]==="kind"?n[0][1]:void 0);e.length!==r.length&&f();let i=-1;for(let[s,l,b]of n){let w=r.findIndex(([$])=>$===s);w<=i&&f(),i=w,r[w][1](l)||a(22,s),h(await M(s,l,A(b)))!==e[w]&&a(23,s)}let o=n;return _({bytes:await W(e.map(A)),fields:o,shown:n.length<r.length?35:36})}var he=e=>m([0],e);async function ge(e,t,n,r,i){let o=n-1n,s=t>=n;for(let l of r){if(s||=!o,t&1n||t===o)for(e=await m([1],l,e);t&&!(t&1n);)t>>=1n,o>>=1n;else e=await m([1],e,l);t>>=1n,o>>=1n}(s||o||h(e)!==h(i))&&a(17)}export{g as a,ee as b,pe as c,he as d,ge as e,X as f};
