// Pictures of the console, in the folder of the build that holds node_modules, against a running `deploy/up --demo`:
//   CONSOLE=http://127.0.0.1:8080 EMAIL=owner@example.test PASSWORD=... node pictures.mjs FOLDER [all]
// The chosen few of docs/images; with `all` every page, in light and dark, wide and on a phone, in both languages, full, and empty (by a
// search that finds nothing, and of somebody who has nothing).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { api, base, close, open, phone, wide } from './support.mjs';

const [, , folder, which] = process.argv;
mkdirSync(folder, { recursive: true });
const of_lead = l => `inbox/${l.id}?tab=team`;
const chosen = [
  ['inbox-wide', wide, 'light', of_lead],
  ['inbox-dark', wide, 'dark', of_lead],
  ['pipeline-wide', wide, 'light', () => 'pipeline'],
  ['reports-wide', wide, 'light', () => 'reports'],
  ['inbox-phone', phone, 'light', () => 'inbox?tab=team'],
  ['lead-phone', phone, 'dark', of_lead],
];
const nothing = 'q=nothing-is-called-so';
const pages = {
  inbox: () => 'inbox?tab=team',
  lead: of_lead,
  'lead-side': l => of_lead(l) + '&side=1',
  'inbox-empty': () => 'inbox?tab=me',
  'inbox-none': () => `inbox?tab=team&${nothing}`,
  pipeline: () => 'pipeline',
  'pipeline-empty': () => `pipeline?${nothing}`,
  'pipeline-list': () => 'pipeline?view=list',
  calls: () => 'calls',
  tasks: () => 'tasks?owner=all',
  'tasks-empty': () => 'tasks',
  customers: () => 'customers',
  customer: l => `customers/${l.customer.id}`,
  'customers-none': () => `customers?${nothing}`,
  vehicles: () => 'vehicles',
  vehicle: (l, v) => `vehicles/${v?.id}`,
  'vehicles-none': () => `vehicles?${nothing}`,
  review: () => 'review',
  reports: () => 'reports',
  'reports-calls': () => 'reports?of=calls',
  crm: () => 'crm',
  'crm-leads': () => 'crm/leads',
  operations: () => 'operations',
  conflicts: () => 'operations?of=conflicts',
  'admin-staff': () => 'admin/staff',
  'admin-teams': () => 'admin/teams',
  'admin-absences': () => 'admin/absences',
  'admin-tokens': () => 'admin/tokens',
  told: () => 'told',
  you: () => 'you',
  gone: () => 'inbox/999999?tab=team',
};

async function window_of(viewport, colorScheme, language) {
  const { page, context } = await open({ viewport, colorScheme, locale: language === 'uk' ? 'uk-UA' : 'en-GB' });
  await page.addInitScript(l => localStorage.setItem('language', l), language);
  await page.goto(base + '/');
  await page.waitForSelector('input[name=email]');
  if (which === 'all') await page.screenshot({ path: join(folder, `sign-in-${name_of(viewport, colorScheme, language)}.png`) });
  await page.fill('input[name=email]', process.env.EMAIL);
  await page.fill('input[name=password]', process.env.PASSWORD);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
  // The person's own language goes before the browser's.
  await api(page, 'PATCH', '/me', { language });
  const { leads } = await api(page, 'GET', '/leads?limit=100');
  const { vehicles } = await api(page, 'GET', '/vehicles?limit=50');
  return { page, context, lead: leads.find(l => l.photo && l.channel === 'viber') ?? leads[0], vehicle: vehicles[0] };
}
const name_of = (viewport, scheme, language) => `${viewport === phone ? 'phone' : 'wide'}-${scheme}-${language}`;

async function take({ page, lead, vehicle }, place, path) {
  await page.goto(`${base}/#/${place(lead, vehicle)}`);
  await page.reload();
  // Everything was read, some time ago, and every picture that can be seen is drawn.
  await page.waitForFunction(() => {
    const read = performance.getEntriesByType('resource').map(e => e.responseEnd);
    const near = [...document.images].filter(i => i.getBoundingClientRect().top < innerHeight && i.getClientRects().length);
    return (
      document.querySelector('.columns') &&
      !document.querySelector('.bones') &&
      performance.now() - Math.max(...read) > 400 &&
      near.every(i => i.complete)
    );
  });
  await page.mouse.move(700, 4);
  await page.screenshot({ path });
}

if (which === 'all')
  for (const [viewport, scheme, language] of [
    [wide, 'light', 'en'],
    [wide, 'dark', 'uk'],
    [phone, 'light', 'uk'],
    [phone, 'dark', 'en'],
  ]) {
    const window = await window_of(viewport, scheme, language);
    for (const [name, place] of Object.entries(pages))
      await take(window, place, join(folder, `${name}-${name_of(viewport, scheme, language)}.png`));
    await window.context.close();
  }
else
  for (const [name, viewport, scheme, place] of chosen) {
    const window = await window_of(viewport, scheme, process.env.LOCALE?.slice(0, 2) ?? 'en');
    await take(window, place, join(folder, name + '.png'));
    await window.context.close();
  }
await close();
