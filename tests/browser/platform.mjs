// Viber as the hub sees it, for the browser's tests: `PORT=... node platform.mjs`. Keeps files that customers send (PUT /file/NAME, then
// GET), takes messages (POST /pa/send_message), fetches what they carry by the hub's public address as Viber does, and tells delivery.
// PUT /hub says where the webhooks are and what signs them; /hub/... is that address from outside, as behind a proxy.
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

const files = new Map();
let hub = null;
let token = Date.now() * 1000;

async function tell(event, message_token, user_id) {
  const bytes = JSON.stringify({ event, timestamp: Date.now(), message_token, user_id });
  const signature = createHmac('sha256', hub.secret).update(bytes).digest('hex');
  await fetch(hub.webhooks + '/webhooks/viber/main', {
    method: 'POST',
    body: bytes,
    headers: { 'Content-Type': 'application/json', 'X-Viber-Content-Signature': signature },
  });
}

async function take(message) {
  const mine = ++token;
  // A picture that cannot be fetched is not delivered.
  const there = !message.media || (await fetch(message.media)).ok;
  setTimeout(() => void tell(there ? 'delivered' : 'failed', mine, message.receiver).catch(() => {}), 50);
  return { status: 0, status_message: 'ok', message_token: mine };
}

const answer = (to, status, body, type = 'application/json') => {
  to.writeHead(status, { 'Content-Type': type });
  to.end(body);
};

createServer((from, to) => {
  const parts = [];
  from.on('data', part => parts.push(part));
  from.on('end', async () => {
    const body = Buffer.concat(parts);
    const { pathname } = new URL(from.url, 'http://platform');
    try {
      if (from.method === 'PUT' && pathname === '/hub') {
        hub = JSON.parse(body);
        return answer(to, 204);
      }
      if (pathname.startsWith('/hub/')) {
        const got = await fetch(hub.webhooks + from.url.slice(4));
        return answer(to, got.status, Buffer.from(await got.arrayBuffer()), got.headers.get('Content-Type') ?? '');
      }
      if (from.method === 'PUT') {
        files.set(pathname, { body, type: from.headers['content-type'] });
        return answer(to, 204);
      }
      const file = files.get(pathname);
      if (file) return answer(to, 200, file.body, file.type);
      if (pathname === '/pa/send_message') return answer(to, 200, JSON.stringify(await take(JSON.parse(body))));
      if (pathname.startsWith('/pa/')) return answer(to, 200, '{"status":0,"status_message":"ok"}');
      answer(to, 404, '{}');
    } catch (e) {
      answer(to, 500, JSON.stringify({ status: 1, status_message: String(e) }));
    }
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
