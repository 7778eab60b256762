// Every page. All of it improves pages that already work as plain links and forms; only file upload needs it.
import './styles/app.scss';
import './requests.js';
import './menus.js';
import './forms.js';
import './confirm.js';
import './upload.js';
import './lists.js';
import './shortcuts.js';
import './wall.js';
