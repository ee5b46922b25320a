// What a customer may ask for: everything that is kept of them, and to be forgotten. An administrator does it; the name is typed first.
import { words } from '../words';
import { type Customer, post, Problem, type Schemas } from '../parts/api';
import { Form, Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { refresh } from '../parts/query';
import { go } from '../parts/route';
import { say } from '../parts/states';
import { customer_name } from '../parts/text';

export function ExportAndErase({ of }: { of: Customer }) {
  const w = words.value;
  const name = customer_name(of);
  const erase = async (typed: string) => {
    if (typed.trim() !== name.trim()) throw new Problem(422, w.forget.differs, 'name');
    await post<Schemas['erased']>(`/customers/${of.id}/erase`);
    say(w.forget.done);
    go('customers');
    void refresh('/customers');
    void refresh('/leads');
  };
  return (
    <>
      <a class="button" href={`/api/v1/customers/${of.id}/export`} download={`customer-${of.id}.json`}>
        <Icon name="download" size={14} />
        <span class="wide-only">{w.forget.export}</span>
      </a>
      <Popover label={w.forget.title} align="right" name="button danger" button={w.forget.erase}>
        {close => (
          <div class="form">
            <p class="strong">{w.forget.title}</p>
            <p class="small soft words">{w.forget.more}</p>
            <Form
              danger
              verb={w.forget.erase}
              cancel={close}
              fields={[{ name: 'name', label: w.forget.type(name), required: true }]}
              send={v => erase(v['name'] ?? '')}
            />
          </div>
        )}
      </Popover>
    </>
  );
}
