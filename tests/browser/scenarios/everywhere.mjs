// What holds on every page: signing in, a phone's width, languages and accessibility.
import { api, axe, base, customer, expect, nothing_broke, open, phone, row, sign_in, stamp } from '../support.mjs';

/// What a finger hits.
const least_tap_px = 40;

export const everywhere = {
  async a_person_signs_in_and_out() {
    const window = await open({ locale: 'en-GB' });
    const { page } = window;
    const loaded = new Map();
    const packed = [];
    page.on('response', async r => {
      if (!/^\/($|assets\/)/.test(new URL(r.url()).pathname)) return;
      const head = await r.allHeaders();
      // What the browser had kept is no load.
      if (r.status() === 200 && head['content-length']) loaded.set(r.url(), Number(head['content-length']));
      if (/\.(js|css)$/.test(r.url())) packed.push(head['content-encoding']);
    });
    await page.goto(base + '/');
    await page.fill('input[name=email]', 'owner@example.test');
    await page.fill('input[name=password]', 'not the password');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');
    await sign_in(page, 'owner');
    await page.waitForSelector('.list-column');
    const sum = [...loaded.values()].reduce((a, b) => a + b, 0);
    expect(sum > 1000 && sum < 200_000, `a first load under 200 kB, not ${sum}`);
    expect(packed.length >= 2 && packed.every(e => e === 'gzip'), 'compressed script and style');
    const rules = page.waitForResponse(r => r.url().includes('/api/v1/routing'));
    await page.goto(`${base}/#/routing`);
    expect((await (await rules).allHeaders())['content-encoding'] === 'gzip', 'compressed answers of the API');
    await page.reload();
    await page.waitForSelector('.shell');
    await page.click('.rail-you');
    await page.locator('.popover .menu button').last().click();
    await page.waitForSelector('input[name=password]');
    await nothing_broke(window);
  },

  async a_phone_shows_one_column_at_a_time() {
    const window = await open({ viewport: phone });
    const { page } = window;
    const name = `Телефон ${stamp}`;
    await sign_in(page, 'owner', '#/inbox?tab=team&by=none');
    const lead = await customer(page, name);
    await row(page, name).click();
    await page.locator('.bubble').first().waitFor();
    expect(!(await page.locator('.list-column').isVisible()), 'the list makes room');
    await page.locator('.side-button').click();
    await page.locator('.because').waitFor();
    await page.goBack();
    await page.locator('.work-column .back').click();
    await row(page, name).waitFor();
    for (const place of [
      'inbox',
      'pipeline',
      'pipeline?view=list',
      'calls',
      'tasks',
      'customers',
      'vehicles',
      'review',
      'reports',
      'operations',
      'operations?of=conflicts',
      'admin/teams',
      'routing',
      'crm',
      'you',
      'told',
    ]) {
      await page.goto(`${base}/#/${place}`);
      await page.locator('.columns').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${place} is as wide as the phone`);
      await page.waitForFunction(() => !document.querySelector('.bones'));
      const small = await page.evaluate(least => {
        const tapped = [...document.querySelectorAll('button.button, .tabs button, .chip-button, select, .bottom .rail-link')];
        return tapped
          .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < least)
          .map(e => e.outerHTML.slice(0, 120));
      }, least_tap_px);
      expect(small.length === 0, `${place} is tapped with a finger:\n` + small.join('\n'));
    }
    // What opens in a row of a list stands in the window, not in the row.
    const planned = await api(page, 'POST', `/leads/${lead.id}/tasks`, {
      title: `Показати ${stamp}`,
      kind: 'call',
      due_at: new Date().toISOString(),
    });
    expect(planned.id, 'a task: ' + JSON.stringify(planned));
    await page.goto(`${base}/#/tasks?owner=all`);
    const task = page.locator('.task-row', { hasText: `Показати ${stamp}` });
    await task.locator('.popover-box > button').tap();
    const form = await task.locator('.popover').boundingBox();
    expect(form.y >= 0 && form.y + form.height <= phone.height, `the form of a task is seen, not at ${form.y}`);
    await page.keyboard.press('Escape');
    await page.locator('.bottom .rail-link').first().tap();
    await page.waitForURL(/#\/inbox/);
    await nothing_broke(window);
  },

  async both_languages_are_whole() {
    for (const [locale, inbox, board] of [
      ['uk-UA', 'Вхідні', 'Воронка'],
      ['en-GB', 'Inbox', 'Pipeline'],
    ]) {
      const window = await open({ locale });
      const { page } = window;
      await sign_in(page, 'owner');
      await page.getByTitle(inbox, { exact: false }).first().waitFor();
      await page.goto(`${base}/#/pipeline`);
      await page.locator('h1', { hasText: board }).waitFor();
      await page.goto(`${base}/#/you`);
      await page.getByText(locale === 'uk-UA' ? 'Chrome на Linux' : 'Chrome on Linux').first().waitFor();
      const other = locale === 'uk-UA' ? 'English' : 'Українська';
      await page.getByRole('button', { name: other }).click();
      await page.waitForFunction(l => document.documentElement.lang === l, locale === 'uk-UA' ? 'en' : 'uk');
      await nothing_broke(window);
    }
  },

  async no_page_keeps_anybody_out() {
    for (const colorScheme of ['light', 'dark']) {
      const window = await open({ colorScheme });
      const { page } = window;
      await page.goto(base + '/');
      await page.waitForSelector('input[name=email]');
      let found = (await axe(page)).map(v => `sign-in ${v}`);
      await sign_in(page, 'owner');
      const lead = await customer(page, `Доступність ${colorScheme} ${stamp}`);
      const places = [
        `inbox/${lead.id}?tab=team`,
        'pipeline',
        'pipeline?view=list',
        'calls',
        'tasks?owner=all',
        `customers/${lead.customer.id}`,
        'vehicles',
        'review',
        'reports',
        'operations',
        'operations?of=conflicts',
        'admin',
        'admin/teams',
        'routing',
        'routing?view=pools',
        'routing?view=try',
        'crm',
        'you',
        'told',
      ];
      for (const place of places) {
        await page.goto(`${base}/#/${place}`);
        await page.locator('.columns').waitFor();
        await page.waitForFunction(() => !document.querySelector('.bones'));
        found = found.concat((await axe(page)).map(v => `${colorScheme} ${place} ${v}`));
      }
      expect(found.length === 0, 'nothing serious of axe:\n' + found.join('\n'));
    }
  },
};
