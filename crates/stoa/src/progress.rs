//! Progress bars for long work, on a terminal only.

use app::import::ImportStep;
use app::sync::SyncProgress;
use indicatif::{ProgressBar, ProgressStyle};

use crate::demo::FillStep;

/// Makes a bar; what it shows is decided by [`show`].
pub(crate) fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:40!} {wide_bar} {percent:>3} %");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

/// Shows a step of filling the demo.
pub(crate) fn show_fill(bar: &ProgressBar, step: &FillStep) {
    match step {
        FillStep::Rendered(done, total) => {
            bar.set_message("Making the lessons (only at the first start)");
            bar.set_length(count(*total));
            bar.set_position(count(*done));
        }
        FillStep::Importing(title) => bar.set_message(format!("Importing {title}")),
    }
}

/// Shows a step of an import.
pub(crate) fn show(bar: &ProgressBar, step: ImportStep) {
    let (message, done, total) = match step {
        ImportStep::Checked(done, total) => (
            format!("Looking into the files ({done} of {total})"),
            count(done),
            count(total),
        ),
        ImportStep::Storing(title, done, total) => (title, done, total),
    };
    bar.set_message(message);
    bar.set_length(total);
    bar.set_position(done);
}

/// Shows how many entries of the audit log have been verified.
pub(crate) fn show_verified(bar: &ProgressBar, done: i64, total: i64) {
    bar.set_message("Verifying the audit log");
    bar.set_length(u64::try_from(total).unwrap_or(0));
    bar.set_position(u64::try_from(done).unwrap_or(0));
}

/// Shows how far a store is read. Many do not tell how much there is: then the bar only counts.
pub(crate) fn show_sync(bar: &ProgressBar, step: SyncProgress) {
    let SyncProgress {
        orders,
        total,
        items,
    } = step;
    let message = match items {
        0 => format!("Orders read: {orders}"),
        items => format!("Things for sale: {items}"),
    };
    bar.set_message(message);
    bar.set_length(total.unwrap_or(0).max(orders));
    bar.set_position(if total.is_some() { orders } else { 0 });
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
