// Customers that may be one person, side by side. Merging or keeping apart is a person's to say, with a reason.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Customer, post, type Schemas } from '../parts/api';
import { Form } from '../parts/form';
import { Fact, Facts } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, say } from '../parts/states';
import { Ago, customer_name, exact, Face, language_name, reason_words, stage_name } from '../parts/text';
import { IdentityList } from '../customers/identities';

function Side({ of }: { of: Customer }) {
  const w = words.value;
  return (
    <div class="side">
      <div class="line">
        <Face name={customer_name(of)} />
        <a class="link strong cut" href={`#/customers/${of.id}`}>
          {customer_name(of)}
        </a>
        <span class="faint small">№{of.id}</span>
      </div>
      <Facts>
        {of.company_name && <Fact name={w.company}>{of.company_name}</Fact>}
        {of.email && <Fact name={w.email}>{of.email}</Fact>}
        {of.language && <Fact name={w.language}>{language_name(of.language)}</Fact>}
        <IdentityList of={of} />
        <Fact name={w.created}>{exact(of.created_at)}</Fact>
        <Fact name={w.leads(of.leads.length)}>
          {of.leads.map(l => (
            <p key={l.id}>
              <a class="link" href={`#/inbox/${l.id}`}>
                №{l.id}
              </a>{' '}
              {stage_name(l.stage)}
            </p>
          ))}
        </Fact>
      </Facts>
    </div>
  );
}

function Pair({ of }: { of: Schemas['possible_same'] }) {
  const w = words.value;
  const [same, judge] = useState<boolean | null>(null);
  return (
    <article class="pair">
      <p class="small soft pair-why">
        {w.evidence} <strong>{reason_words(of.evidence)}</strong> · <Ago at={of.found_at} />
      </p>
      <div class="sides">
        <Side of={of.first} />
        <Side of={of.second} />
      </div>
      {same === null ? (
        <div class="line pair-ends">
          <span class="small faint grow">{w.review_note}</span>
          <button type="button" class="button" onClick={() => judge(false)}>
            {w.apart}
          </button>
          <button type="button" class="button primary" onClick={() => judge(true)}>
            {w.same}
          </button>
        </div>
      ) : (
        <Form
          verb={same ? w.merge : w.apart}
          cancel={() => judge(null)}
          fields={[{ name: 'reason', label: w.review_reason, required: true, most: 500 }]}
          send={async v => {
            await post('/possible-same', { first_id: of.first.id, second_id: of.second.id, same, reason: v['reason'] });
            say(same ? w.same : w.apart);
            await Promise.all([refresh('/possible-same'), refresh('/customers')]);
          }}
        />
      )}
    </article>
  );
}

export function ReviewPage() {
  const w = words.value;
  const pairs = useQuery<Schemas['possible_same_page']>('/possible-same?limit=50');
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.review} />
          <Loaded of={pairs}>
            {data => {
              const open = data.pairs.filter(p => p.same === null);
              return open.length ? (
                <div class="scroll">
                  <div class="pairs">
                    {open.map(p => (
                      <Pair key={`${p.first.id}-${p.second.id}`} of={p} />
                    ))}
                  </div>
                </div>
              ) : (
                <Empty icon="review" title={w.review_empty} more={w.review_empty_more} />
              );
            }}
          </Loaded>
        </>
      }
    />
  );
}
