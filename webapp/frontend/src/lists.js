// Lists: rows that open in place, ticks for a batch, and column names in the cells for the phone's cards.
import {htmx} from './requests.js';

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-opener]');
  if (opener) toggle(opener);
});

function toggle(opener) {
  const row = document.getElementById(opener.getAttribute('aria-controls'));
  const open = opener.getAttribute('aria-expanded') !== 'true';
  opener.setAttribute('aria-expanded', String(open));
  row.hidden = !open;
  if (open && opener.dataset.opener && !('filled' in row.dataset)) {
    row.dataset.filled = '';
    htmx.ajax('GET', opener.dataset.opener, {target: row.cells[0], swap: 'innerHTML'})
      .catch(() => { delete row.dataset.filled; });
  }
}

document.addEventListener('change', (event) => {
  const table = event.target.closest('[data-list]');
  if (!table || !event.target.matches('[data-tick], [data-tick-all]')) return;
  const ticks = [...table.querySelectorAll('[data-tick]')];
  if (event.target.matches('[data-tick-all]')) ticks.forEach((tick) => { tick.checked = event.target.checked; });
  const count = ticks.filter((tick) => tick.checked).length;
  const all = table.querySelector('[data-tick-all]');
  if (all) {
    all.checked = count === ticks.length;
    all.indeterminate = count > 0 && count < ticks.length;
  }
  const bar = table.closest('form')?.querySelector('[data-batch-bar]');
  if (bar) {
    bar.hidden = count === 0;
    bar.querySelector('[data-tick-count]').textContent = count;
  }
});

htmx.onLoad((part) => {
  const tables = part.closest?.('table') ? [part.closest('table')] : part.querySelectorAll('table[data-list]');
  for (const table of tables) nameCells(table);
});

function nameCells(table) {
  const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => (cell.querySelector('a') ?? cell).firstChild?.textContent.trim());
  for (const row of table.tBodies[0]?.rows ?? []) {
    if (row.classList.contains('opened')) continue;
    [...row.cells].forEach((cell, index) => {
      if (!cell.dataset.label && names[index] && !cell.matches('.tick, .main, .acts')) cell.dataset.label = names[index];
    });
  }
}
