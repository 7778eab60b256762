// The document beside what was read from it: choosing one side shows its place on the other. Half-typed text is
// never replaced: a card that changes under somebody's typing says so and keeps the words.
import {addKeys} from './shortcuts.js';
import './styles/plan_import.scss';

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

document.querySelectorAll('[data-plan-import]').forEach(connect);

function connect(board) {
  const paper = board.querySelector('[data-plan-document]');
  const list = board.querySelector('[data-plan-readings]');
  if (!paper || !list) return;

  const pane = list.querySelector('.plan-list');
  const readings = () => [...list.querySelectorAll('.reading')].filter((reading) => reading.offsetParent);
  const readingOf = (key) => list.querySelector(`.reading[data-key="${CSS.escape(key)}"]`);
  const spansOf = (key) => paper.querySelectorAll(`.span[data-key="${CSS.escape(key)}"]`);

  let chosen = null;
  function choose(key, {moveFocus = false, pointed = false} = {}) {
    chosen = key;
    board.querySelectorAll('.is-chosen').forEach((element) => element.classList.remove('is-chosen'));
    list.querySelectorAll('.reading-title[aria-current]').forEach((element) => element.removeAttribute('aria-current'));
    const reading = readingOf(key);
    const spans = spansOf(key);
    spans.forEach((span) => span.classList.add('is-chosen'));
    if (spans.length) bring(paper, spans[0]);
    if (!reading) return;
    reading.classList.add('is-chosen');
    const title = reading.querySelector('[data-show]');
    title.setAttribute('aria-current', 'true');
    if (!pointed) bring(list.querySelector('.plan-list'), reading);
    if (moveFocus) title.focus({preventScroll: true});
  }

  list.addEventListener('click', (event) => {
    const reading = event.target.closest('.reading');
    if (reading && !reading.classList.contains('is-chosen')) choose(reading.dataset.key, {pointed: true});
  });
  // Between pressing and letting go nothing may move, or the button that was pressed misses its click.
  let pressing = false;
  list.addEventListener('pointerdown', () => { pressing = true; });
  for (const end of ['pointerup', 'pointercancel']) window.addEventListener(end, () => { pressing = false; });
  list.addEventListener('focusin', (event) => {
    if (pressing) return;
    const reading = event.target.closest('.reading');
    if (reading && !reading.classList.contains('is-chosen')) choose(reading.dataset.key, {pointed: true});
  });
  paper.addEventListener('click', (event) => {
    const span = event.target.closest('.span[data-key]');
    if (span) choose(span.dataset.key, {moveFocus: true});
  });

  function step(by, event) {
    const all = readings();
    const here = all.findIndex((reading) => reading.classList.contains('is-chosen'));
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    if (!next) return false;
    event?.preventDefault();
    choose(next.dataset.key, {moveFocus: true});
    return true;
  }
  list.addEventListener('keydown', (event) => {
    const by = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (by && !event.target.closest('input, select, textarea')) step(by, event);
  });

  const current = () => (chosen === null ? null : readingOf(chosen));

  /** The first thing to settle in the chosen task, else its first control. */
  function open() {
    const reading = current();
    if (!reading) return false;
    const part = reading.querySelector('.part-unmatched') ?? reading.querySelector('[id^="checked-"]')?.closest('form') ?? reading.querySelector('.proposal-body')?.closest('.reading') ?? reading.querySelector('.reading-fields');
    const field = part?.querySelector('input:not([type=hidden]), select, a.btn, button:not(.reading-title), summary');
    if (!field) return false;
    field.focus();
    field.scrollIntoView({block: 'nearest'});
    return true;
  }
  list.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('.reading-title') && event.target.closest('.is-chosen') && open()) event.preventDefault();
  });

  let wanted = null; // where the focus goes when the form for cutting and joining has come
  function reshape(part) {
    const opener = current()?.querySelector('[id^="reshape-open-"]');
    if (!opener) return false;
    const form = current().querySelector('.reshape');
    wanted = part;
    if (form) focusReshape(form);
    else opener.click();
    return true;
  }
  function focusReshape(form) {
    const field = wanted === 'merge' ? form.querySelector('[name=other]') : form.querySelector('[data-first], [name=by_unit], [name=other]');
    wanted = null;
    field?.focus();
    field?.scrollIntoView({block: 'center'});
  }

  const carrier = list.querySelector('[data-plan-texts]');
  const texts = carrier ? JSON.parse(carrier.innerHTML.replaceAll('&amp;', '&')) : {};
  addKeys([
    {key: 'j', text: texts.jump, act: () => step(1)},
    {key: 'k', text: texts.back, act: () => step(-1)},
    {key: 'Enter', text: texts.open, act: () => false},
    {key: 's', text: texts.split, act: () => reshape('split')},
    {key: 'm', text: texts.merge, act: () => reshape('merge')},
    {key: 'u', text: texts.undo, act: () => {
      const button = document.querySelector('#undo');
      button?.click();
      return Boolean(button);
    }},
  ]);
  list.querySelector('.plan-keys').hidden = false;

  const hashed = () => {
    const reading = location.hash.startsWith('#read-') && document.querySelector(location.hash);
    return reading && list.contains(reading) ? reading.dataset.key : null;
  };
  const first = list.querySelector('.reading.needs-attention') ?? list.querySelector('.reading');
  const start = hashed() ?? first?.dataset.key;
  if (start) choose(start);
  window.addEventListener('hashchange', () => { if (hashed()) choose(hashed(), {moveFocus: true}); });

  // Filters: links that work without scripts; here nothing is loaded again.
  function showFilter() {
    list.querySelectorAll('[data-filter]').forEach((chip) => {
      if (chip.dataset.filter === pane.dataset.show) chip.setAttribute('aria-current', 'true');
      else chip.removeAttribute('aria-current');
    });
  }
  list.addEventListener('click', (event) => {
    const chip = event.target.closest('[data-filter]');
    if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    pane.dataset.show = chip.dataset.filter;
    history.replaceState(history.state, '', chip.getAttribute('href'));
    showFilter();
    list.querySelectorAll('.is-chosen').forEach((element) => element.classList.remove('is-chosen'));
    const visible = readings()[0];
    if (visible) choose(visible.dataset.key);
  });

  // Text marked in the document is offered as a task.
  const marked = list.querySelector('[data-marked]');
  const selected = () => {
    const selection = document.getSelection();
    const inside = selection && !selection.isCollapsed && paper.contains(selection.anchorNode) && paper.contains(selection.focusNode);
    return inside ? selection.toString().trim() : '';
  };
  let words = '';
  document.addEventListener('selectionchange', () => {
    if (!marked) return;
    words = selected() || (document.activeElement === marked ? words : '');
    marked.hidden = words.length < 4;
  });
  marked?.addEventListener('click', () => {
    const field = document.querySelector('#missed-text');
    if (!field) return;
    field.value = words;
    field.form.dataset.dirty = '';
    field.closest('details').open = true;
    document.getSelection().removeAllRanges();
    marked.hidden = true;
    document.querySelector('#missed-save').focus();
    field.scrollIntoView({block: 'center'});
  });

  // What is replaced, and what is not because somebody is typing in it.
  const isDirty = (reading) => [...reading.querySelectorAll('form')].some((form) => [...form.elements].some(changed));
  let asking = null; // the card whose form was sent
  let kept = [];
  document.addEventListener('htmx:beforeRequest', (event) => { asking = event.detail.elt.closest('.reading')?.id ?? null; });
  document.addEventListener('htmx:oobBeforeSwap', (event) => {
    const reading = event.detail.target;
    if (!reading.matches?.('.reading') || reading.id === asking || !isDirty(reading)) return;
    event.detail.shouldSwap = false;
    say(reading);
  });
  document.addEventListener('htmx:beforeSwap', (event) => {
    if (event.detail.target.id !== 'plan-cards') return;
    if (event.detail.xhr.getResponseHeader('HX-Retarget')) return;
    // Taken out of the page, so that htmx does not tidy them away.
    kept = [...list.querySelectorAll('#plan-cards .reading')].filter((reading) => reading.id !== asking && isDirty(reading));
    kept.forEach((reading) => reading.remove());
  });
  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.detail.target.id !== 'plan-cards') return;
    for (const reading of kept) {
      const fresh = document.getElementById(reading.id);
      if (fresh) fresh.replaceWith(reading);
      else list.querySelector('#plan-cards').prepend(reading);
      if (!fresh || fresh.dataset.version !== reading.dataset.version) say(reading);
    }
    kept = [];
  });

  // An answer replaces the reading it belongs to: it stays the chosen one.
  document.addEventListener('htmx:afterSettle', () => {
    showFilter();
    const told = list.querySelector('[data-choose]');
    if (told) {
      chosen = told.dataset.choose;
      told.remove();
      if (readingOf(chosen)) choose(chosen, {moveFocus: true});
    } else if (chosen !== null && !list.querySelector('.reading.is-chosen')) {
      if (readingOf(chosen)) choose(chosen);
      else if (readings()[0]) choose(readings()[0].dataset.key);
    }
    // A form that was refused says why where it is seen.
    const refused = list.querySelector('.is-chosen [role=alert]');
    if (refused) bring(pane, refused);
    const form = wanted && current()?.querySelector('.reshape');
    if (form) focusReshape(form);
  });
}

/** Whether a person has changed the field since it came. */
function changed(field) {
  if (field.type === 'hidden' || !field.name) return false;
  if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
  if (field.tagName === 'SELECT') return field.selectedIndex !== Math.max([...field.options].findIndex((option) => option.defaultSelected), 0);
  return 'defaultValue' in field && field.value !== field.defaultValue;
}

function say(reading) {
  const note = reading.querySelector('.reading-moved');
  if (note) note.hidden = false;
}

// A limit shows the fields of its kind only; without scripts all of them stand there.
function fitLimit(fields) {
  const kind = fields.querySelector('[name=kind]').value;
  fields.querySelectorAll('[data-for]').forEach((part) => { part.hidden = !part.dataset.for.split(' ').includes(kind); });
}
const fitLimits = (part) => part.querySelectorAll('[data-limit-kind]').forEach(fitLimit);
fitLimits(document);
document.addEventListener('change', (event) => {
  const fields = event.target.closest('[data-limit-kind]');
  if (fields && event.target.name === 'kind') fitLimit(fields);
});
document.addEventListener('htmx:afterSettle', () => fitLimits(document));

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-tick-every]');
  if (!button) return;
  button.closest('[data-tick-group]').querySelectorAll('[name=unit_ids], [name=proposals]').forEach((box) => { box.checked = Boolean(button.dataset.tickEvery); });
});

/** Scrolls the pane alone, never the page, and only if the target is not already in sight: the pane may reach below the fold. */
function bring(pane, target) {
  const frame = pane.getBoundingClientRect();
  const place = target.getBoundingClientRect();
  const seenTop = Math.max(frame.top, 0);
  const seenBottom = Math.min(frame.bottom, window.innerHeight);
  if (place.top >= seenTop + 8 && place.bottom <= seenBottom - 8) return;
  const top = pane.scrollTop + place.top - seenTop - Math.min(64, (seenBottom - seenTop) / 5);
  pane.scrollTo({top, behavior: calm.matches ? 'auto' : 'smooth'});
}
