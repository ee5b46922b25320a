// How one is told outside the console, kind by kind, and one's chat in Telegram.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { call, post_secret, type Schemas } from '../parts/api';
import { Tabs } from '../parts/form';
import { Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { Loaded, say, say_problem } from '../parts/states';
import { exact } from '../parts/text';

type Ways = Schemas['ways'];
const path = '/notifications/ways';

function Telegram({ linked_at }: { linked_at: string | null }) {
  const w = words.value,
    y = w.ways;
  const [code, show] = useState<Schemas['telegram_code'] | null>(null);
  const link = () =>
    post_secret<Schemas['telegram_code']>('/notifications/telegram')
      .then(made => show(made))
      .catch(say_problem);
  const unlink = () =>
    call('DELETE', '/notifications/telegram')
      .then(() => refresh('/notifications'))
      .catch(say_problem);
  if (linked_at)
    return (
      <p class="line spread">
        <span class="small soft">{y.linked(exact(linked_at))}</span>
        <button type="button" class="link small" onClick={() => void unlink()}>
          {y.unlink}
        </button>
      </p>
    );
  if (!code)
    return (
      <p class="line spread">
        <span class="small soft">{y.not_linked}</span>
        <button type="button" class="button small" onClick={() => void link()}>
          {y.link}
        </button>
      </p>
    );
  return (
    <div class="card">
      <p class="small soft">{y.code_more(exact(code.expires_at))}</p>
      {code.link ? (
        <a class="button small" href={code.link} target="_blank" rel="noreferrer noopener">
          {y.open_chat}
        </a>
      ) : (
        <p class="secret">
          <span class="grow">{code.text}</span>
          <button
            type="button"
            class="button small"
            onClick={() => void navigator.clipboard?.writeText(code.text).then(() => say(w.copied))}
          >
            {w.copy}
          </button>
        </p>
      )}
    </div>
  );
}

export function WaysSection() {
  const y = words.value.ways;
  const ways = useQuery<Ways>(path);
  const can = ways.data.value;
  if (can && !can.email && !can.telegram) return null;
  const choose = (kind: string, way: string) =>
    call('PUT', path, { kind, way })
      .then(() => refresh('/notifications'))
      .catch(say_problem);
  return (
    <Section title={y.title}>
      <Loaded of={ways} rows={3}>
        {now => (
          <>
            <p class="small soft">{y.more}</p>
            {now.telegram && <Telegram linked_at={now.telegram_linked_at} />}
            <ul class="ways">
              {now.choices.map(c => (
                <li class="panel-row" key={c.kind}>
                  <span class="grow">{y.kinds[c.kind]}</span>
                  <Tabs
                    label={y.kinds[c.kind] ?? c.kind}
                    chosen={c.way}
                    choose={way => void choose(c.kind, way)}
                    of={[
                      ['live', y.live] as [string, string],
                      ...(now.email ? [['email', y.email] as [string, string]] : []),
                      ...(now.telegram && now.telegram_linked_at ? [['telegram', 'Telegram'] as [string, string]] : []),
                    ]}
                  />
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Section>
  );
}
