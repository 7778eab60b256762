// The wall of lights fills the screen on request; the button stays away where the browser cannot.
const wall = document.querySelector('[data-wall]');
const button = wall?.querySelector('[data-full-screen]');
if (button && document.fullscreenEnabled) {
  button.hidden = false;
  button.addEventListener('click', () => (document.fullscreenElement ? document.exitFullscreen() : wall.requestFullscreen()));
}
