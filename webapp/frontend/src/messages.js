// One sentence in the page's message region, which screen readers announce.
export function say(text, category = 'error') {
  const region = document.getElementById('messages');
  if (!region) return;
  const message = document.createElement('div');
  message.className = `message message-${category}`;
  message.textContent = text;
  region.replaceChildren(message);
  message.scrollIntoView({block: 'nearest'});
}
