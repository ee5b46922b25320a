// node hostile.mjs mails FOLDER: writes the payloads as mails. node hostile.mjs play: puts them everywhere else, opens every page that
// shows them, and counts: what ran, what the policy stopped, what was asked of the network, what broke the page's width.
import { payloads } from './payloads.mjs';
import { colleagues, conversations, erp, messengers, planted, reviews, viber_files, website, write_mails } from './planting.mjs';
import { api, base, close, expect, launch, phone, sign_in, until, wide } from './support.mjs';

const found = { ran: new Set(), violations: [], requests: [], dialogs: [], wide: [] };
const seen = new Set();
let opened = 0;

async function watched(viewport = wide) {
  const context = await (await launch()).newContext({ viewport, locale: 'en-GB', hasTouch: viewport === phone });
  context.setDefaultTimeout(20_000);
  await context.exposeBinding('canary', (_, n) => found.ran.add(String(n)));
  await context.exposeBinding('violated', (_, what) => found.violations.push(what));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', e => window.violated(`${e.violatedDirective} ${e.blockedURI} ${location.hash}`)),
  );
  context.on('request', r => {
    const at = new URL(r.url());
    const ours = at.origin === base && /^\/($|assets\/|api\/v1\/|favicon\.ico$)/.test(at.pathname);
    if (!ours && at.protocol !== 'blob:' && !r.url().startsWith('about:')) found.requests.push(r.url().slice(0, 120));
  });
  context.on('dialog', d => {
    found.dialogs.push(d.message());
    void d.dismiss();
  });
  return context;
}

/// What the page shows, once it has been read; every element that only a payload could have made is a script that has not run yet.
async function look(page, place) {
  ++opened;
  const { text, broad, strange } = await page.evaluate(() => ({
    text: document.body.textContent,
    broad:
      document.documentElement.scrollWidth > innerWidth + 1 &&
      [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className).slice(0, 4),
    strange: [...document.querySelectorAll('script:not([src^="/assets/"]), iframe, object, embed, base, link[href*="canary"], [onerror], [onload]')].map(
      e => e.outerHTML.slice(0, 100),
    ),
  }));
  for (const found_mark of text.matchAll(/⟦(\d+)⟧/g)) seen.add(Number(found_mark[1]));
  if (broad) found.wide.push(`${place}: ${broad}`);
  for (const one of strange) found.ran.add(`${place}: ${one}`);
}
async function visit(page, place) {
  await page.goto(`${base}/#/${place}`);
  await page.locator('.columns').first().waitFor();
  await page.waitForFunction(() => !document.querySelector('.bones'));
  await look(page, place);
}
/// A list shows what is near: all of it, a window at a time.
async function scroll_through(page, place) {
  await visit(page, place);
  const box = page.locator('.list-scroll, .work-column > .scroll').first();
  if (!(await box.count())) return;
  for (let before = -1, at = 0; at !== before && at < 60_000; ) {
    before = at;
    at = await box.evaluate(b => {
      b.scrollTop += b.clientHeight;
      return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(b.scrollTop))));
    });
    await look(page, place);
  }
}

async function play() {
  const context = await watched();
  const owner = await context.newPage();
  await sign_in(owner, 'owner');
  const admins = await watched();
  const admin = await admins.newPage();
  await sign_in(admin, 'admin');
  await Promise.all([messengers(), website(), erp()]);
  await viber_files();
  await colleagues(owner, admin);
  const managers = await watched();
  const manager = await managers.newPage();
  await sign_in(manager, 'olena');
  const reviewed = await reviews(owner, manager);
  expect(reviewed.length > 0, 'calls were reviewed');
  const all_leads = async () => {
    let all = [];
    for (let next = ''; next !== null; ) {
      const page = await api(owner, 'GET', `/leads?status=all&limit=200${next && '&before=' + encodeURIComponent(next)}`);
      all = all.concat(page.leads);
      next = page.next;
    }
    return all;
  };
  // Mails are read one by one, long after the webhooks have answered.
  await until(async () => {
    const channels = new Map();
    for (const lead of (await all_leads()).filter(l => l.last_message)) {
      const { messages } = await api(owner, 'GET', `/leads/${lead.id}/timeline?limit=100`);
      channels.set(lead.channel, (channels.get(lead.channel) ?? 0) + messages.length);
    }
    return ['viber', 'whatsapp', 'telegram', 'email'].every(c => (channels.get(c) ?? 0) >= payloads.length);
  }, 'everything that was said, on every channel');
  const all = await all_leads();
  // Where much was said, what colleagues wrote, and one lead of each channel.
  const talks = all.filter(l => /^Viber \d+$|^Files$/.test(l.customer.name) || ['whatsapp', 'telegram', 'email', 'website', 'manual'].includes(l.channel));
  const by_channel = new Map();
  for (const l of talks) by_channel.set(l.channel, [...(by_channel.get(l.channel) ?? []), l]);
  for (const [channel, leads] of by_channel) {
    const open = leads.filter(l => !/^Lost /.test(l.customer.name)).slice(0, conversations + 2);
    for (const lead of open) {
      await visit(owner, `inbox/${lead.id}?tab=team&side=1`);
      await owner.evaluate(() => document.querySelectorAll('details').forEach(d => (d.open = true)));
      await look(owner, `${channel} ${lead.id}`);
    }
    const [first] = open;
    if (first) await visit(owner, `customers/${first.customer.id}`);
  }
  for (const place of ['inbox?tab=team&by=none', 'pipeline', 'pipeline?view=list&status=all', 'customers', 'vehicles', 'tasks?owner=all', 'tasks'])
    await scroll_through(owner, place);
  for (const place of ['review', 'calls', 'reports', 'operations', 'operations?of=conflicts', 'crm', 'crm/leads', 'told', 'you', 'admin/teams'])
    await visit(owner, place);
  for (const place of ['admin', 'admin/staff', 'admin/absences', 'admin/tokens', 'admin/audit']) await visit(admin, place);
  for (const id of reviewed) {
    await visit(owner, `calls/${id}`);
    await owner.locator('.review .review-answer').first().waitFor();
    await look(owner, `the review of call ${id}`);
  }
  const vehicles = (await api(owner, 'GET', '/vehicles?limit=20')).vehicles;
  for (const v of vehicles.slice(0, 10)) await visit(owner, `vehicles/${v.id}`);
  // Saved replies and the pickers of people and leads.
  const [talk] = by_channel.get('viber') ?? all;
  await visit(owner, `inbox/${talk.id}?tab=team`);
  for (const button of await owner.locator('.reply-bar button[aria-haspopup], .head button[aria-haspopup]').all()) {
    await button.click();
    await look(owner, 'a menu');
    await owner.keyboard.press('Escape');
  }
  // The address and the search are a stranger's words, too.
  for (const text of payloads) {
    for (const hash of [`#/tasks?owner=${text}`, `#/vehicles?q=${encodeURIComponent(text)}&status=${text}`, `#/${text}`])
      await owner.evaluate(to => {
        location.hash = to;
        return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
      }, hash);
    await look(owner, 'an address');
  }
  await owner.goto(`${base}/#/inbox?tab=team`);
  for (const text of payloads.filter((_, n) => n % 10 === 0)) {
    await owner.locator('[data-search]').fill(text.replace(/[\r\n]/g, ' '));
    await look(owner, 'a search');
  }
  const phones = await watched(phone);
  const small = await phones.newPage();
  await sign_in(small, 'owner');
  await visit(small, `calls/${reviewed[0]}`);
  await small.locator('.review .review-answer').first().waitFor();
  await look(small, 'a review on a phone');
  for (const place of ['inbox?tab=team', `inbox/${talk.id}?tab=team`, `inbox/${talk.id}?tab=team&side=1`, 'pipeline', 'pipeline?view=list', 'customers', 'vehicles', 'tasks', 'crm'])
    await visit(small, place);

  // Files themselves, each in a window of its own as by "open the original".
  const kept = (await api(owner, 'GET', '/media?limit=200')).files;
  const page = await context.newPage();
  for (const file of kept) {
    await page.goto(`${base}/api/v1/media/${file.id}`).catch(() => {}); // a download is no page
    ++opened;
  }
  await page.close();
  expect(kept.length > 0, 'files were kept');
  return kept.length;
}

/// What was found, whether or not all pages could be opened.
function tell(kept) {
  const unseen = payloads.filter((_, n) => !seen.has(n));
  console.log(
    `payloads ${payloads.length}, planted ${planted.taken}, refused ${planted.refused}, shown ${payloads.length - unseen.length}, ` +
      `files kept ${kept}, pages looked at ${opened}, scripts run ${found.ran.size}, policy violations ${found.violations.length}, ` +
      `strange requests ${found.requests.length}, dialogs ${found.dialogs.length}, pages too wide ${found.wide.length}`,
  );
  for (const [what, list] of Object.entries({ ...found, 'not shown': unseen }))
    for (const one of [...new Set(list)].slice(0, 20)) console.log(`  ${what}: ${one}`);
  return unseen.length;
}

const [, , task, folder] = process.argv;
let kept = 0;
try {
  if (task === 'mails') write_mails(folder);
  else kept = await play();
} catch (e) {
  console.error(e);
  process.exitCode = 1;
} finally {
  await close();
}
if (task === 'play') {
  const unseen = tell(kept);
  expect(payloads.length >= 300 && unseen <= payloads.length / 50, 'three hundred payloads, and that they are shown');
  const bad = found.ran.size + found.violations.length + found.requests.length + found.dialogs.length + found.wide.length;
  expect(bad === 0, 'texts stay texts');
}
