// Puts the payloads where strangers and colleagues write: webhooks, mails, the ERP's exchange, the API. What is refused is counted.
import { createHash, createHmac } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { erp_sends } from './erp.mjs';
import { files, payloads } from './payloads.mjs';
import { api, picture, talked, until, viber_file } from './support.mjs';

export const planted = { taken: 0, refused: 0 };
const count = ok => (ok ? ++planted.taken : ++planted.refused);
const some = 30; // payloads of one conversation
export const conversations = Math.ceil(payloads.length / some);
const part = n => Math.floor(n / some);
const cut = (text, most) => Array.from(text).slice(0, most).join('');

async function callback(path, headers, body) {
  const bytes = JSON.stringify(body);
  const signed = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, typeof v === 'function' ? v(bytes) : v]));
  const answer = await fetch(process.env.WEBHOOKS + path, {
    method: 'POST',
    body: bytes,
    headers: { 'Content-Type': 'application/json', ...signed },
  });
  count(answer.status === 200);
}
const hmac = (secret, before = '') => bytes => before + createHmac('sha256', secret).update(bytes).digest('hex');
const id_of = text => createHash('sha256').update(text).digest('hex');

let token = Date.now() * 1000;
const viber = (who, name, message) =>
  callback('/webhooks/viber/main', { 'X-Viber-Content-Signature': hmac(process.env.VIBER_SECRET) }, {
    event: 'message',
    timestamp: Date.now(),
    message_token: ++token,
    message,
    sender: { id: id_of(who), name, language: 'uk' },
  });
const whatsapp = (who, name, message) =>
  callback('/webhooks/whatsapp/main', { 'X-Hub-Signature-256': hmac(process.env.WHATSAPP_SECRET, 'sha256=') }, {
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '104999000000001',
        changes: [
          {
            field: 'messages',
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '380000000100', phone_number_id: '108888000000001' },
              contacts: [{ profile: { name }, user_id: `UA.77${who}` }],
              messages: [
                { from_user_id: `UA.77${who}`, id: `wamid.${++token}`, timestamp: String(Math.floor(Date.now() / 1000)), ...message },
              ],
            },
          },
        ],
      },
    ],
  });
const telegram = (who, name, message) => {
  const person = { id: 7_100_000_000 + who, first_name: name, last_name: name, username: 'stranger' };
  return callback('/webhooks/telegram/main', { 'X-Telegram-Bot-Api-Secret-Token': process.env.TELEGRAM_SECRET }, {
    update_id: ++token % 2_000_000_000,
    message: {
      message_id: ++token % 2_000_000_000,
      from: { ...person, is_bot: false, language_code: 'uk' },
      chat: { ...person, type: 'private' },
      date: Math.floor(Date.now() / 1000),
      ...message,
    },
  });
};

/// Every payload as a customer's name and as a text of each messenger: a name of its own in one of them, some in each conversation.
export async function messengers() {
  for (const [n, text] of payloads.entries()) {
    await viber(`hostile ${n}`, text, { type: 'text', text });
    await viber(`talk ${part(n)}`, `Viber ${part(n)}`, { type: 'text', text });
    await whatsapp(9_000_000_000 + part(n), text, { type: 'text', text: { body: text } });
    await telegram(part(n), text, { text });
  }
  await viber('location', payloads[0], { type: 'location', location: { lat: 50.4, lon: 30.5 } });
  await viber('link', payloads[1], { type: 'url', media: 'javascript:canary(1)' });
  await viber('contact', payloads[2], { type: 'contact', contact: { name: payloads[2], phone_number: '+380000000001' } });
}

/// Files that lie, as pictures and as papers, with captions and names that are payloads, too.
export async function viber_files() {
  for (const [i, [name, type, bytes]] of files(picture(64, 48)).entries()) {
    const media = await viber_file(`hostile-${i}-${name}`, bytes, type);
    await viber('files', 'Files', { type: 'picture', text: payloads[i], media });
    await viber('files', 'Files', { type: 'file', media, file_name: payloads[i] + name, size: bytes.length });
  }
}

export async function website() {
  for (const [n, text] of payloads.entries())
    await callback('/webhooks/activity/main', { 'X-Leadyard-Signature': hmac(process.env.ACTIVITY_SECRET) }, {
      id: `hostile-${n}`,
      activity: 'quote',
      at: new Date().toISOString(),
      company: {
        id: `hostile-${part(n)}`,
        name: text,
        contact_name: text,
        url: n % 2 ? text : `https://site.example/?${encodeURIComponent(text)}`,
      },
      data: { words: text, [cut(text, 20)]: text },
      total_cost: 100,
      currency: 'USD',
    });
}

export async function erp() {
  await erp_sends(
    payloads.map((text, n) => {
      // What XML cannot hold at all is no matter of the console.
      const clean = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');
      return { id: `car-${9000 + n}`, make: cut(clean, 90), model: cut(clean, 90), colour: cut(clean, 60) };
    }),
  );
  planted.taken += payloads.length;
}

/// Mails as files into a folder, for the mail server to deliver: a payload as sender, subject, text, HTML, file name and file.
export function write_mails(folder) {
  mkdirSync(folder, { recursive: true });
  const word = text => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
  const lines = bytes => Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n');
  const lying = files(picture(64, 48));
  for (const [n, text] of payloads.entries()) {
    const [name, type, bytes] = lying[n % lying.length];
    const body =
      `From: ${word(text)} <hostile-${part(n)}@sender.example>\r\nTo: sales@avto.example\r\nSubject: ${word(text)}\r\n` +
      `Message-ID: <${n}.hostile@sender.example>\r\nDate: ${new Date().toUTCString().replace('GMT', '+0000')}\r\nMIME-Version: 1.0\r\n` +
      'Content-Type: multipart/mixed; boundary="=x"\r\n\r\n--=x\r\nContent-Type: ' +
      (n % 2 ? 'text/html' : 'text/plain') +
      `; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(n % 2 ? `<html><body>${text}<p>words</p>${text}</body></html>` : text)}\r\n` +
      `--=x\r\nContent-Type: ${type}; name="${word(text + name)}"\r\nContent-Disposition: ${n % 3 ? 'attachment' : 'inline'}; ` +
      `filename="${word(text + name)}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines(bytes)}\r\n--=x--\r\n`;
    writeFileSync(join(folder, `${n}.eml`), body);
  }
}

/// Many requests of whoever is signed in on the page, some at once; their answers, null for what was refused.
export async function ask_all(page, list) {
  const answers = await page.evaluate(async all => {
    const made = new Array(all.length);
    let next = 0;
    const one = async () => {
      while (next < all.length) {
        const at = next++;
        const [method, path, body, type] = all[at];
        const answer = await fetch('/api/v1' + path, {
          method,
          headers: { 'Content-Type': type ?? 'application/json' },
          body: type ? Uint8Array.from(atob(body), c => c.charCodeAt(0)) : JSON.stringify(body),
        });
        made[at] = answer.ok ? ((answer.status !== 204 && (await answer.json())) || {}) : null;
      }
    };
    await Promise.all([one(), one(), one(), one()]);
    return made;
  }, list);
  for (const one of answers) count(one);
  return answers;
}

/// What colleagues write: as a supervisor on one lead per part, and as an admin.
export async function colleagues(owner, admin) {
  const leads = await ask_all(
    owner,
    Array.from({ length: conversations }, (_, i) => [
      'POST',
      '/leads',
      { customer: { first_name: payloads[i * some], last_name: payloads[i * some + 1], company_name: payloads[i * some + 2] }, notes: payloads[i * some + 3], claim: true },
    ]),
  );
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  await ask_all(
    owner,
    payloads.flatMap((text, n) => {
      const lead = leads[part(n)].id;
      return [
        ['POST', `/leads/${lead}/notes`, { text }],
        ['POST', `/leads/${lead}/tasks`, { title: text, description: text, due_at: tomorrow }],
        ['POST', `/leads/${lead}/actions`, { action_type: 'call', action_description: text, notes: text }],
        ['POST', '/saved-replies', { language: 'uk', title: cut(text, 100), text }],
        ['POST', '/customers', { first_name: text, last_name: text, company_name: text, url: n % 2 ? text : `https://x.example/${encodeURIComponent(text)}` }],
        ['POST', '/vehicles', { make: cut(text, 90), model: cut(text, 90), plate: cut(text, 20), colour: cut(text, 60) }],
      ];
    }),
  );
  // Of a lead itself: tags, the summary; and why it was lost, in somebody's own words.
  for (const [i, lead] of leads.entries()) {
    const mine = payloads.slice(i * some, i * some + some);
    const at = await owner.evaluate(async id => (await (await fetch(`/api/v1/leads/${id}`)).json()).lead, lead.id);
    await ask_all(owner, [['PATCH', `/leads/${lead.id}`, { version: at.version, tags: mine.map(t => cut(t, 60)), notes: mine.join('\n') }]]);
  }
  const walk_ins = await ask_all(
    owner,
    payloads.map((text, n) => ['POST', '/leads', { customer: { first_name: `Lost ${n}` }, claim: true }]),
  );
  await ask_all(
    owner,
    walk_ins.filter(Boolean).flatMap((lead, n) => [
      ['POST', `/leads/${lead.id}/lost`, { reason: payloads[n] }],
      ['POST', `/leads/${lead.id}/lost`, { reason: 'too expensive', note: payloads[n] }],
    ]),
  );
  await ask_all(
    owner,
    files(picture(64, 48)).map(([name, type, bytes], i) => [
      'POST',
      `/media?name=${encodeURIComponent(cut(payloads[i] + name, 150))}`,
      Buffer.from(bytes).toString('base64'),
      type,
    ]),
  );
  await ask_all(
    admin,
    payloads.flatMap((text, n) => [
      ['POST', '/absences', { begins_at: tomorrow, reason: text }],
      ['POST', '/tokens', { name: cut(text, 100) }],
      // A password is made for each, which takes a while by design.
      ...(n % 4 ? [] : [['POST', '/staff', { name: text, email: `hostile-${n}@example.test`, role: 'manager' }]]),
    ]),
  );
}

/// What is said of calls, several payloads in each text: comments and feedback of a supervisor, and what whoever talked answers. The
/// calls' ids.
export async function reviews(owner, manager) {
  const texts = [''];
  for (const text of payloads.map(t => cut(t, 400))) {
    if (Buffer.byteLength(texts.at(-1) + text) > 1800) texts.push('');
    texts[texts.length - 1] += text + '\n';
  }
  const criteria = ['greeting', 'needs', 'offer', 'next_step'];
  const each = criteria.length + 1;
  const wanted = Math.ceil(texts.length / each);
  for (let n = 0; n < wanted; ++n) await talked(`hostile-${n}`, `38000000${5000 + n}`, '101', undefined, 60);
  const calls = await until(async () => {
    const found = (await api(owner, 'GET', '/calls?reviewed=no&limit=200')).calls;
    return found.length >= wanted && found;
  }, 'calls that can be reviewed');
  const made = await ask_all(
    owner,
    calls.slice(0, wanted).map((call, n) => [
      'POST',
      `/calls/${call.id}/reviews`,
      {
        criteria: criteria.map((key, i) => ({ key, points: i, at: [i], comment: texts[(n * each + i) % texts.length] })),
        feedback: texts[(n * each + criteria.length) % texts.length],
      },
    ]),
  );
  await ask_all(
    manager,
    made.filter(Boolean).map((review, n) => ['POST', `/call-reviews/${review.id}/answer`, { text: texts[n % texts.length] }]),
  );
  return made.filter(Boolean).map(review => review.call_id);
}
