// Forms: sent once, guarded against leaving unsaved, and a filter's empty fields stay out of the address.
import {say} from './messages.js';
import {texts} from './texts.js';

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.querySelector('.upload-row.is-busy')) {
    event.preventDefault();
    event.stopImmediatePropagation();
    say(texts.uploadBusy, 'warning');
  }
}, true);

document.addEventListener('submit', (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  delete form.dataset.dirty;
  if (form.method === 'get') {
    const empty = [...form.elements].filter((field) => field.name && !field.disabled && field.value === '');
    empty.forEach((field) => { field.disabled = true; });
    setTimeout(() => empty.forEach((field) => { field.disabled = false; }));
  }
  if ('once' in form.dataset) {
    // Later, because a disabled button would not be part of what is sent.
    setTimeout(() => submitButtons(form).forEach((button) => { button.disabled = true; }));
  }
});

// Coming back through the browser's history shows the page as it was left: with its buttons at rest.
window.addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  document.querySelectorAll('form[data-once]').forEach((form) => {
    submitButtons(form).forEach((button) => { button.disabled = false; });
  });
});

const submitButtons = (form) => [...form.elements].filter((field) => field.type === 'submit');

document.addEventListener('htmx:afterRequest', (event) => {
  if (event.detail.successful && event.target.matches?.('form')) delete event.target.dataset.dirty;
});

function markDirty(event) {
  const form = event.target.form ?? event.target.closest?.('form');
  if (form && 'guard' in form.dataset) form.dataset.dirty = '';
}
document.addEventListener('input', markDirty);
document.addEventListener('change', markDirty);

window.addEventListener('beforeunload', (event) => {
  if (document.querySelector('form[data-guard][data-dirty]')) {
    event.preventDefault();
    event.returnValue = texts.unsaved; // older browsers ask only when this is set
  }
});

document.querySelector('.error-list')?.focus();
