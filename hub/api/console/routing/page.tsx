// Routing: the rules in force as they are written, in the order they are tried; whom they choose from; and what they would do.
import { useState } from 'preact/hooks';
import { language, words } from '../words';
import { post, type Schemas } from '../parts/api';
import { Form, Tabs } from '../parts/form';
import { Presence } from '../parts/presence';
import { useQuery } from '../parts/query';
import { asked, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded } from '../parts/states';
import { Ago, capital, channel_name, exact, Face, number, person_name, reason_words, team_name } from '../parts/text';

type Routing = Schemas['routing'];
type Tried = Schemas['routing_try'];

function Rules({ of }: { of: Routing }) {
  const w = words.value,
    r = w.routing;
  return (
    <div class="scroll">
      <p class="routing-version small soft">
        {of.activated_at && (
          <span title={[of.hash.slice(0, 12), of.author].filter(Boolean).join(', ')}>
            {capital(r.in_force)} {exact(of.activated_at)} ·{' '}
          </span>
        )}
        {r.read_only}
      </p>
      <ol class="rules">
        {of.rules.map((rule, n) => (
          <li key={rule.name}>
            <details>
              <summary>
                <span class="faint number">{n + 1}</span>
                <span class="grow">
                  <span class="strong">{rule.name}</span>{' '}
                  <span class="small soft">
                    {rule.team && `${team_name(rule.team)} · `}
                    {w.strategies[rule.strategy] ?? rule.strategy}
                  </span>
                </span>
                <span class={'number ' + (rule.hits ? '' : 'faint')} title={r.hits(of.days)}>
                  {number(rule.hits)}
                </span>
                <span class="rules-last small faint">{rule.last_hit_at && <Ago at={rule.last_hit_at} />}</span>
              </summary>
              <pre class="small">{rule.text}</pre>
            </details>
          </li>
        ))}
        <li>
          <p class="rules-none">
            <span class="grow soft">{w.no_rule}</span>
            <span class={'number ' + (of.unmatched_hits ? '' : 'faint')}>{number(of.unmatched_hits)}</span>
            <span class="rules-last" />
          </p>
        </li>
      </ol>
      <p class="routing-version small faint">{r.hits(of.days)}</p>
    </div>
  );
}

/// Full is red, as what is late is: the next lead goes elsewhere or waits.
function Load({ of }: { of: Schemas['pool_member'] }) {
  const full = of.capacity !== null && of.open_leads >= of.capacity;
  return (
    <span class={'number small ' + (full ? 'late' : 'soft')}>
      {of.open_leads}
      {of.capacity !== null && ` / ${of.capacity}`}
    </span>
  );
}

function Pools({ of }: { of: Routing }) {
  const w = words.value;
  if (of.pools.length === 0) return <Empty icon="customers" title={w.admin.none} />;
  return (
    <div class="scroll ground">
      <div class="cards">
        {of.pools.map(pool => (
          <article class="card" key={pool.team}>
            <header class="line spread">
              <h2>{team_name(pool.team)}</h2>
              <span class="small soft">
                {w.admin.queued}: <span class={pool.queued ? 'soon strong' : ''}>{pool.queued}</span>
              </span>
            </header>
            <ul>
              {pool.members.map(m => (
                <li class="panel-row" key={m.person.id}>
                  <Face name={m.person.name} small />
                  <span class="cut grow">
                    {m.person.name}
                    {m.skills.length > 0 && <span class="faint"> · {m.skills.join(', ')}</span>}
                  </span>
                  <Presence of={m} />
                  <Load of={m} />
                </li>
              ))}
            </ul>
          </article>
        ))}
      </div>
    </div>
  );
}

function Outcome({ of }: { of: Tried }) {
  const w = words.value,
    r = w.routing,
    d = of.decision;
  const met = of.verdicts.findIndex(v => v.matched);
  return (
    <article class="card routing-outcome" aria-live="polite">
      <h2>{d.winner ? r.would_get(person_name(d.winner)) : d.team ? r.would_wait(team_name(d.team)) : r.would_wait_all}</h2>
      <p>
        {capital(d.rule ? `${w.rule} «${d.rule}»` : w.no_rule)}
        {d.team && `, ${team_name(d.team)}`}
        {d.strategy && `, ${w.strategies[d.strategy] ?? d.strategy}`}
      </p>
      {language.value === 'en' && <p class="small soft words">{d.words}</p>}
      <p class="small soft">
        {w.priority} {of.priority}
        {of.tags.length > 0 && ` · ${of.tags.join(', ')}`}
        {of.intent && ` · ${w.intents[of.intent] ?? of.intent}`}
      </p>
      {d.excluded.length > 0 && (
        <ul class="small">
          {d.excluded.map(x => (
            <li key={x.person.id}>
              <span class="soft">{w.excluded}:</span> {x.person.name} — {reason_words(x.reason)}
            </li>
          ))}
        </ul>
      )}
      <ol class="verdicts small">
        {of.verdicts.map((v, n) => (
          <li key={v.rule} class={n === met ? 'strong' : met >= 0 && n > met ? 'faint' : 'soft'}>
            <span class="number">{n + 1}</span>
            <span>{v.rule}</span>
            <span>{n === met ? r.this_one : v.matched ? r.too_late : v.why}</span>
          </li>
        ))}
      </ol>
    </article>
  );
}

const channels = ['viber', 'whatsapp', 'telegram', 'email', 'call', 'website'];

function Try() {
  const w = words.value,
    r = w.routing;
  const by = asked('by') === 'lead' ? 'lead' : 'message';
  const [outcome, show] = useState<Tried | null>(null);
  const ask = async (body: Record<string, unknown>) => show(await post<Tried>('/routing/try', body));
  return (
    <div class="scroll ground">
      <div class="routing-try">
        <article class="card">
          <Tabs
            label={r.try}
            chosen={by}
            choose={to => {
              turn('by', to);
              show(null);
            }}
            of={[
              ['message', r.by_message],
              ['lead', r.by_lead],
            ]}
          />
          {by === 'lead' ? (
            <Form
              key="lead"
              verb={r.try_verb}
              fields={[{ name: 'lead_id', label: r.lead_number, type: 'number', required: true, min: '1', value: asked('lead') }]}
              send={v => ask({ lead_id: Number(v['lead_id']) })}
            />
          ) : (
            <Form
              key="message"
              verb={r.try_verb}
              fields={[
                {
                  name: 'channel',
                  label: w.channel,
                  type: 'select',
                  options: channels.map(c => [c, channel_name(c)] as [string, string]),
                  value: 'viber',
                },
                { name: 'text', label: w.text, type: 'textarea', most: 4000, hint: r.text_hint },
                {
                  name: 'customer',
                  label: w.customer,
                  type: 'select',
                  options: [
                    ['new', r.new_customer],
                    ['known', r.known_customer],
                    ['open', r.open_customer],
                  ],
                  value: 'new',
                },
                { name: 'activity', label: r.activity, most: 64, hint: r.activity_hint, half: true },
                { name: 'activity_value', label: w.value, type: 'number', min: '0', step: '0.01', half: true },
                { name: 'language', label: w.language, most: 35, half: true },
                { name: 'account', label: r.account, most: 64, half: true },
              ]}
              send={v =>
                ask({
                  channel: v['channel'],
                  text: v['text'],
                  language: v['language'],
                  account: v['account'],
                  activity: v['activity'],
                  ...(v['activity_value'] ? { activity_value: Number(v['activity_value']) } : {}),
                  customer_known: v['customer'] !== 'new',
                  has_open_lead: v['customer'] === 'open',
                })
              }
            />
          )}
          <p class="small faint">{r.nothing_happens}</p>
        </article>
        {outcome && <Outcome of={outcome} />}
      </div>
    </div>
  );
}

export function RoutingPage() {
  const w = words.value,
    r = w.routing;
  const view = asked('view') || 'rules';
  const routing = useQuery<Routing>('/routing');
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.routing}>
            <span class="grow" />
            <Tabs
              label={w.pages.routing}
              chosen={view}
              choose={v => turn('view', v, false)}
              of={[
                ['rules', r.rules],
                ['pools', r.pools],
                ...(may('supervisor', 'admin') ? [['try', r.try] as [string, string]] : []),
              ]}
            />
          </Head>
          {view === 'try' ? (
            <Try />
          ) : (
            <Loaded of={routing}>{data => (view === 'pools' ? <Pools of={data} /> : <Rules of={data} />)}</Loaded>
          )}
        </>
      }
    />
  );
}
