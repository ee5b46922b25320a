// Pictures of the console, in the folder of the build that holds node_modules, against a running `deploy/up --demo`:
//   CONSOLE=http://127.0.0.1:8080 EMAIL=owner@example.test PASSWORD=... node pictures.mjs FOLDER [all [MATCH]]
// The chosen few of docs/images; with `all` every page (whose name matches), in light and dark, wide and on a phone, in both
// languages, full, and empty (by a search that finds nothing, and of somebody who has nothing), and what opens by a click; the
// pages that people work in also on a tablet and at a zoom of 200 %. What only an administrator has is taken as one.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { api, base, close, open, phone, wide } from './support.mjs';

const [, , folder, which, match = ''] = process.argv;
mkdirSync(folder, { recursive: true });
const of_lead = l => `inbox/${l.id}?tab=team`;
const chosen = [
  ['inbox-wide', 'wide', 'light', of_lead],
  ['inbox-dark', 'wide', 'dark', of_lead],
  ['pipeline-wide', 'wide', 'light', () => 'pipeline'],
  ['reports-wide', 'wide', 'light', () => 'reports'],
  ['inbox-phone', 'phone', 'light', () => 'inbox?tab=team'],
  ['lead-phone', 'phone', 'dark', of_lead],
];
const nothing = 'q=nothing-is-called-so';
const tab = 'tab=team';
/// What the address opens; further members say what is done there before the picture.
const pages = {
  password: () => 'password/no-longer-good',
  inbox: () => `inbox?${tab}`,
  lead: of_lead,
  'lead-side': l => of_lead(l) + '&side=1',
  'lead-menu': [of_lead, click('.work-column .head .popover-box:has(+ .side-button) > button')],
  'lead-assign': [of_lead, key('a')],
  'lead-lose': [of_lead, key('l')],
  'lead-plan': [of_lead, press('.reply-bar', /^(Plan|Запланувати)/)],
  'lead-saved': [of_lead, press('.reply-bar', /^(Saved|Готові)/)],
  'lead-stock': [of_lead, press('.reply-bar', /^(Photos|Фото)/)],
  'lead-photo': [of_lead, click('.picture')],
  'lead-note': [l => of_lead(l) + '&side=1', press('.context-column', /^(Add a note|Додати нотатку)/)],
  'lead-action': [l => of_lead(l) + '&side=1', press('.context-column', /^(Note an action|Записати дію)/)],
  'lead-facts': [l => of_lead(l) + '&side=1', press('.context-column', /^(Edit|Змінити)$/)],
  ...Object.fromEntries(
    ['whatsapp', 'telegram', 'email', 'call'].map(c => [`lead-${c}`, (l, _, of) => of.lead_by(c) ?? of_lead(l)]),
  ),
  'inbox-empty': () => 'inbox?tab=me',
  'inbox-none': () => `inbox?${tab}&${nothing}`,
  'inbox-found': () => `inbox?${tab}&q=${encodeURIComponent('авто')}`,
  'inbox-new': [() => `inbox?${tab}`, click('.list-column .head .popover-box > button')],
  pipeline: () => 'pipeline',
  'pipeline-empty': () => `pipeline?${nothing}`,
  'pipeline-list': () => 'pipeline?view=list',
  'pipeline-list-none': () => `pipeline?view=list&${nothing}`,
  'pipeline-bulk': [() => 'pipeline?view=list', click('.table .pick input', 2)],
  calls: () => 'calls',
  call: (_, __, of) => `calls/${of.call?.id}`,
  'call-missed': (_, __, of) => `calls/${of.missed?.id}`,
  'calls-none': () => 'calls?status=missed&manager=me',
  tasks: () => 'tasks?owner=all',
  'tasks-empty': () => 'tasks?owner=me',
  'task-edit': [() => 'tasks?owner=all', click('.task-row .popover-box > button')],
  customers: () => 'customers',
  customer: l => `customers/${l.customer.id}`,
  'customer-merge': [l => `customers/${l.customer.id}`, press('.work-column .head', /^(Merge|Об’єднати)/)],
  'customer-erase': [l => `customers/${l.customer.id}`, press('.work-column', /^(Erase|Стерти)/)],
  'customer-new': [() => 'customers', click('.head .popover-box > button')],
  'customers-none': () => `customers?${nothing}`,
  vehicles: () => 'vehicles',
  vehicle: (_, v) => `vehicles/${v?.id}`,
  'vehicle-new': [() => 'vehicles', click('.head .popover-box > button')],
  'vehicles-none': () => `vehicles?${nothing}`,
  review: () => 'review',
  reports: () => 'reports',
  'reports-calls': [() => 'reports', scroll('.work-column > .scroll')],
  crm: () => 'crm',
  'crm-leads': () => 'crm/leads',
  'crm-lead': l => `crm/lead/${l.id}`,
  operations: () => 'operations',
  'outbox-sent': () => 'operations?state=sent',
  conflicts: () => 'operations?of=conflicts',
  'conflicts-judged': () => 'operations?of=conflicts&judged=settled',
  routing: () => 'routing',
  'routing-rule': [() => 'routing', click('.rules summary')],
  'routing-pools': () => 'routing?view=pools',
  'routing-try': () => 'routing?view=try',
  'routing-tried': [
    l => `routing?view=try&by=lead&lead=${l.id}`,
    click('.routing-try button[type=submit]'),
    see('.routing-outcome'),
  ],
  'admin-staff': () => 'admin/staff',
  'admin-person': [() => 'admin/staff', click('.table .popover-box > button', 1)],
  'admin-invite': [() => 'admin/staff', click('.subhead .popover-box > button')],
  'admin-teams': () => 'admin/teams',
  'admin-absences': () => 'admin/absences',
  'absence-new': [() => 'admin/absences', click('.subhead .popover-box > button')],
  'admin-tokens': () => 'admin/tokens',
  'admin-audit': () => 'admin/audit',
  'admin-audit-none': () => 'admin/audit?subject=lead:0',
  told: () => 'told',
  bell: [() => `inbox?${tab}`, click('.bell, .bottom .popover-box > button')],
  menu: [() => `inbox?${tab}`, click('.rail-you, .bottom .popover-box > button')],
  keys: [() => `inbox?${tab}`, key('?')],
  you: () => 'you',
  'you-end': [() => 'you', scroll('.work-column > .scroll')],
  nowhere: () => 'nowhere',
  gone: () => `inbox/999999?${tab}`,
};
const worked_in = ['inbox', 'lead', 'lead-side', 'lead-menu', 'pipeline', 'pipeline-list', 'customers', 'customer'];

/// What is done on a page before the picture. Whoever may not, or has nothing to do it with, leaves it.
function click(at, nth = 0) {
  return page => page.locator(at).locator('visible=true').nth(nth).click({ timeout: 2000 }).catch(() => console.log('  no', at));
}
function press(where, name) {
  return page =>
    page.locator(where).getByRole('button', { name }).first().click({ timeout: 2000 }).catch(() => console.log('  no', name));
}
function key(of) {
  return page => page.keyboard.press(of);
}
function see(at) {
  return page => page.waitForSelector(at);
}
function scroll(at) {
  return page => page.locator(at).first().evaluate(e => e.scrollTo(0, e.scrollHeight));
}

async function window_of(look, colorScheme, language) {
  const { page, context } = await open({
    viewport: looks[look],
    colorScheme,
    locale: language === 'uk' ? 'uk-UA' : 'en-GB',
    deviceScaleFactor: look === 'zoomed' ? 2 : 1,
  });
  await page.addInitScript(l => localStorage.setItem('language', l), language);
  await page.goto(base + '/');
  await page.waitForSelector('input[name=email]');
  const of_door = join(folder, `sign-in-${look}-${colorScheme}-${language}.png`);
  if (which === 'all' && 'sign-in'.match(match)) await page.screenshot({ path: of_door });
  await page.fill('input[name=email]', process.env.EMAIL);
  await page.fill('input[name=password]', process.env.PASSWORD);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
  // The person's own language goes before the browser's.
  await api(page, 'PATCH', '/me', { language });
  const { leads } = await api(page, 'GET', '/leads?status=all&limit=100');
  const { vehicles } = await api(page, 'GET', '/vehicles?limit=50');
  const { calls } = await api(page, 'GET', '/calls?limit=50');
  const of = {
    lead_by: channel => leads.filter(l => l.channel === channel).map(of_lead)[0],
    call: calls.find(c => c.recording) ?? calls[0],
    missed: calls.find(c => c.status === 'missed'),
  };
  const seen = leads.filter(l => l.stage !== 'sold' && l.stage !== 'lost');
  return { page, context, lead: seen.find(l => l.photo && l.channel === 'viber') ?? seen[0], vehicle: vehicles[0], of };
}
const looks = { wide, phone, tablet: { width: 820, height: 1180 }, zoomed: { width: 640, height: 400 } };

async function take({ page, lead, vehicle, of }, opened, path) {
  const [place, ...deeds] = [opened].flat();
  await page.goto(`${base}/#/${place(lead, vehicle, of)}`);
  await page.reload();
  await at_rest(page);
  await page.mouse.move(700, 4);
  for (const deed of deeds) {
    await deed(page);
    await at_rest(page);
  }
  await page.screenshot({ path });
}
/// Everything was read, some time ago, and every picture that can be seen is drawn.
const at_rest = async page => {
  const from = await page.evaluate(() => performance.now());
  await page.waitForFunction(begun => {
    const read = performance.getEntriesByType('resource').map(e => e.responseEnd);
    const near = [...document.images].filter(i => i.getBoundingClientRect().top < innerHeight && i.getClientRects().length);
    return (
      document.querySelector('.columns, .sign-in, .frame > .state') &&
      !document.querySelector('.bones') &&
      performance.now() - Math.max(begun, ...read) > 400 &&
      near.every(i => i.complete)
    );
  }, from);
};

/// The leads of a fresh demo have just come. Some are worked on, as a few days would leave them; a second time changes nothing.
async function work_on(page) {
  const way = ['contacted', 'qualified', 'in_negotiation', 'prepayment', 'sold'];
  const { leads } = await api(page, 'GET', '/leads?limit=100');
  const lately = leads.filter(l => l.stage === 'new' && l.pipeline !== 'service');
  for (const { id } of lately) {
    const last = (id * 5) % (way.length + 2);
    const value = 14200 + 730 * (id % 17);
    for (const stage of way.slice(0, last)) {
      const { lead } = await api(page, 'GET', `/leads/${id}`);
      const worth = { conversion_type: 'manual_mark', conversion_value: value, currency: 'USD', version: lead.version };
      // Not every pipeline has every stage.
      if (!lead.next_stages.includes(stage)) continue;
      if (stage === 'sold') await api(page, 'POST', `/leads/${id}/convert`, worth);
      else await api(page, 'POST', `/leads/${id}/stage`, { stage, version: lead.version });
    }
    if (last < 2) continue;
    const { lead } = await api(page, 'GET', `/leads/${id}`);
    await api(page, 'PATCH', `/leads/${id}`, { estimated_value: value, currency: 'USD', version: lead.version });
  }
}

async function all_of(look, scheme, language, names) {
  const window = await window_of(look, scheme, language);
  for (const name of names.filter(n => n.match(match)))
    await take(window, pages[name], join(folder, `${name}-${look}-${scheme}-${language}.png`));
  await window.context.close();
}
if (which === 'all') {
  // A person has one language: those of one go beside each other.
  const every = Object.keys(pages);
  const together = (language, ...windows) =>
    Promise.all(windows.map(([look, scheme, names]) => all_of(look, scheme, language, names)));
  await together('en', ['wide', 'light', every], ['phone', 'dark', every], ['zoomed', 'light', worked_in]);
  await together('uk', ['wide', 'dark', every], ['phone', 'light', every], ['tablet', 'dark', worked_in]);
} else
  for (const [name, look, scheme, place] of chosen) {
    const window = await window_of(look, scheme, process.env.LOCALE?.slice(0, 2) ?? 'en');
    await work_on(window.page);
    await take(window, place, join(folder, name + '.png'));
    await window.context.close();
  }
await close();
