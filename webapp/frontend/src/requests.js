// htmx: the CSRF token goes along, and a failure says so instead of passing in silence.
import htmx from 'htmx.org';
import {say} from './messages.js';
import {texts} from './texts.js';

export const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? '';

document.addEventListener('htmx:configRequest', (event) => {
  if (event.detail.verb !== 'get') event.detail.headers['X-CSRFToken'] = csrfToken();
});

// A poll that meets a restarting server asks again by itself; only what a person began is reported.
const isPoll = (event) => event.detail.elt?.getAttribute('hx-trigger')?.includes('every');

document.addEventListener('htmx:responseError', (event) => {
  if (isPoll(event)) return;
  say(problemOf(event.detail.xhr) ?? texts.failed);
});
document.addEventListener('htmx:sendError', (event) => {
  if (!isPoll(event)) say(texts.offline);
});

/** The sentence of a problem document (RFC 9457), if the answer is one. */
export function problemOf(xhr) {
  if (!(xhr.getResponseHeader('Content-Type') ?? '').includes('json')) return undefined;
  try {
    const problem = JSON.parse(xhr.responseText);
    return problem.detail ?? problem.title;
  } catch {
    return undefined;
  }
}

export {htmx};
