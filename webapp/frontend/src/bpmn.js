// A process diagram as it stands: a token on what is live, grey on what is done. It only shows; native scrolling moves it,
// so that a wheel over the diagram still scrolls the page and a finger or the arrow keys pan it.
import Viewer from 'bpmn-js/lib/Viewer';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './styles/bpmn.scss';

const READABLE = 0.9; // below this scale the names can no longer be read: scroll instead
const LARGEST = 1.6;
const MARGIN = 24;
const TEXT = {fontSize: 13, lineHeight: 1.25};
const NAME_WIDTH = 90; // of a name beside its element, in the other language

document.querySelectorAll('.bpmn[data-bpmn]').forEach((frame) => {
  show(frame).catch(() => {
    frame.replaceChildren(Object.assign(document.createElement('p'), {className: 'muted', textContent: frame.dataset.textFailed}));
    frame.classList.add('is-failed');
  });
});

const ids = (text) => (text ?? '').split(',').map((id) => id.trim()).filter(Boolean);

async function show(frame) {
  const answer = await fetch(frame.dataset.bpmn, {headers: {Accept: 'application/xml'}});
  if (!answer.ok) throw new Error(`diagram: ${answer.status}`);
  const xml = await answer.text();

  const scroller = frame.appendChild(element('div', 'bpmn-scroll'));
  const sheet = scroller.appendChild(element('div', 'bpmn-sheet'));
  const viewer = new Viewer({container: sheet, textRenderer: {defaultStyle: TEXT, externalStyle: TEXT}});
  rename(viewer, JSON.parse(frame.dataset.names ?? '{}'));
  await viewer.importXML(xml);

  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const known = (id) => registry.get(id);
  const done = ids(frame.dataset.done).filter(known);
  const active = ids(frame.dataset.active).filter(known);
  done.forEach((id) => canvas.addMarker(id, 'is-done'));
  registry.filter(({source, target}) => source && done.includes(source.id) && [...done, ...active].includes(target.id))
    .forEach((flow) => canvas.addMarker(flow, 'is-done'));
  for (const id of active) {
    canvas.addMarker(id, 'is-active');
    viewer.get('overlays').add(id, {position: {top: -22, left: 0}, html: element('div', 'bpmn-token', frame.dataset.textToken)});
  }

  // The drawing itself is decoration to a screen reader: group label and caption say where things stand.
  const svg = sheet.querySelector('svg');
  svg.setAttribute('aria-hidden', 'true');
  svg.removeAttribute('tabindex');

  const {inner} = canvas.viewbox();
  const fitting = () => Math.min(1, (scroller.clientWidth - 2 * MARGIN) / inner.width);
  let scale = Math.max(fitting(), READABLE);

  function place() {
    sheet.style.width = `${Math.max(inner.width * scale + 2 * MARGIN, scroller.clientWidth)}px`;
    sheet.style.height = `${inner.height * scale + 2 * MARGIN}px`;
    canvas.resized();
    const width = sheet.clientWidth / scale;
    const height = sheet.clientHeight / scale;
    canvas.viewbox({x: inner.x - (width - inner.width) / 2, y: inner.y - (height - inner.height) / 2, width, height});
    const overflows = sheet.clientWidth > scroller.clientWidth + 1 || sheet.clientHeight > scroller.clientHeight + 1;
    if (overflows) scroller.tabIndex = 0;
    else scroller.removeAttribute('tabindex');
  }

  function bringIntoView(id) {
    const box = registry.get(id);
    if (box.x === undefined) return; // a sequence flow has no place of its own
    const view = canvas.viewbox();
    const right = (box.x + box.width - view.x) * scale + MARGIN;
    const bottom = (box.y + box.height - view.y) * scale + MARGIN;
    // From the beginning, if the live element is in sight there; else with it in the middle.
    scroller.scrollLeft = right < scroller.clientWidth ? 0 : right - MARGIN - (box.width * scale) / 2 - scroller.clientWidth / 2;
    scroller.scrollTop = bottom < scroller.clientHeight ? 0 : bottom - MARGIN - (box.height * scale) / 2 - scroller.clientHeight / 2;
  }

  function zoomTo(wanted) {
    scale = Math.min(LARGEST, Math.max(0.2, wanted));
    place();
    if (active.length) bringIntoView(active[0]);
  }

  const tools = frame.appendChild(element('div', 'bpmn-tools'));
  tools.append(
    tool('−', frame.dataset.textZoomOut, () => zoomTo(scale / 1.25)),
    tool('+', frame.dataset.textZoomIn, () => zoomTo(scale * 1.25)),
    tool(frame.dataset.textFit, frame.dataset.textFit, () => zoomTo(fitting())));
  // The licence asks for the mark to be seen at all times; inside the scrolled sheet it could leave the view.
  tools.append(sheet.querySelector('.bjs-powered-by'));

  zoomTo(scale);
  window.addEventListener('resize', () => zoomTo(Math.max(fitting(), READABLE)));
}

/** Names of the other language take the place of the file's before anything is drawn. */
function rename(viewer, names) {
  viewer.on('import.parse.complete', ({elementsById}) => {
    for (const [id, name] of Object.entries(names)) {
      if (elementsById?.[id]) elementsById[id].name = name;
    }
    // The file leaves room for a few characters; a longer word would be torn.
    for (const {bpmnElement, label} of Object.values(elementsById ?? {})) {
      const box = bpmnElement?.id in names && label?.bounds;
      if (!box || box.width >= NAME_WIDTH) continue;
      box.x -= (NAME_WIDTH - box.width) / 2;
      box.width = NAME_WIDTH;
    }
  });
}

function element(tag, className, text = '') {
  return Object.assign(document.createElement(tag), {className, textContent: text});
}

function tool(text, label, act) {
  const button = element('button', 'btn btn-outline btn-sm', text);
  button.type = 'button';
  button.setAttribute('aria-label', label);
  button.title = label;
  button.addEventListener('click', act);
  return button;
}
