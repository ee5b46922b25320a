// The stock: what there is, what is reserved and for whom, the photos.
import { useState } from 'preact/hooks';
import { words } from '../words';
import { patch, post, query_of, type Schemas, type Vehicle } from '../parts/api';
import { AddForm, Form, type FieldOf, Popover, Search, Tabs } from '../parts/form';
import { Icon } from '../parts/icons';
import { More, Table } from '../parts/list';
import { Gallery } from '../parts/media';
import { Fact, Facts, Section } from '../parts/panel';
import { refresh, useQuery } from '../parts/query';
import { asked, go, go_keeping, id_at, turn } from '../parts/route';
import { may } from '../parts/session';
import { Columns, Head } from '../parts/shell';
import { Empty, Loaded, say_problem } from '../parts/states';
import { money, number, person_name } from '../parts/text';
import { photos_of } from '../inbox/stock_photos';

const page_size = 200;
const tone = { available: 'done', reserved: 'soon', sold: '', archived: '' };

const fields = (of?: Vehicle): FieldOf[] => {
  const w = words.value;
  const erp = of?.of_erp;
  return [
    ...(erp
      ? []
      : [
          { name: 'make', label: w.make, value: of?.make ?? '', required: true, most: 100, half: true },
          { name: 'model', label: w.model, value: of?.model ?? '', required: true, most: 100, half: true },
          { name: 'vin', label: w.vin, value: of?.vin ?? '', most: 17, half: true },
          {
            name: 'year',
            label: w.year,
            type: 'number' as const,
            min: '1900',
            value: of?.year ? String(of.year) : '',
            half: true,
          },
          {
            name: 'price',
            label: w.price,
            type: 'number' as const,
            step: '0.01',
            min: '0',
            value: of?.price != null ? String(of.price) : '',
            half: true,
          },
          { name: 'currency', label: w.currency, value: of?.currency ?? 'USD', most: 3, half: true },
        ]),
    { name: 'plate', label: w.plate, value: of?.plate ?? '', most: 20, half: true },
    {
      name: 'mileage',
      label: `${w.mileage}, ${w.km}`,
      type: 'number',
      min: '0',
      value: of?.mileage != null ? String(of.mileage) : '',
      half: true,
    },
    { name: 'colour', label: w.colour, value: of?.colour ?? '', most: 60 },
  ];
};
const given = (v: Record<string, string>) => {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(v))
    if (value !== '' || name === 'plate' || name === 'colour')
      made[name] = ['year', 'price', 'mileage'].includes(name) ? Number(value) : value;
  return made;
};

function PhotosOf({ id }: { id: number }) {
  const w = words.value;
  const photos = useQuery<Schemas['media_page']>(photos_of(id));
  const list = photos.data.value?.files ?? [];
  return (
    <Section title={w.photos_of} count={list.length}>
      {photos.problem.value && <p class="problem small">{photos.problem.value.message}</p>}
      {photos.data.value && !list.length && <p class="small soft">{w.no_photos}</p>}
      {list.length > 0 && <Gallery of={list} />}
    </Section>
  );
}

function Detail({ id }: { id: number }) {
  const w = words.value;
  const vehicle = useQuery<Vehicle>(`/vehicles/${id}`);
  const [editing, edit] = useState(false);
  const of = vehicle.data.value;
  const back = () => go_keeping('vehicles');
  const works = may('manager', 'supervisor', 'admin');
  const set_status = (v: Vehicle, status: string) =>
    patch(`/vehicles/${v.id}`, { status, version: v.version })
      .then(() => refresh('/vehicles'))
      .catch(say_problem);
  return (
    <>
      <Head title={of ? `${of.make} ${of.model}` : ''}>
        <span class="grow" />
        {of && works && (
          <Popover label={w.details} align="right" name="button quiet icon" button={<Icon name="more" />}>
            {close => (
              <div class="menu">
                <button
                  type="button"
                  onClick={() => {
                    close();
                    edit(true);
                  }}
                >
                  {w.edit}
                </button>
                {of.status === 'available' && (
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      void set_status(of, 'archived');
                    }}
                  >
                    {w.archive}
                  </button>
                )}
                {of.status === 'archived' && (
                  <button
                    type="button"
                    onClick={() => {
                      close();
                      void set_status(of, 'available');
                    }}
                  >
                    {w.restore}
                  </button>
                )}
              </div>
            )}
          </Popover>
        )}
        <button type="button" class="button quiet icon" aria-label={w.close} onClick={back}>
          <Icon name="close" />
        </button>
      </Head>
      <Loaded of={vehicle}>
        {v => (
          <div class="panel">
            <Section title={w.vehicle_status[v.status]!} first add={v.of_erp ? <span class="tag">{w.of_erp}</span> : undefined}>
              {editing ? (
                <Form
                  fields={fields(v)}
                  cancel={() => edit(false)}
                  done={() => edit(false)}
                  send={async f => {
                    await patch(`/vehicles/${v.id}`, { ...given(f), version: v.version });
                    await refresh('/vehicles');
                  }}
                />
              ) : (
                <Facts>
                  <Fact name={w.price}>
                    <strong>{money(v.price, v.currency) || '—'}</strong>
                  </Fact>
                  <Fact name={w.year}>{v.year ?? '—'}</Fact>
                  <Fact name={w.vin}>
                    <span class="mono">{v.vin ?? '—'}</span>
                  </Fact>
                  {v.plate && <Fact name={w.plate}>{v.plate}</Fact>}
                  {v.mileage !== null && (
                    <Fact name={w.mileage}>
                      {number(v.mileage)} {w.km}
                    </Fact>
                  )}
                  {v.colour && <Fact name={w.colour}>{v.colour}</Fact>}
                  <Fact name={w.manager}>{person_name(v.manager)}</Fact>
                  {v.lead_id !== null && (
                    <Fact name={w.lead}>
                      <a class="link" href={`#/inbox/${v.lead_id}`}>
                        №{v.lead_id}
                      </a>
                    </Fact>
                  )}
                </Facts>
              )}
            </Section>
            <PhotosOf id={v.id} />
          </div>
        )}
      </Loaded>
    </>
  );
}

export function VehiclesPage() {
  const w = words.value;
  const q = asked('q'),
    status = asked('status');
  const chosen = id_at(1);
  const [count, more] = useState(page_size);
  const found = useQuery<{ vehicles: Vehicle[]; next: string | null }>('/vehicles' + query_of({ q, status }), {
    of: 'vehicles',
    count,
  });
  return (
    <Columns
      show={chosen ? 'context' : 'work'}
      work={
        <>
          <Head title={w.pages.vehicles}>
            <span class="grow" />
            <Search value={q} set={v => turn('q', v)} label={w.search_vehicles} slash />
            {may('manager', 'supervisor', 'admin') && (
              <AddForm
                label={w.new_vehicle}
                face={<span class="wide-only">{w.new_vehicle}</span>}
                fields={fields()}
                send={async v => {
                  const made = await post<Vehicle>('/vehicles', given(v));
                  await refresh('/vehicles');
                  go(`vehicles/${made.id}`);
                }}
              />
            )}
          </Head>
          <div class="subhead">
            <Tabs
              label={w.status}
              chosen={status}
              choose={t => turn('status', t)}
              of={[['', w.all], ...(Object.entries(w.vehicle_status) as [string, string][])]}
            />
          </div>
          <Loaded of={found} rows={10}>
            {data =>
              data.vehicles.length === 0 ? (
                <Empty
                  icon="vehicles"
                  title={q ? w.inbox_none : w.vehicles_empty}
                  more={q ? w.inbox_none_more : w.vehicles_empty_more}
                />
              ) : (
                <div class="scroll">
                  <Table
                    label={w.pages.vehicles}
                    rows={data.vehicles}
                    key_of={v => v.id}
                    chosen={chosen}
                    choose={v => go_keeping(`vehicles/${v.id}`)}
                    columns={[
                      { title: w.model, of: v => `${v.make} ${v.model}` },
                      { title: w.year, of: v => v.year ?? '' },
                      { title: w.vin, of: v => v.vin && <span class="mono small">{v.vin}</span> },
                      { title: w.mileage, number: true, of: v => (v.mileage !== null ? `${number(v.mileage)} ${w.km}` : '') },
                      { title: w.status, of: v => <span class={'tag ' + tone[v.status]}>{w.vehicle_status[v.status]}</span> },
                      { title: w.manager, of: v => v.manager?.name ?? '' },
                      { title: w.price, number: true, of: v => money(v.price, v.currency) },
                    ]}
                  />
                  {data.next && <More show={() => more(n => n + page_size)} />}
                </div>
              )
            }
          </Loaded>
        </>
      }
      context={chosen ? <Detail key={chosen} id={chosen} /> : undefined}
    />
  );
}
