// Many files as one ZIP. The browser puts it together out of the originals, one after the other, so that nobody but the person who asks
// needs the right to open them, and the server keeps no archive.
import { downloadZip } from 'client-zip';
import { get, Problem, query_of, type Schemas } from './api';
import { media_url } from './media';

const page_size = 100;
const link_lives_ms = 60_000;

/// The server names a file by what it really is, and the number keeps two photo.jpg apart.
const name_of = (answer: Response, nth: number) => {
  const told = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get('content-disposition') ?? '')?.[1];
  return `${String(nth).padStart(3, '0')} ${told ? decodeURIComponent(told) : 'file'}`;
};

async function* originals(ids: number[]) {
  for (const [i, id] of ids.entries()) {
    const input = await fetch(media_url(id), { credentials: 'same-origin' });
    if (!input.ok) throw new Problem(input.status, `${i + 1} / ${ids.length}: ${input.statusText}`);
    yield { name: name_of(input, i + 1), input };
  }
}

/// All of them or a problem: an archive that lacks some would be taken for whole.
export async function download_all(ids: number[], as: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await downloadZip(originals(ids)).blob());
  link.download = `${as}.zip`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), link_lives_ms);
}

/// Of a lead's conversation, the oldest first.
export async function photos_of_lead(lead: number) {
  const ids: number[] = [];
  let before: string | null = null;
  do {
    const page: Schemas['media_page'] = await get('/media' + query_of({ lead, type: 'photo', limit: page_size, before }));
    ids.push(...page.files.map(f => f.id));
    before = page.next;
  } while (before);
  return ids.reverse();
}
