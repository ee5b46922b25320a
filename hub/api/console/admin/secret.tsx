// A link or token at the only moment it is shown.
import { words } from '../words';
import { say } from '../parts/states';

export function Secret({ text, about }: { text: string; about?: string }) {
  const w = words.value;
  return (
    <div class="card">
      <p class="small soft">{about ?? w.admin.password_once}</p>
      <p class="secret">
        <span class="grow">{text}</span>
        <button
          type="button"
          class="button small"
          onClick={() => void navigator.clipboard?.writeText(text).then(() => say(w.copied))}
        >
          {w.copy}
        </button>
      </p>
    </div>
  );
}
