// What waits for a person: messages that did not go out, and what the hub and an ERP see differently.
import { words } from '../words';
import { Tabs } from '../parts/form';
import { asked, turn } from '../parts/route';
import { Columns, Head } from '../parts/shell';
import { Conflicts } from './conflicts';
import { Outbox } from './outbox';

export function OperationsPage() {
  const w = words.value;
  const shown = asked('of') === 'conflicts' ? 'conflicts' : 'outbox';
  return (
    <Columns
      show="work"
      work={
        <>
          <Head title={w.pages.operations}>
            <span class="grow" />
            <Tabs
              label={w.pages.operations}
              chosen={shown}
              choose={t => turn('of', t)}
              of={[
                ['outbox', w.ops.outbox],
                ['conflicts', w.ops.conflicts],
              ]}
            />
          </Head>
          {shown === 'conflicts' ? <Conflicts /> : <Outbox />}
        </>
      }
    />
  );
}
