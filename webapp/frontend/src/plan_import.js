// The document beside what was read from it: choosing one side shows its place on the other.
import './styles/plan_import.scss';

const calm = window.matchMedia('(prefers-reduced-motion: reduce)');

document.querySelectorAll('[data-plan-import]').forEach(connect);

function connect(board) {
  const paper = board.querySelector('[data-plan-document]');
  const list = board.querySelector('[data-plan-readings]');
  if (!paper || !list) return;

  const readings = () => [...list.querySelectorAll('.reading')].filter((reading) => reading.offsetParent);
  const readingOf = (key) => list.querySelector(`.reading[data-key="${CSS.escape(key)}"]`);
  const spansOf = (key) => paper.querySelectorAll(`.span[data-key="${CSS.escape(key)}"]`);

  let chosen = null;
  function choose(key, {moveFocus = false} = {}) {
    chosen = key;
    board.querySelectorAll('.is-chosen').forEach((element) => element.classList.remove('is-chosen'));
    list.querySelectorAll('[aria-current]').forEach((element) => element.removeAttribute('aria-current'));
    const reading = readingOf(key);
    const spans = spansOf(key);
    spans.forEach((span) => span.classList.add('is-chosen'));
    if (spans.length) bring(paper, spans[0]);
    if (!reading) return;
    reading.classList.add('is-chosen');
    const title = reading.querySelector('[data-show]');
    title.setAttribute('aria-current', 'true');
    bring(list.querySelector('.plan-list'), reading);
    if (moveFocus) title.focus({preventScroll: true});
  }

  list.addEventListener('click', (event) => {
    const reading = event.target.closest('.reading');
    if (reading && !reading.classList.contains('is-chosen')) choose(reading.dataset.key);
  });
  list.addEventListener('focusin', (event) => {
    const reading = event.target.closest('.reading');
    if (reading && !reading.classList.contains('is-chosen')) choose(reading.dataset.key);
  });
  paper.addEventListener('click', (event) => {
    const span = event.target.closest('.span[data-key]');
    if (span) choose(span.dataset.key, {moveFocus: true});
  });

  list.addEventListener('keydown', (event) => {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step || event.target.closest('input, select, textarea')) return;
    const all = readings();
    const here = all.findIndex((reading) => reading.classList.contains('is-chosen'));
    const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
    if (!next) return;
    event.preventDefault();
    choose(next.dataset.key, {moveFocus: true});
  });

  const first = list.querySelector('.reading.needs-attention') ?? list.querySelector('.reading');
  if (first && !location.hash) choose(first.dataset.key);

  // An answer replaces the reading it belongs to: it stays the chosen one.
  document.addEventListener('htmx:afterSettle', () => {
    if (chosen !== null && !list.querySelector('.reading.is-chosen')) readingOf(chosen)?.classList.add('is-chosen');
  });

  list.querySelector('[data-only-attention]')?.addEventListener('change', (event) => {
    list.classList.toggle('only-attention', event.target.checked);
  });
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
  button.closest('[data-tick-group]').querySelectorAll('[name=unit_ids]').forEach((box) => { box.checked = Boolean(button.dataset.tickEvery); });
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
