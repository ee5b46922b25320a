// One's own: availability, language, appearance, password, where one is signed in.
import { choose_language, language, words } from '../words';
import { call, type Me, patch, post, type Schemas } from '../parts/api';
import { Form, Tabs } from '../parts/form';
import { Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { choose_theme, me, theme } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Loaded, say, say_problem } from '../parts/states';
import { Ago } from '../parts/text';
import { browser_name } from './browser_name';
import { WaysSection } from './ways';

export function YouPage() {
  const w = words.value,
    y = w.you_page;
  const presence = useQuery<Schemas['presence']>('/presence');
  const sessions = useQuery<Schemas['session'][]>('/sessions');
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={me.value?.name ?? ''}>
            <span class="soft small">
              {me.value?.email} · {w.roles[me.value?.role ?? '']}
            </span>
          </Head>
          <div class="scroll">
            <div class="page-narrow">
              {presence.data.value && (
                <label class="line">
                  <input
                    type="checkbox"
                    checked={presence.data.value.available}
                    onChange={e =>
                      void call('PUT', '/presence', { available: e.currentTarget.checked })
                        .then(() => refresh('/presence'))
                        .catch(say_problem)
                    }
                  />
                  {y.presence}
                </label>
              )}
              <label class="line">
                <input
                  type="checkbox"
                  checked={me.value?.sound ?? false}
                  onChange={e =>
                    void patch<Me>('/me', { sound: e.currentTarget.checked })
                      .then(now => {
                        me.value = now;
                      })
                      .catch(say_problem)
                  }
                />
                {y.sound}
              </label>
              <Section title={w.language}>
                <Tabs
                  label={w.language}
                  chosen={language.value}
                  choose={l => {
                    choose_language(l);
                    void patch('/me', { language: l }).catch(say_problem);
                  }}
                  of={[
                    ['uk', 'Українська'],
                    ['en', 'English'],
                  ]}
                />
              </Section>
              <Section title={y.theme}>
                <Tabs
                  label={y.theme}
                  chosen={theme.value}
                  choose={choose_theme}
                  of={[
                    ['system', y.system],
                    ['light', y.light],
                    ['dark', y.dark],
                  ]}
                />
              </Section>
              <WaysSection />
              <Section title={y.sessions}>
                <Loaded of={sessions} rows={3}>
                  {list => (
                    <ul>
                      {list.map(s => (
                        <li key={s.id} class="panel-row">
                          <span class="cut grow" title={s.agent}>
                            {browser_name(s.agent)} <span class="faint">{s.peer}</span>
                          </span>
                          <Ago at={s.used_at} class="small faint" />
                          {s.current ? (
                            <span class="tag accent">{y.this_one}</span>
                          ) : (
                            <button
                              type="button"
                              class="link small"
                              onClick={() =>
                                void call('DELETE', `/sessions/${s.id}`)
                                  .then(() => refresh('/sessions'))
                                  .catch(say_problem)
                              }
                            >
                              {w.sign_out}
                            </button>
                          )}
                        </li>
                      ))}
                    </ul>
                  )}
                </Loaded>
              </Section>
              <Section title={y.change_password}>
                <Form
                  verb={w.save}
                  fields={[
                    { name: 'current', label: y.current, type: 'password', required: true, autocomplete: 'current-password' },
                    { name: 'password', label: y.new_one, type: 'password', required: true, autocomplete: 'new-password' },
                  ]}
                  send={async v => {
                    await post('/me/password', v);
                    say(y.changed);
                  }}
                />
              </Section>
            </div>
          </div>
        </>
      }
    />
  );
}
