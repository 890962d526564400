//! Fills an empty demo with its courses. What was interrupted goes on where it was; what is done is not done again.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use app::App;
use app::import::ImportRequest;
use domain::order::StoreItem;
use domain::{ProductId, StoreId};
use futures_util::{StreamExt as _, stream};
use media::Look;
use tokio::fs;

use super::DemoShop;
use super::lessons::{BUNDLE_SKU, BUNDLE_TITLE, CoursePlan, THING_SKU, THING_TITLE, courses};
use crate::commands::COMMAND_LINE;

/// Lessons that are rendered at once.
const AT_ONCE: usize = 2;
/// Where the courses lie below the data folder until they are imported.
const SCRATCH: &str = "demo-courses";
/// More products than anybody makes in a demo.
pub(super) const MOST_PRODUCTS: i64 = 1_000;

/// How far filling is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FillStep {
    /// So many lessons of so many are rendered.
    Rendered(usize, usize),
    /// The course of this title is being imported.
    Importing(&'static str),
}

/// Fills the demo with its courses and maps what the shop sells to them, but for the new one; what is there already is not
/// made again. `folder` is the data folder, `clip` the film that the lessons are made of, as MP4.
///
/// # Errors
/// When ffmpeg is missing or fails, the data folder cannot be written, or the database fails; call it again then.
pub(crate) async fn fill(
    app: &App,
    shop: &DemoShop,
    folder: &Path,
    clip: &[u8],
    on_step: &mut (dyn FnMut(FillStep) + Send),
) -> anyhow::Result<()> {
    let scratch = folder.join(SCRATCH);
    let missing = missing_courses(app, shop).await?;
    if !missing.is_empty() {
        stock(app, shop.store(), &scratch, clip, &missing, on_step).await?;
        shop.remember_stocked().await?;
    }
    if fs::try_exists(&scratch).await.unwrap_or_default() {
        let removed = fs::remove_dir_all(&scratch).await;
        removed.with_context(|| format!("{} cannot be removed", scratch.display()))?;
    }
    Ok(())
}

/// Lists the courses to make: all of them, and in a folder that an older demo has filled those that it did not know.
async fn missing_courses(app: &App, shop: &DemoShop) -> anyhow::Result<Vec<CoursePlan>> {
    let mut missing = courses();
    if shop.is_stocked().await {
        let known = app.list_products(None, MOST_PRODUCTS).await?;
        missing.retain(|course| {
            course.is_new && !known.iter().any(|product| product.title == course.title)
        });
    }
    Ok(missing)
}

/// Renders and imports the courses, and offers each and all of them together, but for a new one. Every step may be repeated.
async fn stock(
    app: &App,
    store: StoreId,
    scratch: &Path,
    clip: &[u8],
    courses: &[CoursePlan],
    on_step: &mut (dyn FnMut(FillStep) + Send),
) -> anyhow::Result<()> {
    let source = scratch.join("clip.mp4");
    write(&source, clip).await?;
    let total = courses.iter().map(CoursePlan::lesson_count).sum();
    let (mut rendered, mut products) = (0, Vec::new());
    for course in courses {
        let folder = scratch.join(course.sku);
        let mut on_lesson = || {
            rendered += 1;
            on_step(FillStep::Rendered(rendered, total));
        };
        lay_out(course, &source, &folder, &mut on_lesson).await?;
        on_step(FillStep::Importing(course.title));
        let request = ImportRequest {
            folder,
            title: Some(course.title.to_owned()),
            product: None,
        };
        let imported = app
            .import_course(&COMMAND_LINE, &request, &mut |_| {})
            .await?;
        if !course.is_new {
            offer(app, store, course.sku, imported.product).await?;
            products.push(imported.product);
        }
    }
    if !products.is_empty() {
        let bundle = bundle_of(app, &products).await?;
        offer(app, store, BUNDLE_SKU, bundle).await?;
    }
    let thing = item(THING_SKU)?;
    let thing = app.add_store_item(&COMMAND_LINE, store, &thing, THING_TITLE);
    app.ignore_store_item(&COMMAND_LINE, thing.await?).await?;
    Ok(())
}

/// Makes a course's folder as one would to import it: text, downloads, cover, and the lessons of each module.
async fn lay_out(
    course: &CoursePlan,
    source: &Path,
    folder: &Path,
    on_lesson: &mut (dyn FnMut() + Send),
) -> anyhow::Result<()> {
    write(
        &folder.join("description.md"),
        course.description.as_bytes(),
    )
    .await?;
    for file in &course.files {
        write(&folder.join(file.name), &file.bytes).await?;
    }
    let cover = folder.join("cover.jpg");
    if !fs::try_exists(&cover).await? {
        media::render_cover(source, &cover, &course.cover_look()).await?;
    }
    let mut lessons = stream::iter(course.lessons())
        .map(|(path, look)| render(source, folder.join(path), look))
        .buffer_unordered(AT_ONCE);
    while let Some(lesson) = lessons.next().await {
        lesson?;
        on_lesson();
    }
    Ok(())
}

/// Renders a lesson unless an interrupted start has done so: a finished file is a whole one.
async fn render(source: &Path, out: PathBuf, look: Look) -> anyhow::Result<()> {
    if fs::try_exists(&out).await? {
        return Ok(());
    }
    if let Some(module) = out.parent() {
        fs::create_dir_all(module).await?;
    }
    Ok(media::render_lesson(source, &out, &look).await?)
}

async fn offer(app: &App, store: StoreId, sku: &str, product: ProductId) -> anyhow::Result<()> {
    app.map_item(&COMMAND_LINE, store, &item(sku)?, product)
        .await?;
    Ok(())
}

/// Names what the shop sells as Stoa knows it.
pub(super) fn item(sku: &str) -> anyhow::Result<StoreItem> {
    Ok(StoreItem {
        sku: Some(sku.parse()?),
        ..StoreItem::default()
    })
}

/// Makes the product that contains the others, or finds the one that an interrupted start has made.
async fn bundle_of(app: &App, parts: &[ProductId]) -> anyhow::Result<ProductId> {
    let products = app.list_products(None, MOST_PRODUCTS).await?;
    let known = products
        .iter()
        .find(|product| product.title == BUNDLE_TITLE);
    let bundle = match known {
        Some(product) => product.id,
        None => {
            app.create_product(&COMMAND_LINE, BUNDLE_TITLE, None)
                .await?
        }
    };
    for part in parts {
        app.add_to_bundle(&COMMAND_LINE, bundle, *part).await?;
    }
    Ok(bundle)
}

async fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let written = async {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).await?;
        }
        fs::write(path, bytes).await
    };
    written
        .await
        .with_context(|| format!("{} cannot be written", path.display()))
}

impl CoursePlan {
    fn lesson_count(&self) -> usize {
        self.modules.iter().map(|module| module.lessons.len()).sum()
    }

    /// Lists the lessons: where each lies in the course's folder, and how it looks.
    fn lessons(&self) -> Vec<(String, Look)> {
        let mut lessons = Vec::new();
        let mut variant = self.lesson_variant;
        for (module_number, module) in (1..).zip(&self.modules) {
            for (number, (title, seconds)) in (1..).zip(module.lessons) {
                let path = format!("{module_number} {}/{number} {title}.mp4", module.title);
                let look = Look {
                    title: (*title).to_owned(),
                    number: format!("Lesson {module_number}.{number}"),
                    seconds: *seconds,
                    hue_degrees: hue(variant),
                    variant,
                };
                lessons.push((path, look));
                variant += 1;
            }
        }
        lessons
    }

    fn cover_look(&self) -> Look {
        Look {
            title: self.title.to_owned(),
            number: String::new(),
            seconds: 1,
            hue_degrees: hue(self.cover_variant),
            variant: self.cover_variant,
        }
    }
}

/// Turns neighbours' colours a little apart, within what stays natural.
fn hue(variant: u32) -> i16 {
    let step = i16::try_from(variant % 5).unwrap_or_default();
    step * 9 - 18
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::lessons::{FilePlan, ModulePlan};
    use testkit::{TestDatabase, TestShop};

    const CLIP: &[u8] = include_bytes!("../../../../testdata/media/big-buck-bunny-720p-5s.mp4");

    fn a_short_course() -> CoursePlan {
        CoursePlan {
            title: "Tea in a minute",
            description: "Water, and patience.",
            sku: "TEA",
            is_new: false,
            cover_variant: 3,
            lesson_variant: 3,
            modules: vec![ModulePlan {
                title: "Welcome",
                lessons: &[("Boil it", 2), ("Wait", 2)],
            }],
            files: vec![FilePlan {
                name: "1 Leaves.csv",
                bytes: b"Leaf,Minutes\nSencha,2\n".to_vec(),
            }],
        }
    }

    #[tokio::test]
    async fn an_interrupted_filling_goes_on_and_makes_nothing_twice() {
        let database = TestDatabase::sqlite().await;
        let stoa = TestShop::open(database.db.clone()).await;
        let folder = tempfile::tempdir().unwrap();
        let scratch = folder.path().join(SCRATCH);
        let plans = [a_short_course()];
        for _ in 0..2 {
            let mut steps = Vec::new();
            let mut note = |step| steps.push(step);
            stock(&stoa.app, stoa.store, &scratch, CLIP, &plans, &mut note)
                .await
                .unwrap();
            assert_eq!(
                steps,
                [
                    FillStep::Rendered(1, 2),
                    FillStep::Rendered(2, 2),
                    FillStep::Importing("Tea in a minute")
                ]
            );
        }
        let products = stoa.app.list_products(None, 1_000).await.unwrap();
        let mut titles: Vec<_> = products.iter().map(|product| &*product.title).collect();
        titles.sort_unstable();
        assert_eq!(titles, [BUNDLE_TITLE, "Tea in a minute"]);

        stoa.tell(&stoa.paid_order("1", "ada@example.com", &[BUNDLE_SKU]))
            .await;
        let session = stoa.sign_in("ada@example.com").await;
        let customer = stoa
            .app
            .find_session(&session)
            .await
            .unwrap()
            .unwrap()
            .viewer;
        let courses = stoa.app.list_courses(customer).await.unwrap();
        assert_eq!(courses.len(), 1);
        assert_eq!(
            (courses[0].total, &*courses[0].title),
            (2, "Tea in a minute")
        );
    }
}
