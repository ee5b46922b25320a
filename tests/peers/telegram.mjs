// Telegram's Bot API as strangers emulate it: npm's telegram-test-api for what is said, Multer for what is uploaded, since that
// emulator takes no files. Neither knows anything of the hub.
//
// Usage, in the folder with the packages: node telegram.mjs DIRECTORY
// Writes its port to DIRECTORY/port. POST /getUpdates {token, chatId} answers what the bot has sent to that chat since, as the
// emulated user sees it: text and keyboard as they came, of each file its field, name, type, size and SHA-256.
import { createHash } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const packages = createRequire(join(process.cwd(), 'package.json'));
const express = packages('express');
const multer = packages('multer');
const TelegramServer = packages('telegram-test-api');

const directory = process.argv[2];
const emulator = new TelegramServer({ storeTimeout: 600 });
const front = express();

const upload = multer({ storage: multer.memoryStorage(), limits: { fileSize: 50 << 20 } });
front.post('/bot:token/:method(sendPhoto|sendVideo|sendVoice|sendDocument)', upload.any(), (request, answer) => {
  if (!request.is('multipart/form-data')) {
    answer.status(400).json({ ok: false, error_code: 400, description: 'Bad Request: there is no file' });
    return;
  }
  const files = request.files.map((one) => ({
    field: one.fieldname,
    // Multer reads names as Latin-1, as RFC 7578's elder did; browsers and bots send UTF-8.
    name: Buffer.from(one.originalname, 'latin1').toString('utf8'),
    type: one.mimetype,
    size: one.size,
    sha256: createHash('sha256').update(one.buffer).digest('hex'),
  }));
  const result = emulator.addBotMessage({ ...request.body, method: request.params.method, files }, request.params.token);
  answer.json({ ok: true, result });
});
front.use(emulator.webServer);

const server = front.listen(0, '127.0.0.1', () => {
  writeFileSync(join(directory, 'port.part'), String(server.address().port));
  renameSync(join(directory, 'port.part'), join(directory, 'port'));
});
