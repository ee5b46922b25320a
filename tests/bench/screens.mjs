// The browser's part of bench_screens. `photos N` makes that many photos of the size messengers send, puts them into the store and prints
// their ids; `measure LEAD` opens that lead again and again on an emulated phone, then scrolls the inbox, and prints what it took.
import { close, keep_screen, launch, phone, wide } from '../browser/support.mjs';

const base = process.env.CONSOLE;
const [, , task, word] = process.argv;

async function window_of(viewport) {
  const context = await (await launch()).newContext({ viewport, locale: 'en-GB', hasTouch: viewport === phone });
  await context.addCookies([{ name: 'leadyard_session', value: process.env.SESSION, url: base }]);
  const page = await context.newPage();
  const devtools = await context.newCDPSession(page);
  return { context, page, devtools };
}
const percentile = (list, part) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(part * list.length))];

/// JPEGs of 1600 x 1200, some 300 kB each: a car-coloured ground, shapes and noise.
async function photos(count) {
  const { page } = await window_of(wide);
  await page.goto(base + '/');
  await page.waitForSelector('.shell');
  return page.evaluate(async n => {
    const canvas = new OffscreenCanvas(1600, 1200);
    const draw = canvas.getContext('2d', { willReadFrequently: true });
    const ids = [];
    for (let i = 0; i < n; ++i) {
      draw.fillStyle = `hsl(${(i * 37) % 360} 30% 55%)`;
      draw.fillRect(0, 0, 1600, 1200);
      for (let k = 0; k < 60; ++k) {
        draw.fillStyle = `hsl(${(i * 91 + k * 17) % 360} 40% ${30 + (k % 5) * 10}% / .6)`;
        draw.fillRect((k * 397 + i * 31) % 1500, (k * 211 + i * 53) % 1100, 60 + ((k * 71) % 300), 40 + ((k * 43) % 200));
      }
      const pixels = draw.getImageData(0, 0, 1600, 1200);
      for (let p = 0, seed = i + 1; p < pixels.data.length; p += 4) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        const noise = ((seed >> 16) & 15) - 8;
        for (let c = 0; c < 3; ++c) pixels.data[p + c] += noise;
      }
      draw.putImageData(pixels, 0, 0);
      const body = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.75 });
      const answer = await fetch(`/api/v1/media?name=IMG_${i}.jpg`, { method: 'POST', body });
      const kept = await answer.json();
      if (!answer.ok) throw new Error(JSON.stringify(kept));
      ids.push(kept.id);
    }
    return ids;
  }, count);
}

/// From the tap in the list until what was said stands there and every photo on the screen is drawn.
async function open_lead(lead, network) {
  const { context, page, devtools } = await window_of(phone);
  await page.goto(base + '/#/inbox?tab=team');
  await page.waitForSelector('.list-row');
  await page.waitForTimeout(1000); // the list's own reading is over
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', { offline: false, ...network });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  let bytes = 0,
    asked = 0;
  devtools.on('Network.loadingFinished', e => {
    bytes += e.encodedDataLength;
  });
  devtools.on('Network.requestWillBeSent', e => {
    if (e.request.url.includes('/media/')) ++asked;
  });
  const took = await page.evaluate(async id => {
    const begun = performance.now();
    history.pushState(null, '', `#/inbox/${id}?tab=team`);
    dispatchEvent(new PopStateEvent('popstate'));
    const visible = e => {
      const at = e.getBoundingClientRect();
      return at.bottom > 0 && at.top < innerHeight && at.width > 0;
    };
    let said = 0;
    for (;;) {
      await new Promise(done => requestAnimationFrame(done));
      const pictures = [...document.querySelectorAll('.picture')].filter(visible).map(b => b.querySelector('img'));
      if (!said && document.querySelector('.bubble')) said = performance.now() - begun;
      if (pictures.length && pictures.every(i => i.complete && i.naturalWidth > 0)) {
        await Promise.all(pictures.map(i => i.decode()));
        return { said, drawn: performance.now() - begun, pictures: pictures.length };
      }
      if (performance.now() - begun > 30_000) return { said, drawn: 30_000, pictures: pictures.length };
    }
  }, lead);
  await context.close();
  return { ...took, bytes, asked };
}

async function scroll(rate) {
  const { context, page, devtools } = await window_of(wide);
  await page.goto(base + '/#/inbox?tab=team&by=none');
  await page.waitForSelector('.list-row');
  if (rate > 1) await devtools.send('Emulation.setCPUThrottlingRate', { rate });
  await page.evaluate(() => {
    window.frames_ms = [];
    let before = performance.now();
    const frame = () => {
      const now = performance.now();
      window.frames_ms.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  // A hand on a wheel for ten seconds.
  const box = await page.locator('.list-scroll').boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  const begun = Date.now();
  while (Date.now() - begun < 10_000) await page.mouse.wheel(0, 300);
  const { ms, rows } = await page.evaluate(() => ({
    ms: window.frames_ms,
    rows: Math.round(document.querySelector('.list-scroll').scrollTop / 74),
  }));
  await context.close();
  return { ms, rows };
}

const figure = n => n.toFixed(0).padStart(7);
async function measure(lead) {
  const networks = [
    ['slow 4G (150 ms, 1.6 Mbit/s)', { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 }],
    ['4G (60 ms, 9 Mbit/s)', { latency: 60, downloadThroughput: 9e6 / 8, uploadThroughput: 1.5e6 / 8 }],
  ];
  const line = (what, all) =>
    console.log(
      `${what.padEnd(58)}${figure(percentile(all.map(a => a.said), 0.5))}${figure(percentile(all.map(a => a.drawn), 0.5))}` +
        `${figure(Math.max(...all.map(a => a.drawn)))}${figure(all[0].pictures)}${figure(all[0].asked)}${figure(all[0].bytes / 1000)}`,
    );
  console.log('a lead with 100 photos, CPU slowed down 4 times             text   drawn    most  photos   asked      kB');
  line('first time, thumbnails being made, ' + networks[1][0], [await open_lead(lead, networks[1][1])]);
  for (const [name, network] of networks) {
    const all = [];
    for (let i = 0; i < 7; ++i) all.push(await open_lead(lead, network));
    line(name, all);
  }
  for (const rate of [1, 4]) {
    const { ms, rows } = await scroll(rate);
    console.log(
      `scrolling 10 s, CPU slowed down ${rate}: ${rows} rows, ${ms.length} frames, p50 ${percentile(ms, 0.5).toFixed(1)} ms, ` +
        `p99 ${percentile(ms, 0.99).toFixed(1)} ms, over 50 ms ${ms.filter(m => m > 50).length}, most ${Math.max(...ms).toFixed(0)} ms`,
    );
  }
}

try {
  if (task === 'photos') console.log((await photos(Number(word))).join('\n'));
  else await measure(Number(word));
} catch (e) {
  console.error(e);
  await keep_screen('bench');
  process.exitCode = 1;
} finally {
  await close();
}
