// Brings the page to life.
import { startBoards } from './boards.js';
import { startClock } from './clock.js';
import { resume, startGuide } from './guide.js';
import { startOrders } from './order.js';
import { startPhone } from './phone.js';
import { attempt } from './say.js';
import { onChange, start } from './state.js';
import { startStory } from './story.js';
import { startTasks } from './tasks.js';

startClock();
startOrders();
startBoards();
startPhone();
startTasks();
startStory();
startGuide();
onChange((world) => document.body.classList.toggle('offline', !world.online));
await start();
await attempt(resume);
