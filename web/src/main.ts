import { mount } from 'svelte';
import { createApi } from './api/client';
import App from './App.svelte';
import { browserStorage } from './browser-storage';
import { Preferences } from './player/preferences.svelte';
import { ProgressOutbox } from './progress/outbox';
import { Router } from './router.svelte';
import './theme/tokens.css';
import './theme/base.css';
import './theme/page.css';

const api = createApi();
const store = browserStorage();
const outbox = new ProgressOutbox({
  send: (videoId, report, options) => api.saveProgress(videoId, report, options),
  store,
  now: () => new Date(),
});
const services = { api, outbox, preferences: new Preferences(store), router: new Router() };

const target = document.querySelector('#app');
if (target) mount(App, { target, props: { services } });
