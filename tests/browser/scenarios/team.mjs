// Several people at once: who writes, who claims first, who leaves.
import { api, axe, base, customer, expect, lead_of, nothing_broke, open, phone, sign_in, stamp, until, website } from '../support.mjs';

const person = async (page, email) => (await api(page, 'GET', '/staff')).find(p => p.email === `${email}@example.test`);
async function assign(page, lead, to) {
  const { version } = (await api(page, 'GET', `/leads/${lead.id}`)).lead;
  await api(page, 'POST', `/leads/${lead.id}/assign`, { staff_id: to.id, reason: 'knows the car', version });
}

export const team = {
  async two_people_in_one_lead_see_each_other() {
    const [hers, his] = [await open(), await open()];
    await sign_in(hers.page, 'olena');
    await sign_in(his.page, 'owner');
    const lead = await customer(his.page, `Двоє ${stamp}`);
    await assign(his.page, lead, await person(his.page, 'olena'));
    for (const { page } of [hers, his]) {
      await page.goto(`${base}/#/inbox/${lead.id}?tab=team`);
      await page.locator('.bubble').first().waitFor();
    }
    await hers.page.locator('[data-reply]').pressSequentially('Так, ');
    await his.page.locator('.reply-typing', { hasText: 'Олена Коваль' }).waitFor();
    expect((await hers.page.locator('.reply-typing').textContent()) === '', 'nobody sees their own typing');
    await hers.page.locator('[data-reply]').pressSequentially('авто ще є');
    await hers.page.keyboard.press('Enter');
    await his.page.locator('.said.ours', { hasText: 'Так, авто ще є' }).waitFor();
    await his.page.locator('.said.ours .said-head', { hasText: 'Олена Коваль' }).waitFor();
    // And in the other direction.
    await his.page.locator('[data-reply]').pressSequentially('Ключі у мене');
    await hers.page.locator('.reply-typing', { hasText: 'Андрій Лисенко' }).waitFor();
    for (const window of [hers, his]) await nothing_broke(window);
  },

  async who_claims_second_is_told_who_has_it() {
    const windows = [await open(), await open()];
    const [one, two] = windows.map(w => w.page);
    await sign_in(one, 'olha');
    await sign_in(two, 'maksym');
    const company = `Перші ${stamp}`;
    await website(company, 'quote', 900);
    const lead = await lead_of(one, company);
    expect(lead.owner === null, 'the hub gives it to nobody');
    for (const page of [one, two]) {
      await page.goto(`${base}/#/inbox/${lead.id}?tab=none`);
      await page.locator('.head .button.primary').waitFor();
    }
    expect((await axe(one)).length === 0, 'an unassigned lead that everybody can claim: ' + (await axe(one)).join('; '));
    const toasts = await Promise.all(
      [one, two].map(async page => {
        await page.evaluate(() => document.querySelector('.head .button.primary').click());
        await page.locator('.toast').first().waitFor();
        return page.locator('.toast').first().textContent();
      }),
    );
    const first = toasts.findIndex(t => t.includes('Тепер ваш'));
    const owner = ['Ольга Романенко', 'Максим Клименко'][first];
    expect(owner, `somebody was first: ${toasts.join(', ')}`);
    expect(toasts[1 - first].includes(owner), `the second is told that ${owner} has it, not ${toasts[1 - first]}`);
    const [having, other] = first === 0 ? [one, two] : [two, one];
    for (const page of [one, two]) await page.locator('.head .button.primary').waitFor({ state: 'detached' });
    await having.locator('.lead-title', { hasText: 'ви' }).waitFor();
    // Given back, it is everybody's again, on the other's screen, too.
    await having.locator('.head .popover-box > button[aria-haspopup]').last().click();
    await having.locator('.menu button', { hasText: 'Повернути' }).click();
    await other.locator('.head .button.primary').waitFor();
    await other.locator('.head .button.primary').click();
    await until(async () => (await api(other, 'GET', `/leads/${lead.id}`)).lead?.owner, 'the other has it');
    for (const window of windows) await nothing_broke(window);
  },

  async who_leaves_hands_their_leads_over() {
    const [admins, hers, owners] = [await open(), await open(), await open()];
    await sign_in(admins.page, 'admin', '#/admin/staff');
    await sign_in(owners.page, 'owner');
    await sign_in(hers.page, 'iryna');
    const lead = await customer(owners.page, `Спадок ${stamp}`);
    const iryna = await person(owners.page, 'iryna');
    await assign(owners.page, lead, iryna);
    const line = admins.page.locator('tr', { hasText: iryna.name });
    const menu = async verb => {
      await line.getByRole('button').last().click();
      await admins.page.locator('.popover .menu button', { hasText: verb }).click();
    };
    await menu('Вимкнути');
    await admins.page.locator('.toast', { hasText: 'Повернуто в чергу' }).waitFor();
    await line.locator('.tag', { hasText: 'Вимкнено' }).waitFor();
    // Whose window it was has to sign in, and cannot.
    await hers.page.locator('input[name=password]').waitFor();
    await until(async () => {
      const { owner } = (await api(owners.page, 'GET', `/leads/${lead.id}`)).lead;
      return owner?.id !== iryna.id;
    }, 'the lead is in other hands, or waits for them');
    await menu('Увімкнути');
    await line.locator('.tag', { hasText: 'Вимкнено' }).waitFor({ state: 'detached' });
    await nothing_broke(admins);
    await nothing_broke(owners);
  },

  async the_audit_is_in_words() {
    const [admins, owners] = [await open(), await open()];
    await sign_in(owners.page, 'owner');
    const lead = await customer(owners.page, `Журнал ${stamp}`);
    const { owner } = await until(async () => {
      const now = await lead_of(owners.page, lead.customer.name);
      return now.owner && now;
    }, 'the rules give it to somebody');
    const to = await person(owners.page, owner.name === 'Олена Коваль' ? 'sofia' : 'olena');
    await assign(owners.page, lead, to);
    await sign_in(admins.page, 'admin', '#/admin/audit');
    await admins.page.locator('[data-search]').fill(`лід ${lead.id}`);
    const line = admins.page.locator('tbody tr', { hasText: 'Передано ліда' }).filter({ hasText: `№${lead.id}` });
    await line.getByText(`→ ${to.name}`).waitFor();
    await admins.page.locator('[data-search]').fill('');
    await admins.page.locator('tbody tr', { hasText: 'Вхід' }).first().waitFor();
    const raw = await admins.page.evaluate(() =>
      [...document.querySelectorAll('tbody td')].map(d => d.innerText).filter(t => /[{}]|^[a-z]+(_[a-z]+)+$/.test(t)),
    );
    expect(raw.length === 0, 'no name of the database: ' + raw.join(', '));
    await nothing_broke(admins);
    await nothing_broke(owners);
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
};
