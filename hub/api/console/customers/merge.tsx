// Merging by hand: find the other one, say why. And taking apart again.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { type Customer, type CustomerRow, post } from '../parts/api';
import { Form, Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { after_change } from '../parts/lead_deeds';
import { Pick } from '../parts/pick';
import { refresh, useQuery } from '../parts/query';
import { say, say_problem } from '../parts/states';
import { customer_name, exact } from '../parts/text';
import { Fact } from '../parts/panel';

export function CustomerPicker({ pick, but }: { pick: (c: CustomerRow) => void; but?: number }) {
  const w = words.value;
  const [q, type] = useState('');
  const found = useQuery<{ customers: CustomerRow[] }>(`/customers?limit=8&q=${encodeURIComponent(q)}`);
  return (
    <Pick label={w.search_customers} q={q} type={type}>
      {found.data.value?.customers
        .filter(c => c.id !== but)
        .map(c => (
          <button type="button" key={c.id} onClick={() => pick(c)}>
            <span class="cut">{customer_name(c)}</span>
            <span class="after">№{c.id}</span>
          </button>
        ))}
    </Pick>
  );
}

export function MergeInto({ customer }: { customer: Customer }) {
  const w = words.value;
  const [into, choose] = useState<CustomerRow | null>(null);
  return (
    <Popover label={w.merge_into} align="right" name="button quiet icon small" button={<Icon name="merge" size={14} />}>
      {close =>
        into ? (
          <Form
            cancel={() => {
              choose(null);
              close();
            }}
            done={() => {
              choose(null);
              close();
            }}
            verb={w.merge}
            fields={[{ name: 'reason', label: `${customer.name} → ${into.name}`, required: true, most: 500, hint: w.merge_more }]}
            send={async v => {
              await post(`/customers/${customer.id}/merge`, { into: into.id, reason: v['reason'] });
              say(`${customer.name} → ${into.name}`);
              await Promise.all([refresh('/customers'), after_change()]);
            }}
          />
        ) : (
          <CustomerPicker pick={choose} but={customer.id} />
        )
      }
    </Popover>
  );
}

/// Whom this customer is merged with, each to be taken out again.
export function MergedWith({ of, edits }: { of: Customer; edits: boolean }) {
  const w = words.value;
  const part = (id: number) =>
    post(`/customers/${id}/unmerge`, { reason: 'not the same person' })
      .then(() => Promise.all([refresh('/customers'), after_change()]))
      .catch(say_problem);
  return (
    <>
      {of.merged.map(m => (
        <Fact name={w.merged_with} key={m.id}>
          <span title={`${m.reason} · ${exact(m.at)}`}>{m.name}</span>{' '}
          {edits && (
            <button type="button" class="link small" onClick={() => void part(m.id)}>
              {w.unmerge}
            </button>
          )}
        </Fact>
      ))}
    </>
  );
}
