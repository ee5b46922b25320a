// The console: signing in, then the frame with the page that the address names.
import { render } from 'preact';
import './parts/tokens.css';
import './parts/base.css';
import './parts/form.css';
import './parts/list.css';
import './parts/chart.css';
import './parts/shell.css';
import './parts/timeline.css';
import './parts/panel.css';
import './inbox/inbox.css';
import './calls/calls.css';
import './pipeline/pipeline.css';
import './reports/reports.css';
import './operations/operations.css';
import './routing/routing.css';
import './parts/touch.css';
import { AdminPage } from './admin/page';
import { YouPage } from './admin/you';
import { CallsPage } from './calls/page';
import { CustomersPage } from './customers/page';
import { InboxPage } from './inbox/page';
import { SendOn } from './inbox/send_on';
import { OperationsPage } from './operations/page';
import { Closing } from './parts/lead_deeds';
import { Viewer } from './parts/media';
import { page } from './parts/route';
import { begin, me, ready } from './parts/session';
import { Columns, Shell } from './parts/shell';
import { NewPassword, SignIn } from './parts/sign_in';
import { Empty, Toasts } from './parts/states';
import { CrmPage } from './pipeline/crm';
import { PipelinePage } from './pipeline/page';
import { ReportsPage } from './reports/page';
import { ReviewPage } from './review/page';
import { RoutingPage } from './routing/page';
import { TasksPage } from './tasks/page';
import { VehiclesPage } from './vehicles/page';
import { ToldPage } from './told/page';
import { words } from './words';

const pages = {
  inbox: InboxPage,
  pipeline: PipelinePage,
  calls: CallsPage,
  tasks: TasksPage,
  customers: CustomersPage,
  vehicles: VehiclesPage,
  review: ReviewPage,
  reports: ReportsPage,
  operations: OperationsPage,
  routing: RoutingPage,
  admin: AdminPage,
  crm: CrmPage,
  you: YouPage,
  told: ToldPage,
};

function Page() {
  const Shown = pages[page.value as keyof typeof pages];
  const w = words.value;
  return Shown ? (
    <Shown />
  ) : (
    <Columns
      show="work"
      work={
        <Empty icon="question" title={w.no_page} more={w.no_page_more}>
          <a class="button" href="#/inbox">
            {w.to_inbox}
          </a>
        </Empty>
      }
    />
  );
}

function Console() {
  if (!ready.value) return null;
  // Also for somebody who is signed in: whose link it is says only the server.
  const by_link = page.value === 'password';
  if (by_link || !me.value)
    return (
      <>
        {by_link ? <NewPassword /> : <SignIn />}
        <Toasts />
      </>
    );
  return (
    <>
      <Shell>
        <Page />
      </Shell>
      <Closing />
      <Viewer deeds={(file, leave) => <SendOn file={file} leave={leave} />} />
      <Toasts />
    </>
  );
}

render(<Console />, document.getElementById('console')!);
void begin();
