// A lead by hand: a walk-in, a call noted down.
import { words } from '../words';
import { type Lead, post } from '../parts/api';
import { Form, Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { after_change } from '../parts/lead_deeds';
import { go } from '../parts/route';

export function NewLead({ customer, named }: { customer?: number; named?: boolean }) {
  const w = words.value;
  return (
    <Popover
      label={w.new_lead}
      align="right"
      name={named ? 'button' : 'button quiet icon'}
      button={
        <>
          <Icon name="add" />
          {named && <span class="not-phone">{w.new_lead}</span>}
        </>
      }
    >
      {close => (
        <Form
          cancel={close}
          done={close}
          verb={w.add}
          fields={[
            ...(customer
              ? []
              : [
                  { name: 'first_name', label: w.first_name, most: 200, half: true },
                  { name: 'last_name', label: w.last_name, most: 200, half: true },
                  { name: 'company_name', label: w.company, most: 200 },
                ]),
            { name: 'intent', label: w.intent, type: 'select', options: Object.entries(w.intents), value: 'buy' },
            { name: 'estimated_value', label: w.value, type: 'number', min: '0', step: '0.01' },
            { name: 'notes', label: w.summary, type: 'textarea', most: 10000 },
          ]}
          send={async v => {
            const made = await post<Lead>('/leads', {
              ...(customer
                ? { customer_id: customer }
                : { customer: { first_name: v['first_name'], last_name: v['last_name'], company_name: v['company_name'] } }),
              intent: v['intent'],
              notes: v['notes'],
              claim: true,
              ...(v['estimated_value'] ? { estimated_value: Number(v['estimated_value']) } : {}),
            });
            await after_change();
            go(`inbox/${made.id}`);
          }}
        />
      )}
    </Popover>
  );
}
