// What people do with leads: stages, losing, many at once, by keyboard.
import {
  api,
  axe,
  base,
  customer,
  expect,
  lead_of,
  nothing_broke,
  open,
  password,
  row,
  sign_in,
  stamp,
  until,
} from '../support.mjs';

export const leads = {
  async a_card_is_dragged_and_a_lead_lost_with_a_reason() {
    const window = await open();
    const { page } = window;
    const name = `Дошка ${stamp}`;
    await sign_in(page, 'owner');
    const lead = await customer(page, name);
    await page.goto(`${base}/#/pipeline?q=${encodeURIComponent(name)}`);
    const card = page.locator(`[data-lead="${lead.id}"]`);
    await card.waitFor();
    await card.dragTo(page.locator('[data-stage=qualified]'));
    await page.locator(`[data-stage=qualified] [data-lead="${lead.id}"]`).waitFor();
    await until(async () => (await api(page, 'GET', `/leads/${lead.id}`)).lead.stage === 'qualified', 'the stage is kept');
    await card.hover();
    await card.locator('.popover-box > button').click();
    await card.getByText('Втрачено').click();
    await page.locator('.sheet [role=radio]').nth(1).click();
    await page.locator('.sheet textarea').fill('Передумали після дзвінка');
    await page.locator('.sheet button[type=submit]').click();
    await page.locator('.sheet').waitFor({ state: 'detached' });
    const after = await api(page, 'GET', `/leads/${lead.id}`);
    expect(after.lead.stage === 'lost' && after.lead.close_reason, 'lost with a reason');
    await nothing_broke(window);
  },

  async everything_usual_goes_by_keyboard() {
    const window = await open({ locale: 'en-GB' });
    const { page } = window;
    const name = `Keys ${stamp}`;
    await sign_in(page, 'owner');
    const lead = await customer(page, name);
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL(/#\/inbox/);
    await page.goto(`${base}/#/inbox?tab=team&q=${encodeURIComponent(name)}`);
    await row(page, name).waitFor();
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-search')), 'the search has the focus');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.waitForURL(new RegExp(`inbox/${lead.id}`));
    await page.locator('.bubble').first().waitFor();
    await page.keyboard.press('e');
    await until(async () => (await api(page, 'GET', `/leads/${lead.id}`)).lead.stage === 'contacted', 'the next stage');
    await page.keyboard.press('r');
    expect(await page.evaluate(() => document.activeElement?.hasAttribute('data-reply')), 'the reply box has the focus');
    await page.keyboard.press('Escape');
    await page.keyboard.press('t');
    await page.keyboard.press('1');
    await until(async () => (await api(page, 'GET', `/leads/${lead.id}`)).tasks.length === 1, 'a task');
    await page.locator('.bubble').first().waitFor();
    await page.keyboard.press('l');
    await page.locator('.sheet').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.sheet').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    await page.locator('.help').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL(/#\/tasks/);
    await page.locator('.task-line', { hasText: name }).waitFor();
    await nothing_broke(window);
  },
  async many_leads_are_lost_at_once() {
    const window = await open();
    const { page } = window;
    await sign_in(page, 'owner');
    const names = [1, 2, 3].map(i => `Гурт${i} ${stamp}`);
    for (const name of names) await customer(page, name);
    await page.goto(`${base}/#/pipeline?view=list&q=${encodeURIComponent(stamp)}`);
    const line = name => page.locator('tr', { hasText: name });
    for (const name of names.slice(0, 2)) await line(name).locator('input[type=checkbox]').check();
    const bulk = page.locator('.bulk');
    await bulk.locator('.strong', { hasText: '2' }).waitFor();
    await bulk.locator('.button.danger').first().click();
    expect((await axe(page)).length === 0, 'a form for many that everybody can use: ' + (await axe(page)).join('; '));
    await bulk.locator('select[name=reason]').selectOption({ index: 1 });
    await bulk.locator('button[type=submit]').click();
    await page.locator('.toast', { hasText: '2' }).waitFor();
    await bulk.waitFor({ state: 'detached' });
    for (const [i, name] of names.entries()) {
      const { lead } = await api(page, 'GET', `/leads/${(await lead_of(page, name)).id}`);
      expect((lead.stage === 'lost') === i < 2, `${name} is ${lead.stage}`);
      if (i < 2) expect(lead.close_reason, 'a reason');
    }
    await line(names[0]).waitFor({ state: 'detached' });
    await nothing_broke(window);
  },

  async a_whole_answer_without_a_mouse() {
    const window = await open({ locale: 'en-GB' });
    const { page } = window;
    const name = `Hands ${stamp}`;
    await page.goto(base + '/#/inbox?tab=team');
    await page.waitForSelector('input[name=email]');
    // Whatever has the focus can be seen to have it.
    const seen = new Set();
    const tab = async () => {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const it = document.activeElement;
        if (!it || it === document.body) return null;
        const marked = e => {
          const s = e && getComputedStyle(e);
          return s && ((s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none');
        };
        return {
          what: it.getAttribute('aria-label') || it.getAttribute('name') || it.textContent.slice(0, 40) || it.tagName,
          marked: marked(it) || it.matches('.reply-text'),
        };
      });
      if (!at) return null;
      expect(at.marked, `the focus on "${at.what}" can be seen`);
      seen.add(at.what);
      return at.what;
    };
    while ((await tab()) !== 'email');
    await page.keyboard.type('owner@example.test');
    await tab();
    await page.keyboard.type(password('owner'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('.shell');
    const lead = await customer(page, name, 'Is it still there?');
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.waitForURL(/q=Hands/);
    await row(page, name).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.locator('.bubble', { hasText: 'still there' }).waitFor();
    await page.keyboard.press('r');
    await page.keyboard.type('It is. Shall I call?');
    // Two keys from the box in which one writes.
    await page.keyboard.press('Control+j');
    await page.locator('.reply .menu').waitFor();
    await page.keyboard.press('2');
    await until(async () => (await api(page, 'GET', `/leads/${lead.id}`)).tasks.length === 1, 'a call planned for tomorrow');
    const [task] = (await api(page, 'GET', `/leads/${lead.id}`)).tasks;
    expect(task.kind === 'call', `a call, not ${task.kind}`);
    await page.keyboard.press('r');
    await page.keyboard.press('Enter');
    await page.locator('.said.ours .tick', { hasText: /delivered|доставлено/ }).waitFor();
    await page.keyboard.press('Escape');
    for (let i = 0; i < 40; ++i) await tab();
    expect(seen.size > 25, `the focus goes through the page, not only over ${seen.size} things`);
    await nothing_broke(window);
  },
};
