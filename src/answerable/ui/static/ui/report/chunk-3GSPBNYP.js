var E=class{constructor(e,n="",s=!1){this.why=e;this.about=n;this.unable=s}};function c(t,e,n){throw new E(t,e,n)}var l=t=>new TextEncoder().encode(t);function x(t){try{return new TextDecoder("utf-8",{fatal:!0,ignoreBOM:!0}).decode(t)}catch{return c(5)}}var O=(...t)=>Uint8Array.from(t.flatMap(e=>[...e])),m=t=>Array.from(t,e=>e.toString(16).padStart(2,"0")).join(""),B=t=>Uint8Array.from(t.match(/../g),e=>parseInt(e,16)),X=t=>Array.from(t,e=>String.fromCharCode(e)).join(""),$=t=>Uint8Array.from(t,e=>e.charCodeAt(0));function A(t){try{let e=atob(t);if(btoa(e)===t)return $(e)}catch{}return c(6,t)}function z(t){let e=A(t);return e.length===32?e:c(7,t)}function q(t){let e=/^(0|[1-9]\d{0,18})$/.test(t)?BigInt(t):-1n;return e>>63n?c(8,t):e}var p=async(...t)=>new Uint8Array(await crypto.subtle.digest("SHA-256",O(...t)));async function P(t,e){let n=s=>Uint8Array.from({length:64},(i,o)=>t[o]^s);return p(n(92),await p(n(54),e))}var nt=t=>p([0],t);async function st(t,e,n,s,i){let o=n-1n,r=e>=n;for(let a of s){if(r||=!o,e&1n||e===o)for(t=await p([1],a,t);e&&!(e&1n);)e>>=1n,o>>=1n;else t=await p([1],t,a);e>>=1n,o>>=1n}(r||o||m(t)!==m(i))&&c(17)}var b=t=>typeof t=="object"&&!!t&&!Array.isArray(t);function h(t,e=0){return e>200&&c(18),Array.isArray(t)?`[${t.map(n=>h(n,e+1))}]`:b(t)?`{${Object.keys(t).sort().map(n=>h(n)+":"+h(t[n],e+1))}}`:(typeof t=="string"&&/[\ud800-\udfff]/u.test(t)&&c(18),JSON.stringify(t))}function ct(t){let e=x(t);try{let n=JSON.parse(e);if(h(n)===e)return n}catch{}return c(18)}var N=t=>/^[^\p{White_Space}+]+$/u.test(t)&&l(t).length<256;async function lt(t){let[e,n,...s]=t.split("+"),i=A(s.join("+")),o=i[0],r={1:33,4:33,6:1313}[o];return N(e)&&i.length===r&&m(await p(l(e+`
`),i)).slice(0,8)===n?{name:e,id:n,type:o,raw:i.slice(1)}:c(9,t)}function dt(t){t.length>1<<19&&c(13);let e=x(t),n=e.lastIndexOf(`

`)+1,s=e.slice(n+1).split(`
`);return(!n||s.pop()||!s.length||s.length>64||/[\0-\x09\x0b-\x1f]/.test(e))&&c(13),{text:e.slice(0,n),lines:s.map(i=>{let[o,r,...a]=i.split(" "),f=A(a.join(" "));return(o!=="—"||!N(r)||f.length<5)&&c(13,i),{name:r,id:m(f.slice(0,4)),raw:f.slice(4)}})}}async function mt(t,e){let n=[];for(let{name:s,id:i,raw:o}of t.lines)for(let r of e.filter(a=>a.name===s&&a.id===i)){let a=r.type===1?0:8,f=r.type===6?2428:64+a;o.length!==f&&c(14,s);let d=a?new DataView(o.buffer).getBigUint64(0):0n,J=a?`cosignature/v1
time ${d}
${t.text}`:t.text;(d>>63n||r.type!==6&&!await V(r.raw,o.slice(a),l(J)))&&c(14,s),n.push({signer:r,time:d})}return n}var V=async(t,e,n)=>crypto.subtle.verify("Ed25519",await crypto.subtle.importKey("raw",t,"Ed25519",!1,["verify"]),e,n);var j="kind,v v",v="case i,seq n,prev h?,at d,by,procedure p?,after e",H=",document_sha256~,obligation o~_sha256~ed:~reason~referral~,ciphertext~ent~report~rec~until d?~s w~state s~,authority~ad:tick n,~from~iH,purpose~case.~compartm~,basis,~,review~,to,~ack~cha~ion~measure",I=`I.Jeived+help.JeivDXnnelGC,consH w,policy hB?
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
!pOordinal n`;var u=t=>e=>typeof e=="string"&&RegExp(`^(?:${t})$`,"u").test(e),K=t=>e=>Array.isArray(e)&&e.every(t),F=t=>e=>K(t)(e)&&e.every((n,s,i)=>!s||i[s-1]<n),D=t=>e=>b(e)&&Object.keys(e).length===[...k(t)].length&&[...k(t)].every(([n,s])=>s(e[n])),M=u("[a-z0-9][a-z0-9_.-]{0,63}"),y=u("[0-9a-f]{64}"),_=t=>u("(?!0000)\\d{4}-\\d\\d-\\d\\d")(t)&&new Date(t).getUTCDate()===Number(t.slice(8)),T={c:M,h:y,i:u("[0-9a-f]{32}"),d:_,n:t=>Number.isSafeInteger(t)&&t>=0,s:u("[A-Z]{3}"),t:u("\\P{Cc}{0,500}"),v:t=>t===1,b:u("[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="),w:F(M),m:F(y),o:D("due d?,duty"),e:D("root b,size n"),p:D("act t,digest h,name t,version t"),a:K(D("answer,ask"))};function k(t){return new Map(t.split(",").map(e=>{let[,n,s,i,o]=/^(\w+) ?(\w?)(\(.+\))?(\??)$/.exec(e),r=i&&u(i),a=r?s==="w"?F(r):r:T[s||(n.endsWith("sha256")?"h":"c")];return[n,f=>f===null?!!o:a(f)]}))}function C(t){let[,e,,n]=I.replace(/[A-Z]/g,o=>H.split("~")[o.charCodeAt(0)-65]).split(`
`).map(o=>/^(!?)(.+):(.*)$/.exec(o)).find(([,,o])=>o.split("+").includes(t))??c(20,String(t)),[s,...i]=k([j,...e?[]:[v],n].join());return[s,...i.sort(([o],[r])=>o<r?-1:1)]}var L="answerable/commit/v1\0",g=()=>c(21),U=(t,e,n)=>p(l(L+"field\0"),n,l(h([t,e]))),R=async t=>O([1],await p(l(L+"event\0"),[t.length>>8,t.length&255],...t));async function Et(t){let e=Object.keys(t).join();return t.v!==1&&g(),e==="event,key,v"?Q(t):e==="digests,open,v"?Y(t):g()}async function Q({event:t,key:e}){if(!b(t)||!y(e))return g();let n=[],s=[];for(let[i,o]of C(t.kind)){let r=t[i];o(r)||c(22,i),n.push([i,r]),s.push(await U(i,r,await P(B(e),l("salt\0"+i))))}return Object.keys(t).length!==n.length&&g(),W({bytes:await R(s),fields:n,shown:36})}function W(t){let{seq:e=0,prev:n=null}=Object.fromEntries(t.fields);return t.shown===35||!e==(n===null)?t:c(22,"prev")}async function Y({digests:t,open:e}){if(!Array.isArray(t)||!t.every(y)||!Array.isArray(e))return g();let n=e.map(r=>Array.isArray(r)&&r.length===3&&y(r[2])?r:g()),s=C(n[0]?.[0]==="kind"?n[0][1]:void 0);t.length!==s.length&&g();let i=-1;for(let[r,a,f]of n){let d=s.findIndex(([J])=>J===r);d<=i&&g(),i=d,s[d][1](a)||c(22,r),m(await U(r,a,B(f)))!==t[d]&&c(23,r)}let o=n;return W({bytes:await R(t.map(B)),fields:o,shown:n.length<s.length?35:36})}export{E as a,c as b,l as c,x as d,m as e,X as f,$ as g,A as h,z as i,q as j,b as k,ct as l,lt as m,dt as n,mt as o,Et as p,nt as q,st as r};
