// Asks before what cannot be undone: data-confirm on a form or on one of its buttons, hx-confirm on htmx elements.
import {texts} from './texts.js';

/** Resolves to true when the person agrees. */
export function ask(question) {
  const dialog = document.createElement('dialog');
  if (!dialog.showModal) return Promise.resolve(window.confirm(question));
  dialog.className = 'dialog';
  dialog.setAttribute('aria-labelledby', 'dialog-question');
  const text = document.createElement('p');
  text.id = 'dialog-question';
  text.textContent = question;
  const form = document.createElement('form');
  form.method = 'dialog';
  form.className = 'form-actions';
  form.append(button(texts.confirm, 'yes', 'btn btn-primary'), button(texts.cancel, 'no', 'btn btn-outline'));
  dialog.append(text, form);
  document.body.append(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    dialog.showModal();
  });
}

function button(label, value, className) {
  const element = document.createElement('button');
  Object.assign(element, {type: 'submit', value, className, textContent: label});
  return element;
}

const agreed = new WeakSet();

// Capturing, so that it stands before htmx and before everything that reacts to a submission.
document.addEventListener('submit', async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || agreed.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  if (!(await ask(question))) return;
  agreed.add(form);
  if (form.requestSubmit) form.requestSubmit(submitter ?? undefined);
  else if (submitter) submitter.click();
  else form.submit();
}, true);

document.addEventListener('htmx:confirm', async (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  if (await ask(event.detail.question)) event.detail.issueRequest(true);
});
