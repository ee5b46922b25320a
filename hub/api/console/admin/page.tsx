// Administration: people, teams, absences, tokens, the audit. What a role may not do is not offered.
import { useState } from 'preact/hooks';
import { region, words } from '../words';
import { call, patch, post, post_secret, type Schemas } from '../parts/api';
import { AddForm, Form, Popover, Search, Tabs } from '../parts/form';
import { Icon } from '../parts/icons';
import { Table } from '../parts/list';
import { Presence } from '../parts/presence';
import { refresh, useQuery } from '../parts/query';
import { go, place } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, say, say_problem } from '../parts/states';
import { Ago, exact, Face, number, person_name, team_name } from '../parts/text';
import { Audit } from './audit';
import { Secret } from './secret';
import { Tokens } from './tokens';

type Staff = Schemas['staff'];

function People() {
  const w = words.value;
  const staff = useQuery<Staff[]>('/staff');
  const [link, show] = useState<Schemas['password_link'] | null>(null);
  const [q, find] = useState('');
  const make_link = async (id: number) => show(await post_secret<Schemas['password_link']>(`/staff/${id}/password-link`));
  const admin = may('admin');
  const roles = Object.entries(w.roles);
  return (
    <>
      <div class="subhead">
        <Search value={q} set={find} label={w.search} />
        <span class="grow" />
        {admin && (
          <AddForm
            label={w.admin.invite}
            fields={[
              { name: 'name', label: w.name, required: true, most: 200 },
              { name: 'email', label: w.email, type: 'email', required: true, most: 254 },
              { name: 'role', label: w.admin.role, type: 'select', options: roles, value: 'manager' },
            ]}
            send={async v => {
              const made = await post_secret<Schemas['invited']>('/staff', v);
              await refresh('/staff');
              await make_link(made.person.id);
            }}
          />
        )}
      </div>
      {link && (
        <div class="cards">
          <Secret
            text={`${location.origin}/#/password/${link.token}`}
            about={w.admin.link_for(link.person.name, exact(link.expires_at))}
          />
        </div>
      )}
      <Loaded of={staff} rows={8}>
        {people => (
          <div class="scroll">
            <Table
              label={w.admin.staff}
              rows={people
                .filter(p => p.name.toLowerCase().includes(q.toLowerCase()))
                .sort((a, b) => Number(b.active) - Number(a.active) || a.name.localeCompare(b.name, region.value))}
              key_of={p => p.id}
              columns={[
                {
                  title: w.name,
                  of: p => (
                    <span class="line">
                      <Face name={p.name} small />
                      <span class="cut">{p.name}</span>
                      {!p.active && <span class="tag">{w.admin.inactive}</span>}
                    </span>
                  ),
                },
                { title: w.admin.role, of: p => w.roles[p.role] },
                { title: w.email, of: p => p.email ?? '' },
                { title: w.admin.teams, of: p => p.teams.map(team_name).join(', ') },
                { title: w.open_leads, number: true, named: true, of: p => number(p.open_leads) },
                ...(admin
                  ? [
                      {
                        title: '',
                        of: (p: Staff) => (
                          <Popover
                            label={`${w.edit} ${p.name}`}
                            align="right"
                            name="button quiet icon small"
                            button={<Icon name="more" size={14} />}
                          >
                            {close => (
                              <div class="form">
                                <Form
                                  cancel={close}
                                  done={close}
                                  fields={[
                                    { name: 'name', label: w.name, value: p.name, required: true, most: 200 },
                                    { name: 'role', label: w.admin.role, type: 'select', options: roles, value: p.role },
                                    { name: 'zone', label: w.admin.zone, value: p.zone, most: 64 },
                                  ]}
                                  send={async v => {
                                    await patch(`/staff/${p.id}`, v);
                                    await refresh('/staff');
                                  }}
                                />
                                <div class="menu">
                                  <button
                                    type="button"
                                    onClick={() => {
                                      close();
                                      void make_link(p.id).catch(say_problem);
                                    }}
                                    disabled={!p.active}
                                  >
                                    {w.admin.make_link}
                                  </button>
                                  <button
                                    type="button"
                                    class={p.active ? 'danger' : ''}
                                    title={w.admin.deactivate_more}
                                    onClick={() => {
                                      close();
                                      void patch<Schemas['invited']>(`/staff/${p.id}`, { active: !p.active })
                                        .then(made => {
                                          if (p.active) say(w.admin.deactivated(p.name, made.queued_leads));
                                          return refresh('/staff');
                                        })
                                        .catch(say_problem);
                                    }}
                                  >
                                    {p.active ? w.admin.deactivate : w.admin.activate}
                                  </button>
                                </div>
                              </div>
                            )}
                          </Popover>
                        ),
                      },
                    ]
                  : []),
              ]}
            />
          </div>
        )}
      </Loaded>
    </>
  );
}

function Teams() {
  const w = words.value;
  const teams = useQuery<Schemas['team'][]>('/teams');
  return (
    <Loaded of={teams}>
      {list =>
        list.length === 0 ? (
          <Empty icon="customers" title={w.admin.none} />
        ) : (
          <div class="scroll ground">
            <div class="cards">
              {list.map(t => (
                <article class="card" key={t.name}>
                  <header class="line spread">
                    <h2>{team_name(t.name)}</h2>
                    <span class={'tag ' + (t.open ? 'done' : '')} title={t.next_change ? exact(t.next_change) : ''}>
                      {t.open ? w.admin.open_hours : w.admin.closed_hours}
                    </span>
                  </header>
                  <p class="small soft">
                    {w.admin.queued}: <span class={t.queued ? 'soon strong' : ''}>{t.queued}</span>
                    {t.oldest_queued && (
                      <>
                        {' '}
                        · <Ago at={t.oldest_queued} />
                      </>
                    )}
                  </p>
                  <ul>
                    {t.members.map(m => (
                      <li class="panel-row" key={m.person.id}>
                        <Face name={m.person.name} small />
                        <span class="cut grow">
                          {m.person.name}
                          {m.supervisor && <span class="faint"> · {w.admin.supervisor}</span>}
                        </span>
                        <Presence of={m} />
                        <span class="count" title={w.open_leads}>
                          {m.open_leads}
                        </span>
                      </li>
                    ))}
                  </ul>
                </article>
              ))}
            </div>
          </div>
        )
      }
    </Loaded>
  );
}

function Absences() {
  const w = words.value;
  const absences = useQuery<Schemas['absence'][]>('/absences');
  const staff = useQuery<Staff[]>('/staff');
  const others = may('supervisor', 'admin');
  return (
    <>
      <div class="subhead">
        <span class="grow" />
        {!may('analyst') && (
          <AddForm
            label={w.admin.add_absence}
            fields={[
              ...(others
                ? [
                    {
                      name: 'staff_id',
                      label: w.admin.who,
                      type: 'select' as const,
                      options: [
                        ['', w.you],
                        ...(staff.data.value ?? [])
                          .filter(p => p.active)
                          .map(p => [String(p.id), p.name] as [string, string]),
                      ] as [string, string][],
                    },
                  ]
                : []),
              { name: 'begins_at', label: w.admin.begins, type: 'datetime-local', required: true },
              { name: 'ends_at', label: w.admin.ends, type: 'datetime-local' },
              { name: 'reason', label: w.reason, most: 200 },
            ]}
            send={async v => {
              await post('/absences', {
                ...(v['staff_id'] ? { staff_id: Number(v['staff_id']) } : {}),
                begins_at: new Date(v['begins_at'] ?? '').toISOString(),
                ...(v['ends_at'] ? { ends_at: new Date(v['ends_at']).toISOString() } : {}),
                reason: v['reason'],
              });
              await refresh('/absences');
            }}
          />
        )}
      </div>
      <Loaded of={absences}>
        {list =>
          list.length === 0 ? (
            <Empty icon="clock" title={w.admin.no_absences} more={w.admin.no_absences_more} />
          ) : (
            <div class="scroll">
              <Table
                label={w.admin.absences}
                rows={list}
                key_of={a => a.id}
                columns={[
                  { title: w.admin.who, of: a => person_name(a.person) },
                  { title: w.admin.begins, named: true, of: a => exact(a.begins_at) },
                  { title: w.admin.ends, named: true, of: a => (a.ends_at ? exact(a.ends_at) : w.admin.open_end) },
                  { title: w.reason, of: a => a.reason },
                  {
                    title: '',
                    number: true,
                    of: a =>
                      may('analyst') ? (
                        ''
                      ) : (
                        <button
                          type="button"
                          class="link"
                          onClick={() =>
                            void call('DELETE', `/absences/${a.id}`)
                              .then(() => refresh('/absences'))
                              .catch(say_problem)
                          }
                        >
                          {w.remove}
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

const parts = { staff: People, teams: Teams, absences: Absences, tokens: Tokens, audit: Audit };

export function AdminPage() {
  const w = words.value;
  const at = (place.value.path[1] ?? 'staff') as keyof typeof parts;
  const Part = parts[at] ?? People;
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.admin}>
            <span class="grow" />
            <Tabs
              label={w.pages.admin}
              chosen={at}
              choose={t => go(`admin/${t}`)}
              of={[
                ['staff', w.admin.staff],
                ['teams', w.admin.teams],
                ['absences', w.admin.absences],
                ['tokens', w.admin.tokens],
                ...(may('admin') ? [['audit', w.admin.audit] as ['audit', string]] : []),
              ]}
            />
          </Head>
          <Part />
        </>
      }
    />
  );
}
