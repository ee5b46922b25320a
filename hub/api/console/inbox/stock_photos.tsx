// The pictures of the lead's vehicles, chosen one by one or all of a vehicle, to be sent.
import { words } from '../words';
import type { LeadDetail, Schemas } from '../parts/api';
import { Popover } from '../parts/form';
import { Icon } from '../parts/icons';
import { thumbnail_url } from '../parts/media';
import { useQuery } from '../parts/query';

export type StoredFile = Schemas['media_file'];
type Vehicle = LeadDetail['vehicles'][number];

export const photos_of = (vehicle: number) => `/media?vehicle=${vehicle}&type=photo&limit=50`;

export function StockPhotos({
  vehicles,
  chosen,
  take,
}: {
  vehicles: Vehicle[];
  chosen: Set<number>;
  take: (files: StoredFile[]) => void;
}) {
  const w = words.value;
  return (
    <Popover label={w.from_stock} align="up" name="button quiet icon small" button={<Icon name="vehicles" />}>
      {() => (
        <div class="stock">
          {vehicles.map(v => (
            <OfVehicle key={v.id} of={v} chosen={chosen} take={take} />
          ))}
        </div>
      )}
    </Popover>
  );
}

function OfVehicle({ of, chosen, take }: { of: Vehicle; chosen: Set<number>; take: (files: StoredFile[]) => void }) {
  const w = words.value;
  const found = useQuery<Schemas['media_page']>(photos_of(of.id));
  const files = found.data.value?.files ?? [];
  return (
    <section>
      <header class="line spread small">
        <span class="cut strong">{of.title}</span>
        {files.length > 1 && (
          <button type="button" class="link" onClick={() => take(files)}>
            {w.add_all(files.length)}
          </button>
        )}
      </header>
      {found.problem.value && <p class="problem small">{found.problem.value.message}</p>}
      {found.data.value && !files.length && <p class="small soft">{w.no_photos}</p>}
      <div class="stock-photos">
        {files.map(f => (
          <button
            type="button"
            key={f.id}
            aria-label={`${w.photo} ${f.name}`}
            aria-pressed={chosen.has(f.id)}
            onClick={() => take([f])}
          >
            <img src={thumbnail_url(f.id, 240)} alt="" loading="lazy" />
          </button>
        ))}
      </div>
    </section>
  );
}
