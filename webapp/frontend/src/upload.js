// Files stream to the server one after another as raw bodies, each with its bar; the form then carries only their ids.
import {csrfToken, problemOf} from './requests.js';
import {texts} from './texts.js';

const waiting = [];
let running = false;

document.addEventListener('change', (event) => {
  const field = event.target.closest('[data-upload]');
  if (!field || event.target.type !== 'file') return;
  take(field, event.target.files);
  event.target.value = '';
});

document.addEventListener('click', (event) => {
  const row = event.target.closest('.upload-row');
  if (!row) return;
  if (event.target.closest('[data-remove]')) remove(row);
  if (event.target.closest('[data-retry]')) enqueue(row);
});

for (const kind of ['dragover', 'dragleave', 'drop']) {
  document.addEventListener(kind, (event) => {
    const field = event.target.closest?.('[data-upload]');
    if (!field) return;
    event.preventDefault();
    field.classList.toggle('is-over', kind === 'dragover');
    if (kind === 'drop') take(field, event.dataTransfer.files);
  });
}

function take(field, files) {
  const single = !field.querySelector('input[type=file]').multiple;
  for (const file of single ? [...files].slice(0, 1) : files) {
    if (single) field.querySelectorAll('.upload-row').forEach(remove);
    const row = rowFor(field, file);
    field.querySelector('.upload-rows').append(row);
    if (file.size === 0) fail(row, texts.uploadEmpty, false);
    else enqueue(row);
  }
}

function rowFor(field, file) {
  const row = document.createElement('li');
  row.className = 'upload-row';
  row.upload = {field, file, request: null};
  row.append(
    piece('span', 'upload-name', file.name), piece('span', 'upload-size num', sizeText(file.size)),
    piece('span', 'upload-state', texts.uploadWaiting), named('data-retry', texts.retry, file.name),
    named('data-remove', texts.remove, file.name), bar(file.name));
  row.querySelector('[data-retry]').hidden = true;
  return row;
}

function enqueue(row) {
  row.className = 'upload-row is-busy';
  row.querySelector('[data-retry]').hidden = true;
  row.querySelector('progress').hidden = false;
  state(row, texts.uploadWaiting);
  waiting.push(row);
  sendNext();
}

function sendNext() {
  if (running) return;
  const row = waiting.shift();
  if (!row) return;
  if (!row.isConnected) return sendNext();
  running = true;
  const {field, file} = row.upload;
  const request = new XMLHttpRequest();
  row.upload.request = request;
  request.open('POST', field.dataset.upload);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.setRequestHeader('X-Filename', encodeURIComponent(file.name));
  request.setRequestHeader('X-CSRFToken', csrfToken());
  request.setRequestHeader('Accept', 'application/json');
  state(row, texts.uploading);
  request.upload.onprogress = (event) => {
    if (!event.lengthComputable) return;
    const percent = Math.floor((100 * event.loaded) / event.total);
    row.querySelector('progress').value = percent;
    state(row, `${texts.uploading} ${percent}%`);
  };
  request.onload = () => {
    if (request.status >= 200 && request.status < 300) keep(row, JSON.parse(request.responseText));
    else fail(row, problemOf(request) ?? texts.uploadFailed, request.status >= 500);
  };
  request.onerror = () => fail(row, texts.uploadFailed, true);
  request.onloadend = () => {
    row.upload.request = null;
    running = false;
    sendNext();
  };
  request.send(file);
}

function keep(row, staged) {
  row.className = 'upload-row is-done';
  row.querySelector('progress').hidden = true;
  const hidden = document.createElement('input');
  Object.assign(hidden, {type: 'hidden', name: row.upload.field.dataset.name, value: staged.id});
  row.append(hidden);
  hidden.dispatchEvent(new Event('change', {bubbles: true}));
  state(row, texts.uploaded, true);
}

function fail(row, sentence, mayRetry) {
  row.className = 'upload-row is-failed';
  row.querySelector('progress').hidden = true;
  row.querySelector('[data-retry]').hidden = !mayRetry;
  state(row, sentence, true);
}

function remove(row) {
  const field = row.closest('[data-upload]');
  row.upload?.request?.abort();
  row.remove();
  field.querySelector('input[type=file]').focus();
}

function state(row, text, announce = false) {
  row.querySelector('.upload-state').textContent = text;
  // Announced at the end only: a percentage read out every moment would drown everything else.
  if (announce) row.upload.field.querySelector('[data-upload-status]').textContent = `${row.upload.file.name}：${text}`;
}

function piece(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

function named(attribute, label, fileName) {
  const element = piece('button', 'btn btn-link btn-sm', label);
  element.type = 'button';
  element.setAttribute(attribute, '');
  element.append(piece('span', 'visually-hidden', fileName));
  return element;
}

function bar(fileName) {
  const element = document.createElement('progress');
  Object.assign(element, {max: 100, value: 0});
  element.setAttribute('aria-label', fileName);
  return element;
}

function sizeText(octets) {
  let size = octets;
  for (const unit of ['B', 'KB', 'MB']) {
    if (size < 1024) return `${unit === 'B' ? size : size.toFixed(1)} ${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(1)} GB`;
}
