// The pictures of docs/images, anew: CONSOLE=http://127.0.0.1:8080 EMAIL=owner@example.test PASSWORD=... node pictures.mjs FOLDER, in the
// folder of the build that holds node_modules, against `deploy/up --demo`.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { base, close, open, phone, wide } from './support.mjs';

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const places = [
  ['inbox-wide', wide, 'light', lead => `inbox/${lead.id}?tab=team`],
  ['inbox-dark', wide, 'dark', lead => `inbox/${lead.id}?tab=team`],
  ['pipeline-wide', wide, 'light', () => 'pipeline'],
  ['reports-wide', wide, 'light', () => 'reports'],
  ['inbox-phone', phone, 'light', () => 'inbox?tab=team'],
  ['lead-phone', phone, 'dark', lead => `inbox/${lead.id}?tab=team`],
];
for (const [name, viewport, colorScheme, place] of places) {
  const { page, context } = await open({ viewport, colorScheme, locale: process.env.LOCALE ?? 'en-GB' });
  await page.addInitScript(l => localStorage.setItem('language', l), (process.env.LOCALE ?? 'en').slice(0, 2));
  await page.goto(base + '/');
  await page.fill('input[name=email]', process.env.EMAIL);
  await page.fill('input[name=password]', process.env.PASSWORD);
  await page.click('button[type=submit]');
  await page.waitForSelector('.shell');
  const shown = await page.evaluate(async () => {
    const { leads } = await (await fetch('/api/v1/leads?limit=100')).json();
    return leads.find(l => l.photo && l.channel === 'viber') ?? leads[0];
  });
  await page.goto(`${base}/#/${place(shown)}`);
  await page.waitForFunction(() => document.querySelector('.columns') && !document.querySelector('.bones'));
  await page.waitForFunction(() => [...document.images].every(i => i.complete));
  await page.evaluate(() => Promise.all([...document.images].map(i => i.decode().catch(() => {}))));
  await page.mouse.move(700, 4);
  await page.screenshot({ path: join(folder, name + '.png') });
  await context.close();
}
await close();
