// What the scenarios share: the browser, signing in, and the platforms that speak to the hub. Run in the folder of the build that holds
// node_modules; where the hub is, its secrets and the people's passwords are in the environment (console_test.cpp).
import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';

const need = createRequire(join(process.cwd(), 'package.json'));
const { chromium } = need('playwright-core');

export const base = process.env.CONSOLE;
const webhooks = process.env.WEBHOOKS;
export const password = who => process.env[`PASSWORD_${who.toUpperCase()}`];
const limit_ms = 20_000;

export const wide = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

/// Makes the names of a run its own.
export const stamp = Date.now().toString(36);

export function expect(holds, what) {
  if (!holds) throw new Error('expected: ' + what);
}

/// The promise of it: two who ask at once get the same one.
let browser = null;
export async function launch() {
  browser ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return browser;
}
export const close = async () => (await browser)?.close();
/// What was on the screen when a scenario failed.
export async function keep_screen(name) {
  for (const context of (await browser)?.contexts() ?? [])
    for (const page of context.pages()) await page.screenshot({ path: `failed-${name}.png` }).catch(() => {});
}

/// A window with a profile of its own. `broken` collects what must not happen: errors of the page and of its policy, dialogs.
export async function open({ viewport = wide, locale = 'uk-UA', colorScheme = 'light', deviceScaleFactor = 1 } = {}) {
  const context = await (
    await launch()
  ).newContext({ viewport, locale, colorScheme, deviceScaleFactor, hasTouch: viewport === phone, timezoneId: 'Europe/Kyiv' });
  context.setDefaultTimeout(limit_ms);
  const page = await context.newPage();
  const broken = [];
  page.on('pageerror', e => broken.push(`error of the page: ${e.message}`));
  page.on('dialog', d => {
    broken.push(`dialog: ${d.message()}`);
    void d.dismiss();
  });
  page.on('console', m => {
    if (/Content Security Policy|Trusted/i.test(m.text())) broken.push(m.text());
  });
  await page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', e => window.violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
  return { page, context, broken };
}

export async function sign_in(page, who, place = '') {
  await page.goto(`${base}/${place}`);
  await page.fill('input[name=email]', `${who}@example.test`);
  await page.fill('input[name=password]', password(who));
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
}

export async function nothing_broke({ page, broken }) {
  broken.push(...(await page.evaluate(() => window.violations)));
  expect(broken.length === 0, 'nothing breaks: ' + broken.join('; '));
}

async function deliver(path, headers, body) {
  const answer = await fetch(webhooks + path, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  expect(answer.status === 200, `${path} takes the callback, not ${answer.status}`);
}
const signed = (path, header, secret, body) => {
  const bytes = JSON.stringify(body);
  return deliver(path, { [header]: createHmac('sha256', secret).update(bytes).digest('hex') }, bytes);
};

let told = Date.now() * 1000;
/// What somebody writes over Viber: a text, or a message of that form. The name is their id, too.
export const viber = (name, said, { id = name, at = Date.now() } = {}) =>
  signed('/webhooks/viber/main', 'X-Viber-Content-Signature', process.env.VIBER_SECRET, {
    event: 'message',
    timestamp: at,
    message_token: ++told,
    message: typeof said === 'string' ? { type: 'text', text: said } : said,
    sender: { id: createHash('sha256').update(id).digest('hex'), name, language: 'uk' },
  });
/// A file at the platform, as a customer sends it.
export async function viber_file(name, bytes, type = 'image/png') {
  const address = `${process.env.PLATFORM}/file/${name}`;
  await fetch(address, { method: 'PUT', body: bytes, headers: { 'Content-Type': type } });
  return address;
}

/// A call in which somebody of ours talked, as the switchboard tells it when it is over.
export const talked = (call, number, extension, recording, seconds) =>
  deliver(
    '/webhooks/ringostat/main/' + process.env.RINGOSTAT_TOKEN,
    {},
    JSON.stringify({
      event: 'incoming_after_call',
      uniqueid: call,
      call_type: 'in',
      userfield: number,
      dst: '380000000100',
      calldate: new Date(Date.now() - 60_000).toISOString().slice(0, 19).replace('T', ' '),
      disposition: 'PROPER',
      duration: String(seconds + 5),
      waittime: '5',
      billsec: String(seconds),
      employee_number: extension,
      recording,
    }),
  );
/// A WAV file of silence.
export function silence(seconds, rate = 8000) {
  const head = Buffer.from('RIFF    WAVEfmt \x10\0\0\0\x01\0\x01\0        \x01\0\x08\0data    ', 'latin1');
  const samples = seconds * rate;
  for (const [at, value] of [
    [4, 36 + samples],
    [24, rate],
    [28, rate],
    [40, samples],
  ])
    head.writeUInt32LE(value, at);
  return Buffer.concat([head, Buffer.alloc(samples, 128)]);
}

/// What a company does on the website.
export const website = (company, activity, cost = 0, url = 'https://site.example/') =>
  signed('/webhooks/activity/main', 'X-Leadyard-Signature', process.env.ACTIVITY_SECRET, {
    id: `act-${++told}`,
    activity,
    at: new Date().toISOString(),
    company: { id: createHash('sha256').update(company).digest('hex').slice(0, 12), name: company, url },
    data: {},
    ...(cost ? { total_cost: cost, currency: 'USD' } : {}),
  });

/// The lead of somebody who has just written.
export async function customer(page, name, text = 'Чи ще є авто?') {
  await viber(name, text);
  return lead_of(page, name);
}
export const row = (page, name) => page.locator('.list-row', { hasText: name }).first();

/// A PNG of that size, the same colour everywhere.
export function picture(width, height) {
  const chunk = (type, data) => {
    const typed = Buffer.concat([Buffer.from(type), data]);
    const framed = Buffer.alloc(typed.length + 8);
    framed.writeUInt32BE(data.length);
    typed.copy(framed, 4);
    framed.writeUInt32BE(crc32(typed), typed.length + 4);
    return framed;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 0x6a)]);
  const rows = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; ++i) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/// Asks the API as whoever is signed in on the page.
export const api = (page, method, path, body) =>
  page.evaluate(
    async ([m, p, b]) => {
      const answer = await fetch('/api/v1' + p, {
        method: m,
        headers: b ? { 'Content-Type': 'application/json' } : {},
        body: b ? JSON.stringify(b) : undefined,
      });
      return answer.status === 204 ? null : answer.json();
    },
    [method, path, body ?? null],
  );

export async function until(holds, what) {
  for (const end = Date.now() + limit_ms; Date.now() < end;) {
    const found = await holds();
    if (found) return found;
    await pause(100);
  }
  throw new Error('waited for: ' + what);
}

/// The lead of a customer of that name, once the hub has made it.
export const lead_of = (page, name) =>
  until(async () => (await api(page, 'GET', '/leads?status=all&q=' + encodeURIComponent(name))).leads?.[0], `a lead of ${name}`);

export async function axe(page) {
  await page.evaluate(readFileSync(need.resolve('axe-core/axe.min.js'), 'utf8'));
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return found.violations
    .filter(v => v.impact === 'serious' || v.impact === 'critical')
    .map(
      v =>
        `${v.id}: ${v.nodes
          .slice(0, 3)
          .map(n => `${n.target.join(' ')} (${n.any[0]?.message ?? n.all[0]?.message ?? ''})`)
          .join(', ')}`,
    );
}
