// What the page can do without, but is nicer with: times of the visitor's own zone, the basket's sum, and no order placed
// twice by a double click.
'use strict';

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
for (const time of document.querySelectorAll('time')) {
  time.textContent = clock.format(new Date(time.dateTime));
}

const shelf = document.getElementById('shelf');
const sum = document.querySelector('[data-basket-sum]');

function showBasket() {
  const ticked = [...shelf.querySelectorAll('input[name=basket]:checked')];
  const cents = ticked.reduce((total, box) => total + Number(box.dataset.cents), 0);
  const things = ticked.length === 1 ? '1 thing' : `${ticked.length} things`;
  sum.textContent = `${things} · €${(cents / 100).toFixed(2)}`;
}

if (shelf) {
  shelf.addEventListener('change', showBasket);
  showBasket();
}

document.addEventListener('submit', (event) => {
  if (event.target.dataset.isSent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.isSent = 'true';
  // After the browser has taken the pressed button's value.
  setTimeout(() => event.submitter?.setAttribute('aria-busy', 'true'));
});

// The page may come back from the browser's memory as it was left.
addEventListener('pageshow', (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) delete form.dataset.isSent;
  for (const button of document.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy');
});
