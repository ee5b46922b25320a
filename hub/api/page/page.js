'use strict';
// The page before the console: leads at the left, one conversation at the right, refreshed every three seconds. Every
// string that came from the API is set with textContent or as a property of a known element; nothing here parses HTML
// (the Trusted Types policy of the page would refuse it).
(() => {
  const words = {
    en: {
      email: 'E-mail', password: 'Password', sign_in: 'Sign in', sign_out: 'Sign out', tab_all: 'All', tab_me: 'Mine',
      tab_none: 'Unassigned', search: 'Name or number of a lead', more: 'Show more', choose: 'Choose a lead to read its conversation.',
      back: '← Leads', claim: 'Claim', earlier: 'Earlier messages', nobody: 'Nobody', you: 'You', owner: 'Owner', rule: 'rule',
      round_robin: 'round robin', workload: 'workload', manual: 'by claim', no_rule: 'no rule matched', taken: 'taken by hand',
      waits: 'waits', queue: 'Queue', masked: 'Hidden for your role', empty: 'No leads yet. They appear here with a customer’s first message.',
      empty_filter: 'No lead matches.', offline: 'No connection. What you see was kept; trying again.', ended: 'Your session has ended. Sign in again.',
      failed: 'Something failed. Try again.', photo: 'Photo', video: 'Video', file: 'File', voice_note: 'Voice note', sticker: 'Sticker',
      location: 'Location', contact: 'Contact', system: 'System message', unsupported: 'Message of a kind not shown yet', text: 'Text',
      pending: 'being fetched', too_large: 'too large to keep', refused: 'refused', expired: 'no longer available', stored: 'stored',
      late: 'came late', edited: 'edited', deleted: 'deleted by the customer', automatic: 'automatic', customer: (channel, n) => `${channel} customer ${n}`, fresh: n => `${n} new`, newer: 'New messages ↓', lead: 'Lead',
      stages: { new: 'New', contacted: 'Contacted', qualified: 'Qualified', in_negotiation: 'In negotiation', prepayment: 'Prepayment', sold: 'Sold', lost: 'Lost' },
      intents: { buy: 'Buying', sell: 'Selling', service_inquiry: 'Service', other: 'Other' },
      reasons: { manual: 'first come, first served' },
      now: 'now', min: n => `${n} min`, hour: n => `${n} h`, day: n => `${n} d`, priority: 'priority', unanswered: 'Unanswered for',
    },
    uk: {
      email: 'Ел. пошта', password: 'Пароль', sign_in: 'Увійти', sign_out: 'Вийти', tab_all: 'Усі', tab_me: 'Мої',
      tab_none: 'Без менеджера', search: 'Ім’я або номер ліда', more: 'Показати ще', choose: 'Оберіть лід, щоб прочитати розмову.',
      back: '← Ліди', claim: 'Забрати', earlier: 'Попередні повідомлення', nobody: 'Нікого', you: 'Ви', owner: 'Менеджер', rule: 'правило',
      round_robin: 'по колу', workload: 'за навантаженням', manual: 'хто забере', no_rule: 'жодне правило не підійшло', taken: 'взято вручну',
      waits: 'чекає', queue: 'Черга', masked: 'Приховано для вашої ролі', empty: 'Лідів ще немає. Вони з’являться тут із першим повідомленням клієнта.',
      empty_filter: 'Нічого не знайдено.', offline: 'Немає зв’язку. Показано збережене; пробуємо ще раз.', ended: 'Сеанс завершено. Увійдіть ще раз.',
      failed: 'Не вдалося. Спробуйте ще раз.', photo: 'Фото', video: 'Відео', file: 'Файл', voice_note: 'Голосове', sticker: 'Наліпка',
      location: 'Місце', contact: 'Контакт', system: 'Системне повідомлення', unsupported: 'Повідомлення, яке ще не показується', text: 'Текст',
      pending: 'завантажується', too_large: 'завеликий файл', refused: 'відхилено', expired: 'вже недоступно', stored: 'збережено',
      late: 'надійшло пізно', edited: 'змінено', deleted: 'видалено клієнтом', automatic: 'автоматичне', customer: (channel, n) => `Клієнт ${channel} ${n}`, fresh: n => `Нових: ${n}`, newer: 'Нові повідомлення ↓', lead: 'Лід',
      stages: { new: 'Новий', contacted: 'Є контакт', qualified: 'Цільовий', in_negotiation: 'Переговори', prepayment: 'Передоплата', sold: 'Продано', lost: 'Втрачено' },
      intents: { buy: 'Купівля', sell: 'Продаж', service_inquiry: 'Сервіс', other: 'Інше' },
      reasons: { manual: 'хто забере', 'everybody is at capacity': 'усі зайняті до межі', 'everybody is inactive': 'усіх вимкнено', 'the team is empty': 'у команді нікого' },
      now: 'щойно', min: n => `${n} хв`, hour: n => `${n} год`, day: n => `${n} д`, priority: 'пріоритет', unanswered: 'Без відповіді',
    },
  };
  const preferred = (navigator.languages || [navigator.language]).find(l => /^(uk|en)/i.test(l)) || 'en';
  const language = preferred.slice(0, 2).toLowerCase();
  const w = words[language];
  const $ = id => document.getElementById(id);
  const channels = { viber: 'Viber', whatsapp: 'WhatsApp', telegram: 'Telegram', email: 'E-mail', call: 'Call', website: 'Web', manual: 'Manual', import: 'Import', erp: 'ERP' };
  const known = name => Object.hasOwn(channels, name) ? name : 'call';

  const state = { me: null, owner: '', q: '', leads: [], next: null, pages: 1, chosen: 0, messages: [], earlier: null, active: true, busy: false, held: null, generation: 0 };

  // ---- small parts ---------------------------------------------------------------------------------------

  const make = (tag, classes, text) => {
    const e = document.createElement(tag);
    if (classes) e.className = classes;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const age = iso => {
    const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(iso)) / 60000));
    if (minutes < 1) return w.now;
    if (minutes < 60) return w.min(minutes);
    if (minutes < 48 * 60) return w.hour(Math.floor(minutes / 60));
    return w.day(Math.floor(minutes / 1440));
  };
  const region = language === 'en' ? 'en-GB' : 'uk-UA';
  const exact = iso => new Date(iso).toLocaleString(region, { dateStyle: 'medium', timeStyle: 'short' });
  const clock = iso => new Date(iso).toLocaleTimeString(region, { hour: '2-digit', minute: '2-digit' });
  const day = iso => new Date(iso).toLocaleDateString(region, { weekday: 'long', day: 'numeric', month: 'long' });
  const time = (classes, iso, text) => {
    const e = make('time', classes, text);
    e.dateTime = iso;
    e.title = exact(iso);
    return e;
  };
  const name_of = lead => lead.customer.known || language === 'en' ? lead.customer.name
    : w.customer(channels[lead.channel] || '', lead.customer.id);
  const kind = m => w[m.type] || m.type;

  const call = async (method, path, body, background) => {
    const head = { Accept: 'application/json' };
    if (body) head['Content-Type'] = 'application/json';
    if (background) head['Leadyard-Background'] = 'true';
    const answer = await fetch('/api/v1' + path, { method, headers: head, body: body && JSON.stringify(body), credentials: 'same-origin' });
    const data = answer.status === 204 || answer.status === 304 ? null : await answer.json().catch(() => null);
    if (answer.ok) return data;
    throw Object.assign(new Error(data && (data.detail || data.title) || w.failed), { status: answer.status, data });
  };

  const show_problem = (where, text) => { where.textContent = text || ''; where.hidden = !text; };

  // ---- signing in ----------------------------------------------------------------------------------------

  const show_sign_in = text => {
    state.me = null;
    state.generation++;
    Object.assign(state, { leads: [], messages: [], chosen: 0, held: null, pages: 1 });
    $('leads').replaceChildren();
    $('timeline').replaceChildren();
    $('desk').hidden = true;
    $('sign-in').hidden = false;
    show_problem($('sign-in-problem'), text);
    $('email').focus();
  };
  const show_desk = me => {
    state.me = me;
    state.generation++;
    $('sign-in').hidden = true;
    $('desk').hidden = false;
    $('who').textContent = me.name;
    $('who').title = me.email;
    const match = /^#lead-(\d+)$/.exec(location.hash);
    load(true).then(() => { if (match) open(Number(match[1])); });
  };

  // ---- the list ------------------------------------------------------------------------------------------

  const why_words = lead => {
    const why = lead.why;
    if (lead.queue) return `${w.queue}${lead.team ? ' ' + lead.team : ''}: ${Object.hasOwn(w.reasons, lead.queue.reason) ? w.reasons[lead.queue.reason] : lead.queue.reason}`;
    if (!why) return '';
    if (why.by === 'person') return w.taken;
    const how = w[why.strategy] || why.strategy;
    return why.rule ? `${w.rule} ${why.rule}, ${how}` : `${w.no_rule}, ${how}`;
  };

  const row = lead => {
    const b = make('button', 'lead-row');
    b.type = 'button';
    b.dataset.id = lead.id;
    b.setAttribute('aria-current', String(lead.id === state.chosen));
    b.append(make('span', 'mark ' + known(lead.channel)));
    const top = make('span', 'row-top');
    top.append(make('span', 'name', name_of(lead)), make('span', 'chip ' + known(lead.channel), channels[lead.channel] || lead.channel));
    if (lead.priority >= 60) top.append(make('span', 'chip hot', `${w.priority} ${lead.priority}`));
    b.append(top);
    const side = make('span', 'row-side');
    const times = make('span', 'times');
    if (lead.unanswered_since) {
      const late = Date.now() - Date.parse(lead.unanswered_since) > 15 * 60000;
      const waiting = time('waiting' + (late ? ' late' : ''), lead.unanswered_since, age(lead.unanswered_since));
      waiting.title = `${w.unanswered} ${age(lead.unanswered_since)} · ${exact(lead.unanswered_since)}`;
      times.append(waiting);
    } else {
      times.append(time('', lead.last_activity_at, age(lead.last_activity_at)));
    }
    times.append(make('span', '', w.stages[lead.stage] || lead.stage));
    side.append(times);
    if (lead.photo) {
      const img = make('img', 'thumb');
      img.src = '/api/v1/media/' + Number(lead.photo);
      img.alt = w.photo;
      img.loading = 'lazy';
      side.append(img);
    }
    const last = make('span', 'preview');
    if (lead.masked) last.append(make('span', 'note', w.masked));
    else if (lead.last_message) {
      const m = lead.last_message;
      if (m.direction === 'outgoing') last.append(make('span', 'from-us', '→ '));
      last.append(m.text && m.type !== 'photo' ? m.text : m.text ? `${kind(m)}: ${m.text}` : kind(m));
    }
    b.append(last);
    const why = make('span', 'why');
    const owner = lead.owner ? (lead.owner.id === state.me.id ? w.you : lead.owner.name) : '';
    if (owner) why.append(make('strong', '', owner), ' · ');
    why.append(make('span', lead.queue ? 'queued' : '', why_words(lead)));
    why.title = lead.why ? lead.why.words : '';
    b.append(why, side);
    return b;
  };

  // Rows that did not change keep their elements, so pictures do not flicker and a focused row stays focused.
  const draw_list = () => {
    const list = $('leads');
    const before = new Map([...list.children].map(li => [li.dataset.id, li]));
    const wanted = state.leads.map(lead => {
      const text = JSON.stringify([lead, lead.id === state.chosen, lead.unanswered_since ? age(lead.unanswered_since) : age(lead.last_activity_at)]);
      let li = before.get(String(lead.id));
      if (!li) { li = make('li'); li.dataset.id = lead.id; }
      if (li.text !== text) {
        const focused = li.contains(document.activeElement);
        li.text = text;
        li.replaceChildren(row(lead));
        if (focused) li.firstChild.focus({ preventScroll: true });
      }
      return li;
    });
    wanted.forEach((li, i) => { if (list.children[i] !== li) list.insertBefore(li, list.children[i] || null); });
    while (list.children.length > wanted.length) list.lastChild.remove();
    $('empty').hidden = state.leads.length > 0;
    $('empty').textContent = state.q || state.owner ? w.empty_filter : w.empty;
    $('more').hidden = !state.next;
  };

  const load = async (now, background) => {
    const generation = state.generation;
    let leads = [], before = null;
    for (let page = 0; page < state.pages; page++) {
      const query = new URLSearchParams({ limit: '50' });
      if (state.owner) query.set('owner', state.owner);
      if (state.q) query.set('q', state.q);
      if (before) query.set('before', before);
      const answer = await call('GET', '/leads?' + query, null, background);
      leads = leads.concat(answer.leads);
      before = answer.next;
      if (!before) break;
    }
    if (generation !== state.generation) return;
    const column = $('list-column');
    // Somebody reads further down: known rows are refreshed where they are, what is new waits at the edge.
    if (!now && column.scrollTop > 8) {
      const by_id = new Map(leads.map(l => [l.id, l]));
      const shown = new Set(state.leads.map(l => l.id));
      state.leads = state.leads.map(l => by_id.get(l.id) || l);
      state.held = { leads, before };
      const seen = new Map(state.leads.map((l, i) => [l.id, i]));
      const moved = leads.filter((l, i) => !shown.has(l.id) || seen.get(l.id) > i && l.unanswered_since && i < 3).length;
      $('fresh').textContent = w.fresh(moved);
      $('fresh').hidden = moved === 0;
    } else {
      state.leads = leads;
      state.next = before;
      state.held = null;
      $('fresh').hidden = true;
    }
    draw_list();
    if (state.chosen) draw_head();
  };

  // ---- one lead ------------------------------------------------------------------------------------------

  const chosen = () => state.detail && state.detail.id === state.chosen ? state.leads.find(l => l.id === state.chosen) || state.detail : state.leads.find(l => l.id === state.chosen);

  const draw_head = () => {
    const lead = chosen();
    if (!lead) return;
    $('lead-name').textContent = name_of(lead);
    const facts = [channels[lead.channel] || lead.channel, `${w.lead} ${lead.id}`, w.stages[lead.stage] || lead.stage, w.intents[lead.intent] || lead.intent];
    if (lead.priority) facts.push(`${w.priority} ${lead.priority}`);
    $('lead-facts').textContent = facts.join(' · ');
    const why = [make('strong', '', `${w.owner}: ${lead.owner ? lead.owner.id === state.me.id ? w.you : lead.owner.name : w.nobody}`)];
    const because = language === 'en' && lead.why && !lead.queue ? lead.why.words : why_words(lead);
    if (because) why.push(' — ' + because);
    $('lead-why').replaceChildren(...why);
    $('lead-why').title = lead.why ? lead.why.words : '';
    $('claim').hidden = !lead.can_claim;
  };

  const media_part = m => {
    if (m.state !== 'stored' || !m.id) return make('span', 'missing', `${w[m.type] || m.type}: ${w[m.state] || m.state}`);
    const url = '/api/v1/media/' + Number(m.id);
    const plain = m.file_type;
    if (['image/jpeg', 'image/png', 'image/gif', 'image/webp'].includes(plain)) {
      const a = make('a'), img = make('img');
      a.href = url;
      a.target = '_blank';
      a.rel = 'noopener';
      img.src = url;
      img.alt = m.name || w.photo;
      a.append(img);
      return a;
    }
    if (plain.startsWith('video/') || plain.startsWith('audio/')) {
      const player = make(plain.startsWith('video/') ? 'video' : 'audio');
      player.controls = true;
      player.preload = 'metadata';
      player.src = url;
      return player;
    }
    const size = m.size > 1048576 ? (m.size / 1048576).toFixed(1) + ' MB' : Math.max(1, Math.round(m.size / 1024)) + ' KB';
    const a = make('a', 'file', `${m.name || w.file} · ${size}`);
    a.href = url;
    a.download = '';
    return a;
  };

  const bubble = m => {
    const li = make('li', 'message ' + (m.direction === 'outgoing' ? 'outgoing' : 'incoming'));
    li.dataset.id = m.id;
    if (m.media.length) {
      const gallery = make('div', m.media.length > 1 ? 'gallery album' : 'gallery');
      gallery.append(...m.media.map(media_part));
      li.append(gallery);
      if (!m.text) li.classList.add('only-media');
    }
    if (m.subject) li.append(make('div', 'subject', m.subject));
    if (m.text) li.append(make('div', m.deleted_at ? 'words deleted' : 'words', m.text));
    if (m.reactions.length) li.append(make('div', 'reactions', m.reactions.join(' ')));
    if (m.location) li.append(make('div', 'words', `${w.location}: ${m.location.latitude.toFixed(5)}, ${m.location.longitude.toFixed(5)}`));
    else if (!m.text && !m.media.length) li.append(make('div', 'note', state.hidden ? w.masked : kind(m)));
    const meta = make('div', 'meta');
    if (m.author) meta.append(m.author.name, ' · ');
    if (m.writer) meta.append(m.writer, ' · ');
    meta.append(time('', m.at, clock(m.at)));
    if (m.automatic) meta.append(' · ', w.automatic);
    if (m.deleted_at) meta.append(' · ', w.deleted);
    else if (m.edited_at) {
      const mark = make('span', '', w.edited);
      mark.title = m.original;
      meta.append(' · ', mark);
    }
    if (m.late_by > 60) meta.append(' · ', make('span', 'late-mark', w.late));
    li.append(meta);
    return li;
  };

  const draw_timeline = follow => {
    const box = $('timeline-box');
    const at_end = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    const list = $('timeline');
    const before = new Map([...list.children].map(li => [li.dataset.key, li]));
    const wanted = [];
    let last_day = '';
    for (const m of state.messages) {
      const today = day(m.at);
      if (today !== last_day) {
        last_day = today;
        const key = 'd' + today;
        let li = before.get(key);
        if (!li) { li = make('li', 'day', today); li.dataset.key = key; }
        wanted.push(li);
      }
      const text = JSON.stringify(m);
      let li = before.get('m' + m.id);
      if (!li || li.text !== text) { li = bubble(m); li.dataset.key = 'm' + m.id; li.text = text; }
      wanted.push(li);
    }
    const grown = wanted.length > list.children.length;
    wanted.forEach((li, i) => { if (list.children[i] !== li) list.insertBefore(li, list.children[i] || null); });
    while (list.children.length > wanted.length) list.lastChild.remove();
    $('earlier').hidden = !state.earlier;
    if (follow || at_end) {
      const down = () => { box.scrollTop = box.scrollHeight; };
      down();
      for (const img of list.querySelectorAll('img')) if (!img.complete) img.addEventListener('load', () => { if (follow || at_end) down(); }, { once: true });
      $('newer').hidden = true;
    } else if (grown) {
      $('newer').hidden = false;
    }
  };

  const load_timeline = async (follow, background) => {
    const id = state.chosen;
    const page = await call('GET', `/leads/${id}/timeline?limit=50`, null, background);
    if (id !== state.chosen) return;
    const newest = new Set(page.messages.map(m => m.id));
    const older = state.messages.filter(m => !newest.has(m.id) && page.messages.length && m.at <= page.messages[0].at);
    if (!older.length) state.earlier = page.earlier;
    state.messages = older.concat(page.messages);
    state.hidden = page.masked;
    draw_timeline(follow);
  };

  const open = async id => {
    state.chosen = id;
    state.messages = [];
    state.earlier = null;
    $('timeline').replaceChildren();
    $('newer').hidden = true;
    show_problem($('lead-problem'), '');
    $('work-empty').hidden = true;
    $('lead').hidden = false;
    $('desk').classList.add('reading');
    if (location.hash !== '#lead-' + id) history.pushState(null, '', '#lead-' + id);
    draw_list();
    draw_head();
    try {
      const detail = await call('GET', '/leads/' + id);
      if (id !== state.chosen) return;
      state.detail = detail.lead;
      draw_head();
      await load_timeline(true);
    } catch (e) { failed(e, $('lead-problem')); }
  };
  const close = () => {
    state.chosen = 0;
    $('lead').hidden = true;
    $('work-empty').hidden = false;
    $('desk').classList.remove('reading');
    draw_list();
  };

  const failed = (e, where) => {
    if (e.status === 401) return show_sign_in(w.ended);
    if (e.status) return show_problem(where, e.message);
    show_problem($('banner'), w.offline);
  };

  // ---- what people do ------------------------------------------------------------------------------------

  $('sign-in-form').addEventListener('submit', async event => {
    event.preventDefault();
    show_problem($('sign-in-problem'), '');
    const button = event.target.querySelector('button');
    button.disabled = true;
    try {
      const me = await call('POST', '/session', { email: $('email').value, password: $('password').value });
      $('password').value = '';
      show_desk(me);
    } catch (e) {
      show_problem($('sign-in-problem'), e.status ? e.message : w.offline);
    } finally { button.disabled = false; }
  });
  $('sign-out').addEventListener('click', async () => {
    try { await call('DELETE', '/session'); } catch (e) { if (e.status !== 401) return failed(e, $('banner')); }
    history.replaceState(null, '', '/');
    show_sign_in('');
  });
  $('leads').addEventListener('click', event => {
    const b = event.target.closest('.lead-row');
    if (b) open(Number(b.dataset.id));
  });
  $('tabs').addEventListener('click', event => {
    const b = event.target.closest('button');
    if (!b) return;
    for (const other of $('tabs').children) other.setAttribute('aria-pressed', String(other === b));
    state.owner = b.dataset.owner;
    state.pages = 1;
    state.generation++;
    $('list-column').scrollTop = 0;
    load(true).catch(e => failed(e, $('banner')));
  });
  let typing = 0;
  $('search').addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      state.q = $('search').value.trim();
      state.pages = 1;
      state.generation++;
      load(true).catch(e => failed(e, $('banner')));
    }, 250);
  });
  $('fresh').addEventListener('click', () => {
    $('list-column').scrollTop = 0;
    if (state.held) { state.leads = state.held.leads; state.next = state.held.before; state.held = null; }
    $('fresh').hidden = true;
    draw_list();
  });
  $('newer').addEventListener('click', () => { $('newer').hidden = true; $('timeline-box').scrollTop = $('timeline-box').scrollHeight; });
  $('more').addEventListener('click', () => { state.pages++; load(true).catch(e => failed(e, $('banner'))); });
  $('earlier').addEventListener('click', async () => {
    const id = state.chosen, box = $('timeline-box'), from_end = box.scrollHeight - box.scrollTop;
    try {
      const page = await call('GET', `/leads/${id}/timeline?limit=50&before=${encodeURIComponent(state.earlier)}`);
      if (id !== state.chosen) return;
      state.messages = page.messages.concat(state.messages);
      state.earlier = page.earlier;
      draw_timeline(false);
      $('newer').hidden = true;
      box.scrollTop = box.scrollHeight - from_end;
    } catch (e) { failed(e, $('lead-problem')); }
  });
  $('claim').addEventListener('click', async () => {
    const id = state.chosen;
    $('claim').disabled = true;
    show_problem($('lead-problem'), '');
    try { state.detail = await call('POST', `/leads/${id}/claim`); } catch (e) { failed(e, $('lead-problem')); }
    $('claim').disabled = false;
    await load(false).catch(() => {});
    draw_head();
  });
  $('back').addEventListener('click', () => { history.pushState(null, '', '/'); close(); });
  addEventListener('popstate', () => {
    if (!state.me) return;
    const match = /^#lead-(\d+)$/.exec(location.hash);
    if (match) open(Number(match[1])); else close();
  });
  addEventListener('keydown', event => {
    if (event.target.tagName === 'INPUT') { if (event.key === 'Escape') event.target.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || !state.me) return;
    const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
    if (step) {
      const at = state.leads.findIndex(l => l.id === state.chosen);
      const to = state.leads[at < 0 ? 0 : Math.min(state.leads.length - 1, Math.max(0, at + step))];
      if (to) { open(to.id); document.querySelector('.lead-row[aria-current="true"]').scrollIntoView({ block: 'nearest' }); }
    } else if (event.key === '/') {
      event.preventDefault();
      $('search').focus();
    } else if (event.key === 'c' && state.chosen && !$('claim').hidden) {
      $('claim').click();
    } else if (event.key === 'Escape' && state.chosen) {
      $('back').click();
    }
  });
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) addEventListener(kind, () => { state.active = true; }, { passive: true });

  // ---- every three seconds -------------------------------------------------------------------------------

  // Only what a person did since the last time keeps the session alive; a page left open does not.
  const refresh = async () => {
    if (!state.me || state.busy || document.hidden) return;
    state.busy = true;
    const background = !state.active;
    state.active = false;
    try {
      await load(false, background);
      if (state.chosen) await load_timeline(false, background);
      show_problem($('banner'), '');
    } catch (e) {
      if (e.status === 401) show_sign_in(w.ended);
      else if (e.status === 404 && state.chosen) show_problem($('lead-problem'), e.message);
      else show_problem($('banner'), w.offline);
    }
    state.busy = false;
  };
  setInterval(refresh, 3000);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) refresh(); });

  document.documentElement.lang = language;
  for (const e of document.querySelectorAll('[data-word]')) e.textContent = w[e.dataset.word];
  for (const e of document.querySelectorAll('[data-placeholder]')) { e.placeholder = w[e.dataset.placeholder]; e.setAttribute('aria-label', e.placeholder); }
  call('GET', '/session').then(show_desk, () => show_sign_in(''));
})();
