// Customers: merged by hand and taken apart again.
import { api, axe, base, customer, expect, nothing_broke, open, row, sign_in, stamp, until } from '../support.mjs';

export const customers = {
  async two_customers_are_merged_and_taken_apart() {
    const window = await open();
    const { page } = window;
    await sign_in(page, 'owner');
    const one = await customer(page, `Ганна Перша ${stamp}`, 'Пишу з першого номера');
    const two = await customer(page, `Ганна Друга ${stamp}`, 'Пишу з другого номера');
    await page.goto(`${base}/#/customers/${one.customer.id}`);
    await page.getByLabel('Об’єднати з').first().click();
    await page.locator('.popover input').fill(`Ганна Друга ${stamp}`);
    await page.locator('.popover button', { hasText: `Ганна Друга ${stamp}` }).click();
    expect((await axe(page)).length === 0, 'a form for merging that everybody can use: ' + (await axe(page)).join('; '));
    await page.locator('.popover input[name=reason]').fill('Та сама людина, два телефони');
    await page.locator('.popover button[type=submit]').click();
    await page.locator('.popover').waitFor({ state: 'detached' });
    const found = await until(async () => {
      const now = await api(page, 'GET', `/customers/${two.customer.id}`);
      return now.merged?.length === 1 && now.leads.length === 2 && now;
    }, 'one customer with two leads');
    await page.goto(`${base}/#/customers/${found.id}`);
    // Both histories stand in one.
    for (const text of ['з першого номера', 'з другого номера']) await page.locator('.past-line', { hasText: text }).waitFor();
    await page.locator('.facts', { hasText: `Ганна Перша ${stamp}` }).waitFor();
    await page.getByRole('button', { name: 'Роз’єднати' }).click();
    await page.getByRole('button', { name: 'Роз’єднати' }).waitFor({ state: 'detached' });
    for (const lead of [one, two]) {
      const now = await api(page, 'GET', `/customers/${lead.customer.id}`);
      expect(now.merged.length === 0 && now.leads.length === 1, 'each has their own lead again');
      await page.goto(`${base}/#/customers?q=${encodeURIComponent(now.name)}`);
      await row(page, now.name).waitFor();
    }
    await nothing_broke(window);
  },
};
