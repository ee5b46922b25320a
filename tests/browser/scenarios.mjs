// node scenarios.mjs NAME: one scenario in a window of its own. Ends with 0 when it went as it should.
import {
  api,
  axe,
  base,
  close,
  expect,
  keep_screen,
  lead_of,
  nothing_broke,
  open,
  phone,
  picture,
  sign_in,
  until,
  viber,
} from './support.mjs';

const stamp = Date.now().toString(36);
const row = (page, name) => page.locator('.list-row', { hasText: name }).first();

async function customer(page, name, text = 'Чи ще є авто?') {
  await viber(name, text);
  return lead_of(page, name);
}

const scenarios = {
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
    await page.reload();
    await page.waitForSelector('.shell');
    await page.click('.rail-you');
    await page.locator('.popover .menu button').last().click();
    await page.waitForSelector('input[name=password]');
    await nothing_broke(window);
  },

  async a_message_arrives_without_a_reload() {
    const window = await open();
    const { page } = window;
    const name = `Жива ${stamp}`;
    await sign_in(page, 'owner', '#/inbox?tab=team&by=none');
    await page.waitForSelector('.list-column');
    await viber(name, 'Доброго дня, чи є ще Octavia?');
    await row(page, name).waitFor();
    await row(page, name).click();
    await page.locator('.bubble', { hasText: 'чи є ще Octavia' }).waitFor();
    await viber(name, 'І ще питання про колір');
    await page.locator('.bubble', { hasText: 'питання про колір' }).waitFor();
    expect(await page.locator('.because').textContent(), 'the reason why the lead is there');
    // A draft is kept over a reload.
    await page.fill('[data-reply]', 'Так, приїздіть');
    await page.reload();
    await page.waitForSelector('[data-reply]');
    expect((await page.inputValue('[data-reply]')) === 'Так, приїздіть', 'the draft after a reload');
    await nothing_broke(window);
  },

  async a_reply_stands_in_the_conversation_with_its_fate() {
    const window = await open();
    const { page } = window;
    const name = `Відповідь ${stamp}`;
    await sign_in(page, 'owner');
    const lead = await customer(page, name);
    await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
    await page.locator('.bubble').first().waitFor();
    await until(async () => (await api(page, 'GET', `/leads/${lead.id}`)).lead.unread === 0, 'what was shown is read');
    await page.fill('[data-reply]', 'Так, Octavia ще є');
    await page.press('[data-reply]', 'Enter');
    await page.locator('.said.ours', { hasText: 'Octavia ще є' }).locator('.tick').waitFor();
    expect((await page.inputValue('[data-reply]')) === '', 'the box is empty again');
    expect((await page.evaluate(id => localStorage.getItem(`draft-${id}`), lead.id)) === null, 'no draft is left');
    await nothing_broke(window);
  },

  async a_photo_and_a_saved_text_are_sent() {
    const window = await open();
    const { page } = window;
    const name = `Фото ${stamp}`;
    await sign_in(page, 'owner');
    const lead = await customer(page, name, 'Покажіть, будь ласка');
    await api(page, 'POST', '/saved-replies', { team: 'sales', language: 'uk', title: `Вітання ${stamp}`, text: 'Вітаю, {customer}' });
    await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
    const asked = page.locator('.said.theirs', { hasText: 'Покажіть' });
    await asked.hover();
    await asked.locator('.said-reply').click();
    await page.locator('.reply-answered', { hasText: 'Покажіть' }).waitFor();
    await page.locator('.reply [aria-label="Готові відповіді"]').click();
    await page.locator('.saved-list button', { hasText: `Вітання ${stamp}` }).click();
    expect((await page.inputValue('[data-reply]')).startsWith('Вітаю, '), 'the text is in the box');
    expect(!(await page.inputValue('[data-reply]')).includes('{'), 'its gaps are filled');
    // What is no file that may be sent is refused in the server's words, and removed again.
    const picker = page.locator('.reply input[type=file]');
    await picker.setInputFiles({ name: 'setup.exe', mimeType: 'image/png', buffer: Buffer.from('MZ' + '\0'.repeat(400)) });
    await page.locator('.reply-files .late').waitFor();
    expect(await page.locator('.reply button[type=submit]').isDisabled(), 'nothing is sent with a refused file');
    await page.locator('.reply-files .late button').click();
    await picker.setInputFiles({ name: 'octavia.png', mimeType: 'image/png', buffer: picture(320, 240) });
    await page.locator('.reply-files .tag:not([aria-busy=true])', { hasText: 'octavia.png' }).waitFor();
    await page.press('[data-reply]', 'Enter');
    const shown = page.locator('.said.ours .picture img').first();
    await shown.waitFor();
    await until(() => shown.evaluate(i => i.complete && i.naturalWidth > 0), 'the picture is drawn');
    await page.locator('.said.ours', { hasText: 'Вітаю, ' }).waitFor();
    expect((await page.locator('.reply-files, .reply-answered').count()) === 0, 'the box is empty again');
    await nothing_broke(window);
  },

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

  async a_phone_shows_one_column_at_a_time() {
    const window = await open({ viewport: phone });
    const { page } = window;
    const name = `Телефон ${stamp}`;
    await sign_in(page, 'owner', '#/inbox?tab=team&by=none');
    await customer(page, name);
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
      'crm',
      'you',
      'told',
    ]) {
      await page.goto(`${base}/#/${place}`);
      await page.locator('.columns').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${place} is as wide as the phone`);
    }
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
      const other = locale === 'uk-UA' ? 'English' : 'Українська';
      await page.getByRole('button', { name: other }).click();
      await page.waitForFunction(l => document.documentElement.lang === l, locale === 'uk-UA' ? 'en' : 'uk');
      await nothing_broke(window);
    }
  },

  async a_link_sets_a_password() {
    const window = await open({ locale: 'en-GB' });
    const { page } = window;
    const email = `link-${stamp}@example.test`;
    await sign_in(page, 'admin', '#/admin');
    await page.locator('.subhead .button').first().click();
    await page.fill('input[name=name]', 'Invited Person');
    await page.fill('input[name=email]', email);
    await page.locator('.popover button[type=submit], .subhead button[type=submit]').first().click();
    const link = (await page.locator('.secret span').textContent()).trim();
    expect(link.startsWith(`${base}/#/password/`), `a link of this hub, not ${link}`);
    // Who opens it is somebody else, on a machine of their own.
    const other = await open({ locale: 'en-GB', viewport: phone });
    await other.page.goto(link);
    await other.page.fill('input[name=password]', 'a password of their own');
    await other.page.fill('input[name=again]', 'a password of another');
    await other.page.click('button[type=submit]');
    await other.page.locator('.field .problem').waitFor();
    await other.page.fill('input[name=again]', 'a password of their own');
    await other.page.click('button[type=submit]');
    await other.page.waitForSelector('input[name=email]');
    expect((await other.page.inputValue('input[name=email]')) === email, 'the address is filled in');
    await other.page.fill('input[name=password]', 'a password of their own');
    await other.page.click('button[type=submit]');
    await other.page.waitForSelector('.shell');
    const late = await open({ locale: 'en-GB' });
    await late.page.goto(link);
    await late.page.fill('input[name=password]', 'a password of a stranger');
    await late.page.fill('input[name=again]', 'a password of a stranger');
    await late.page.click('button[type=submit]');
    await late.page.locator('[role=alert]').waitFor();
    for (const one of [window, other, late]) await nothing_broke(one);
  },

  async a_message_is_tried_against_the_rules() {
    const window = await open({ locale: 'en-GB' });
    const { page } = window;
    await sign_in(page, 'owner', '#/routing');
    await page.locator('.rules summary').first().click();
    expect((await page.locator('.rules pre').first().textContent()).includes('then:'), 'the rule as it is written');
    await page.goto(`${base}/#/routing?view=try`);
    await page.fill('textarea[name=text]', 'Доброго дня, чи є ще Octavia?');
    await page.click('.routing-try button[type=submit]');
    await page.locator('.routing-outcome .verdicts').waitFor();
    expect((await page.locator('.verdicts > .strong').count()) <= 1, 'one rule speaks at most');
    const lead = await customer(page, `Спроба ${stamp}`);
    await page.goto(`${base}/#/routing?view=try&by=lead&lead=${lead.id}`);
    await page.click('.routing-try button[type=submit]');
    await page.locator('.routing-outcome .verdicts').waitFor();
    await nothing_broke(window);
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

  async hostile_texts_stay_texts() {
    const window = await open();
    const { page } = window;
    const name = `<img src=x onerror=alert(1)> ${stamp}`;
    const text = '<script>window.hit=1</script><svg onload=alert(2)> javascript:alert(3) {{7*7}} \u202Egpj.exe';
    await sign_in(page, 'owner');
    const lead = await customer(page, name, text);
    await api(page, 'POST', `/leads/${lead.id}/notes`, { text: '<iframe srcdoc="<script>alert(4)</script>">' });
    await api(page, 'PATCH', `/leads/${lead.id}`, {
      version: (await api(page, 'GET', `/leads/${lead.id}`)).lead.version,
      notes: '"><script>alert(5)</script>',
      tags: ['<b>x</b>'],
    });
    for (const place of [
      `inbox/${lead.id}?tab=team&side=1`,
      'pipeline',
      'pipeline?view=list',
      `customers/${lead.customer.id}`,
      'crm',
      'reports',
    ]) {
      await page.goto(`${base}/#/${place}`);
      await page.locator('.columns').waitFor();
      await page.waitForFunction(() => !document.querySelector('.bones'));
      expect(
        (await page.locator('img[src="x"], iframe, script:not([src])').count()) === 0,
        `${place} has no element from a stranger`,
      );
    }
    await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
    await page.locator('.bubble', { hasText: '<script>window.hit=1</script>' }).waitFor();
    await page.locator('h1', { hasText: '<img src=x onerror=alert(1)>' }).waitFor();
    expect((await page.evaluate(() => window.hit)) === undefined, 'no script of a stranger runs');
    await nothing_broke(window);
  },
};

const [, , name] = process.argv;
try {
  await scenarios[name]();
} catch (e) {
  console.error(e);
  await keep_screen(name);
  process.exitCode = 1;
} finally {
  await close();
}
