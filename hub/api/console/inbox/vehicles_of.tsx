// The vehicles a lead is about: added, chosen, taken off.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { call, type LeadDetail, type Vehicle } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { Section } from '../parts/panel';
import { Pick } from '../parts/pick';
import { refresh, useQuery } from '../parts/query';
import { say_problem } from '../parts/states';
import { money } from '../parts/text';

export function VehiclesOf({ of, edits }: { of: LeadDetail; edits: boolean }) {
  const w = words.value;
  const change = (method: string, vehicle: number, body?: object) =>
    call(method, `/leads/${of.lead.id}/vehicles/${vehicle}`, body)
      .then(() => refresh(`/leads/${of.lead.id}`))
      .catch(say_problem);
  return (
    <Section
      title={w.vehicles}
      count={of.vehicles.length}
      add={
        edits ? (
          <Popover label={w.add_vehicle} align="right" name="button quiet icon small" button={<Icon name="add" size={14} />}>
            {close => (
              <VehiclePicker
                pick={v => {
                  close();
                  void change('PUT', v.id, {});
                }}
              />
            )}
          </Popover>
        ) : undefined
      }
    >
      {of.vehicles.map(v => (
        <div class="panel-row" key={v.id}>
          <Icon name="vehicles" />
          <div class="grow">
            <a class="link cut" href={`#/vehicles/${v.id}`}>
              {v.title}
            </a>
            <p class="small soft cut">
              {v.vin} · {w.vehicle_status[v.status]}
            </p>
          </div>
          {v.chosen ? (
            <span class="tag done">
              <Icon name="check" size={12} />
              {w.chosen}
            </span>
          ) : v.suggested ? (
            <span class="tag">{w.suggested}</span>
          ) : null}
          {edits && (
            <Popover label={w.details} align="right" name="button quiet icon small" button={<Icon name="more" size={14} />}>
              {close => (
                <div class="menu">
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      void change('PUT', v.id, { chosen: !v.chosen });
                    }}
                  >
                    {v.chosen ? w.unchosen : w.choose_vehicle}
                  </button>
                  {v.suggested && (
                    <button
                      type="button"
                      onClick={() => {
                        close();
                        void change('PUT', v.id, {});
                      }}
                    >
                      {w.confirm}
                    </button>
                  )}
                  <button
                    type="button"
                    class="danger"
                    onClick={() => {
                      close();
                      void change('DELETE', v.id);
                    }}
                  >
                    {w.remove}
                  </button>
                </div>
              )}
            </Popover>
          )}
        </div>
      ))}
    </Section>
  );
}

function VehiclePicker({ pick }: { pick: (v: Vehicle) => void }) {
  const w = words.value;
  const [q, type] = useState('');
  const found = useQuery<{ vehicles: Vehicle[] }>(`/vehicles?limit=8&q=${encodeURIComponent(q)}`);
  return (
    <Pick label={w.search_vehicles} q={q} type={type}>
      {found.data.value?.vehicles.map(v => (
        <button type="button" key={v.id} onClick={() => pick(v)}>
          <span class="cut">
            {v.make} {v.model} {v.year ?? ''}
          </span>
          <span class="after">{money(v.price, v.currency)}</span>
        </button>
      ))}
      {found.data.value?.vehicles.length === 0 && <p class="small soft menu-none">{w.inbox_none}</p>}
    </Pick>
  );
}
