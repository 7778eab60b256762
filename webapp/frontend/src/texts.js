// Texts that scripts show come with the page, already in its language.
const carrier = document.querySelector('meta[name="duban-texts"]');

export const texts = carrier ? JSON.parse(carrier.content) : {};
