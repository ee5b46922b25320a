// What an ERP and the hub see differently, judged by a person.
import { erp_sends, vin_of } from '../erp.mjs';
import { api, axe, base, expect, nothing_broke, open, sign_in, until } from '../support.mjs';

export const erp = {
  async a_conflict_with_the_erp_is_judged_both_ways() {
    const window = await open();
    const { page } = window;
    await sign_in(page, 'owner');
    const cars = ['car-7001', 'car-7002'];
    const status_of = async id => (await api(page, 'GET', `/vehicles?q=${vin_of(id)}`)).vehicles[0]?.status;
    const becomes = (id, status) => until(async () => (await status_of(id)) === status, `${id} is ${status}`);
    await erp_sends(cars.map(id => ({ id })));
    for (const id of cars) await becomes(id, 'available');
    // The ERP reserves both by itself: it has its way at once, and somebody is asked.
    await erp_sends(cars.map(id => ({ id, status: 'Резерв' })));
    for (const id of cars) await becomes(id, 'reserved');
    await page.goto(`${base}/#/operations?of=conflicts`);
    const card = id => page.locator('.conflict', { has: page.getByTitle(id) });
    await card('car-7001').waitFor();
    expect((await axe(page)).length === 0, 'conflicts that everybody can judge: ' + (await axe(page)).join('; '));
    await card('car-7001').getByRole('button', { name: 'Залишити наше' }).click();
    await card('car-7001').waitFor({ state: 'detached' });
    await becomes('car-7001', 'available');
    await card('car-7002').getByRole('button', { name: 'Узяти їхнє' }).click();
    await card('car-7002').waitFor({ state: 'detached' });
    await page.goto(`${base}/#/operations?of=conflicts&judged=took_theirs`);
    await card('car-7002').locator('.side.is-kept').waitFor();
    expect((await status_of('car-7002')) === 'reserved', 'what the ERP says stays');
    await nothing_broke(window);
  },
};
