// A call as its supervisor and whoever talked in it see it.
import { api, axe, base, expect, nothing_broke, open, phone, sign_in, silence, stamp, talked, until, viber_file } from '../support.mjs';

const seconds = 9;

/// A call of Olena's on a lead of hers, with its recording.
async function recorded_call(page) {
  const known = new Set((await api(page, 'GET', '/calls?limit=200')).calls.map(c => c.id));
  await talked(`reviewed-${stamp}`, '380000000907', '101', await viber_file(`call-${stamp}.wav`, silence(seconds), 'audio/wav'), seconds);
  const call = await until(
    async () => (await api(page, 'GET', '/calls?limit=200')).calls.find(c => !known.has(c.id) && c.recording?.id),
    'a call with its recording',
  );
  const { lead } = await api(page, 'GET', `/leads/${call.lead_id}`);
  if (lead.owner?.id !== call.manager.id)
    await api(page, 'POST', `/leads/${lead.id}/assign`, { staff_id: call.manager.id, reason: 'talked with them', version: lead.version });
  return call;
}
const at_second = (page, from) =>
  page.waitForFunction(s => Math.abs((document.querySelector('audio')?.currentTime ?? -9) - s) < 2, from);

export const calls = {
  async a_call_is_scored_with_its_seconds_and_the_manager_answers() {
    const [his, hers] = [await open(), await open({ viewport: phone, colorScheme: 'dark' })];
    await sign_in(his.page, 'owner');
    await sign_in(hers.page, 'olena');
    const call = await recorded_call(his.page);
    await his.page.goto(`${base}/#/calls/${call.id}?status=unreviewed`);
    const listed = his.page.locator('.list-row', { has: his.page.locator(`[href*="calls/${call.id}"]`) });
    await listed.waitFor();
    await his.page.getByRole('button', { name: 'Оцінити розмову' }).click();
    const form = his.page.locator('.scoring');
    await form.waitFor();
    expect((await axe(his.page)).length === 0, 'the form: ' + (await axe(his.page)).join('; '));
    const send = form.locator('button[type=submit]');
    expect(await send.isDisabled(), 'nothing to send yet');

    // Paused at the fifth second, which c takes into the criterion that is being scored; digits give points.
    await his.page.locator('audio').evaluate(a => a.play());
    await his.page.locator('audio').evaluate(a => {
      a.pause();
      a.currentTime = 5;
    });
    await at_second(his.page, 5);
    await form.locator('.point').first().focus();
    await his.page.keyboard.press('4');
    await his.page.keyboard.press('c');
    await form.locator('.scored').first().locator('.cited-jump', { hasText: '0:05' }).waitFor();
    await his.page.keyboard.press('n');
    await his.page.keyboard.press('5');
    for (const [row, points] of [
      [2, '2'],
      [3, 'не стосується'],
    ])
      await form.locator('.scored').nth(row).getByRole('radio', { name: points, exact: true }).click();
    await form.locator('.scored').nth(2).locator('input').fill('Тут про кредит');
    await form.locator('textarea').fill('Добра розмова');
    await send.click();
    await his.page.locator('.review .tag', { hasText: '73 %' }).waitFor();
    await his.page.locator('.review', { hasText: 'ще не прочитано' }).waitFor();
    // It waits for a review no more.
    await listed.waitFor({ state: 'detached' });

    // She is told, opens it from there, hears the second and answers.
    await hers.page.goto(`${base}/#/told`);
    await hers.page.locator('.told-line', { hasText: 'Вашу розмову оцінено' }).first().click();
    const read = hers.page.locator('.review');
    await read.locator('.words', { hasText: 'Добра розмова' }).waitFor();
    await his.page.locator('.review', { hasText: ' прочитано' }).waitFor();
    await read.locator('.cited-jump').click();
    await at_second(hers.page, 5);
    expect((await axe(hers.page)).length === 0, 'the review on a phone: ' + (await axe(hers.page)).join('; '));
    await read.getByRole('button', { name: 'Відповісти' }).click();
    await read.locator('textarea').fill('Дякую, перечитаю умови');
    await read.locator('button[type=submit]').click();
    await read.locator('.review-answer', { hasText: 'Дякую, перечитаю умови' }).waitFor();
    expect((await read.getByRole('button', { name: 'Відповісти' }).count()) === 0, 'once');

    await his.page.locator('.review-answer', { hasText: 'Дякую, перечитаю умови' }).waitFor();
    expect((await his.page.locator('.review').getByRole('button', { name: 'Змінити' }).count()) === 0, 'an answered one stays');
    await his.page.goto(`${base}/#/inbox/${call.lead_id}?tab=team`);
    await his.page.locator('.call-card .tag', { hasText: '73 %' }).waitFor();
    await his.page.goto(`${base}/#/reports`);
    await his.page.locator('.chart', { hasText: 'Наскільки добрі розмови?' }).locator('.bars-text', { hasText: '73 %' }).waitFor();

    // The lead goes to a colleague, and the recording with it; what she was told stays hers.
    const { lead } = await api(his.page, 'GET', `/leads/${call.lead_id}`);
    const iryna = (await api(his.page, 'GET', '/staff')).find(p => p.email === 'iryna@example.test');
    await api(his.page, 'POST', `/leads/${lead.id}/assign`, { staff_id: iryna.id, reason: 'nearer', version: lead.version });
    await hers.page.reload();
    await read.locator('.words', { hasText: 'Добра розмова' }).waitFor();
    await hers.page.locator('.section', { hasText: 'Лід цього дзвінка веде хтось інший' }).waitFor();
    expect(await read.locator('.cited-jump').isDisabled(), 'a second that cannot be played');
    for (const window of [his, hers]) await nothing_broke(window);
  },
};
