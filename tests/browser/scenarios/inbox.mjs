// What happens in a conversation: messages, replies, files.
import { readFileSync } from 'node:fs';
import {
  api,
  axe,
  base,
  customer,
  expect,
  lead_of,
  nothing_broke,
  open,
  picture,
  row,
  sign_in,
  stamp,
  until,
  viber,
  viber_file,
} from '../support.mjs';

export const inbox = {
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
  async a_customers_photo_is_sent_on_to_another_and_delivered() {
    const window = await open();
    const { page } = window;
    await sign_in(page, 'owner');
    const to = await customer(page, `Одержувач ${stamp}`, 'Чекаю на фото');
    const name = `Фотограф ${stamp}`;
    const originals = [1, 2].map(i => picture(640 + i, 480));
    const files = await Promise.all(originals.map((bytes, i) => viber_file(`${stamp}-${i + 1}.png`, bytes)));
    const at = Date.now();
    for (const media of files) await viber(name, { type: 'picture', text: '', media }, { at });
    const lead = await lead_of(page, name);
    await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
    const photos = page.locator('.said.theirs .picture');
    await until(async () => (await photos.count()) === 2, 'two photos in one gallery');
    await photos.nth(1).click();
    const viewer = page.locator('.viewer');
    await viewer.locator('header', { hasText: '2 / 2' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await viewer.locator('header', { hasText: '1 / 2' }).waitFor();
    const shown = viewer.locator('> img');
    await until(() => shown.evaluate(i => i.complete && i.naturalWidth === 641), 'the original is drawn');
    expect((await axe(page)).length === 0, 'a viewer that everybody can use: ' + (await axe(page)).join('; '));
    const whole = async ask => {
      const [download] = await Promise.all([page.waitForEvent('download'), ask()]);
      const archive = readFileSync(await download.path());
      expect(download.suggestedFilename().endsWith('.zip') && archive.readUInt32LE(0) === 0x04034b50, 'a ZIP');
      expect(originals.every(bytes => archive.includes(bytes)), 'both originals are in it, byte for byte');
    };
    await whole(() => viewer.getByLabel('Завантажити всі').click());
    await viewer.getByLabel('Надіслати далі').click();
    await viewer.locator('.popover input').fill(to.customer.name);
    await viewer.locator('.popover button', { hasText: to.customer.name }).click();
    await page.waitForURL(new RegExp(`inbox/${to.id}`));
    await viewer.waitFor({ state: 'detached' });
    await page.locator('.reply-files .tag').waitFor();
    await page.fill('[data-reply]', 'Ось воно');
    await page.press('[data-reply]', 'Enter');
    const sent = page.locator('.said.ours', { has: page.locator('.picture') });
    await sent.locator('.tick', { hasText: 'доставлено' }).waitFor();
    await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
    await photos.first().waitFor();
    await page.locator('.work-column header [aria-label="Докладно"]').click();
    await whole(() => page.getByText('Завантажити всі фото').click());
    await nothing_broke(window);
  },
};
