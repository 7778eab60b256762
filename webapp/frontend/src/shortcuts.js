// Single-key shortcuts for lists, with a page of help. A person may turn them off (WCAG 2.1.4); nothing needs them.
import {texts} from './texts.js';

const STORED = 'duban.shortcuts';
const keys = {j: () => walk(1), k: () => walk(-1), x: tick, '/': search, '?': help};

const more = [];

/** Keys of one page: a list of {key, text, act}; act returns false where there is nothing to do. They stand in the help. */
export function addKeys(entries) {
  for (const entry of entries) {
    keys[entry.key] = entry.act;
    more.push(entry);
  }
}

// A page's links may name their key: data-key="ArrowLeft".
addKeys([...document.querySelectorAll('[data-key]')].map((link) => ({
  key: link.dataset.key, text: link.getAttribute('aria-label') ?? link.textContent.trim(), act: () => link.click(),
})));

function enabled() {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return;
  if (event.target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]')) return;
  const act = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (act && enabled() && act() !== false) event.preventDefault();
});

const rows = () => [...document.querySelectorAll('[data-list] tbody tr:not(.opened)')].filter((row) => row.offsetParent);
const linkOf = (row) => row.querySelector('.main a, .main button') ?? row.querySelector('a, button');

function walk(step) {
  const all = rows();
  if (!all.length) return false;
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? 0 : Math.min(Math.max(here + step, 0), all.length - 1)];
  linkOf(next)?.focus();
  next.scrollIntoView({block: 'nearest'});
  return true;
}

function tick() {
  const box = document.activeElement?.closest('tr')?.querySelector('[data-tick]');
  if (!box) return false;
  box.click();
  return true;
}

function search() {
  const field = document.querySelector('[role=search] input:not([type=hidden])');
  field?.focus();
  return Boolean(field);
}

function help() {
  const dialog = document.createElement('dialog');
  if (!dialog.showModal) return false;
  dialog.className = 'dialog';
  dialog.setAttribute('aria-labelledby', 'shortcuts-title');
  const title = document.createElement('h2');
  title.id = 'shortcuts-title';
  title.textContent = texts.shortcuts;
  const list = document.createElement('dl');
  list.className = 'keys';
  const own = more.map(({key, text}) => [key, text]);
  const general = [['j', texts.keyDown], ['k', texts.keyUp], ['Enter', texts.keyOpen], ['x', texts.keyTick], ['/', texts.keySearch], ['?', texts.keyHelp]];
  for (const [key, text] of [...own, ...general.filter(([key]) => !own.some(([known]) => known === key))]) {
    const term = document.createElement('dt');
    const kbd = document.createElement('kbd');
    kbd.textContent = key;
    term.append(kbd);
    const meaning = document.createElement('dd');
    meaning.textContent = text;
    list.append(term, meaning);
  }
  dialog.append(title, list, switchRow(), closeRow());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return true;
}

function switchRow() {
  const label = document.createElement('label');
  label.className = 'form-check';
  const box = document.createElement('input');
  Object.assign(box, {type: 'checkbox', className: 'form-check-input', checked: enabled()});
  box.addEventListener('change', () => {
    try {
      localStorage.setItem(STORED, box.checked ? 'on' : 'off');
    } catch { /* a browser that keeps nothing keeps the shortcuts on */ }
  });
  label.append(box, ` ${texts.shortcutsOn}`);
  return label;
}

function closeRow() {
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'form-actions';
  const button = document.createElement('button');
  Object.assign(button, {className: 'btn btn-primary', textContent: texts.close});
  form.append(button);
  return form;
}

const opener = document.querySelector('[data-shortcuts]');
if (opener) {
  opener.hidden = false;
  opener.addEventListener('click', help);
}
