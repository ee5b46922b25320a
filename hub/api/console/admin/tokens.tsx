// Tokens of programs that use the API.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { call, post_secret, type Schemas } from '../parts/api';
import { AddForm } from '../parts/form';
import { Table } from '../parts/list';
import { refresh, useQuery } from '../parts/query';
import { Empty, Loaded, say_problem } from '../parts/states';
import { Ago, exact, person_name } from '../parts/text';
import { Secret } from './secret';

export function Tokens() {
  const w = words.value;
  const tokens = useQuery<Schemas['token'][]>('/tokens');
  const [secret, show] = useState('');
  return (
    <>
      <div class="subhead">
        <span class="grow" />
        <AddForm
          label={w.admin.make_token}
          fields={[
            { name: 'name', label: w.admin.token_name, required: true, most: 100 },
            { name: 'expires_at', label: w.admin.expires, type: 'date' },
          ]}
          send={async v => {
            const made = await post_secret<Schemas['made_token']>('/tokens', {
              name: v['name'],
              ...(v['expires_at'] ? { expires_at: v['expires_at'] + 'T23:59:59Z' } : {}),
            });
            show(made.token);
            await refresh('/tokens');
          }}
        />
      </div>
      {secret && (
        <div class="cards">
          <Secret text={secret} />
        </div>
      )}
      <Loaded of={tokens}>
        {list =>
          list.length === 0 ? (
            <Empty icon="key" title={w.admin.no_tokens} more={w.admin.no_tokens_more} />
          ) : (
            <div class="scroll">
              <Table
                label={w.admin.tokens}
                rows={list}
                key_of={t => t.id}
                columns={[
                  { title: w.name, of: t => t.name },
                  { title: w.admin.who, of: t => person_name(t.person) },
                  { title: w.created, named: true, of: t => exact(t.created_at) },
                  { title: w.admin.expires, named: true, of: t => (t.expires_at ? exact(t.expires_at) : w.admin.never) },
                  { title: w.admin.used, named: true, of: t => (t.used_at ? <Ago at={t.used_at} /> : '') },
                  {
                    title: '',
                    number: true,
                    of: t =>
                      t.revoked_at ? (
                        <span class="faint">{w.admin.revoked}</span>
                      ) : (
                        <button
                          type="button"
                          class="link"
                          onClick={() =>
                            void call('DELETE', `/tokens/${t.id}`)
                              .then(() => refresh('/tokens'))
                              .catch(say_problem)
                          }
                        >
                          {w.admin.revoke}
                        </button>
                      ),
                  },
                ]}
              />
            </div>
          )
        }
      </Loaded>
    </>
  );
}
