// What the person was told, as a page: for a phone, where no bell stands at the side.
import { words } from '../words';
import { Told } from '../parts/notifications';
import { Columns, Head } from '../parts/shell';

export function ToldPage() {
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={words.value.told.title} />
          <div class="scroll">
            <div class="page-narrow">
              <Told />
            </div>
          </div>
        </>
      }
    />
  );
}
